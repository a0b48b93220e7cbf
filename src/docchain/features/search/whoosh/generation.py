"""One generation of a workspace's index in Whoosh, with its vectors; conditions are sets, words are ranked by BM25F."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import reduce
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, unquote
from uuid import UUID

from whoosh import fields, index, query
from whoosh.analysis import SpaceSeparatedTokenizer

from docchain.features.search.beside.asked import (
    All,
    Asked,
    AtLeast,
    Begins,
    Best,
    Like,
    Marked,
    Range,
    Row,
    Term,
    Without,
    asked_of,
    conditions,
    terms_of,
)
from docchain.features.search.beside.forms import WORDS, form_of, joined, kept_of
from docchain.features.search.embedded.vectors import Vectors
from docchain.features.search.port import Batch, Counts, Kept, Near, Order, Put, Ranked, Scope
from docchain.features.search.queries import Node

_POSITION: Final = "@position"
_DATES: Final = ("created", "updated")


def _schema() -> Any:
    words = SpaceSeparatedTokenizer()
    made = fields.Schema(
        id=fields.ID(unique=True, stored=True),
        state=fields.ID(stored=True),
        marks=fields.KEYWORD(stored=True),
        kept=fields.STORED,
        shown=fields.STORED,
        created=fields.NUMERIC(int, bits=64, sortable=True),
        updated=fields.NUMERIC(int, bits=64, sortable=True),
        **{name: fields.TEXT(analyzer=words) for name in WORDS},
    )
    for glob in ("number_*", "moment_*"):
        made.add(glob, fields.NUMERIC(float), glob=True)
    return made


class Generation:
    """Calls wait for disk and processor: not for an event loop."""

    def __init__(self, folder: Path, model: str) -> None:
        self.folder = folder
        texts = folder / "texts"
        texts.mkdir(parents=True, exist_ok=True)
        there = index.exists_in(str(texts))
        self._index = index.open_dir(str(texts)) if there else index.create_in(str(texts), _schema())
        self._vectors = Vectors(folder, model, writable=True)

    def apply(self, batch: Batch) -> None:
        """Vectors first: the commit of the texts is what makes the batch true."""
        given = [(put.entry.id, put.vectors) for put in batch.puts if put.vectors is not None]
        self._vectors.append(given, [id_ for id_ in batch.drops if self._vectors.has(id_)])
        writer = self._index.writer(timeout=30)
        try:
            for id_ in batch.drops:
                writer.delete_by_term("id", str(id_))
            for put in batch.puts:
                writer.update_document(**_document(put))
            if batch.position is not None:
                writer.update_document(id=_POSITION, kept=batch.position)
        except BaseException:
            writer.cancel()
            raise
        writer.commit()

    def position(self) -> int | None:
        with self._index.searcher() as searcher:
            found = searcher.document(id=_POSITION)
        return None if found is None else int(found["kept"])

    def rank(self, scope: Scope, node: Node, limit: int, order: Order) -> list[Ranked]:
        asked = asked_of(node)
        with self._index.searcher() as searcher:
            inside = self._inside(searcher, scope) & _matching(searcher, asked)
            if not inside:
                return []
            words = [_query(term) for term in terms_of(asked)] + _weighed(asked)
            ranked = query.Or([query.Every(boost=0.0), *words]) if words and not order.field else query.Every()
            by = {"sortedby": order.field, "reverse": order.descending} if order.field else {}
            hits = searcher.search(ranked, limit=limit, filter=inside, **by)
            return [Ranked(UUID(hit["id"]), float(hit.score or 0)) for hit in hits]

    def nearest(self, scope: Scope, vector: Sequence[float], limit: int) -> list[Near]:
        with self._index.searcher() as searcher:
            inside = {UUID(searcher.stored_fields(number)["id"]) for number in self._inside(searcher, scope)}
        found = self._vectors.nearest(vector, limit, inside.intersection)
        return [Near(item.id, item.similarity, item.passage) for item in found]

    def count(self, scope: Scope, node: Node, also: Sequence[UUID], facets: Mapping[str, int]) -> Counts:
        with self._index.searcher() as searcher:
            wanted = _matching(searcher, asked_of(node)) | _docs(searcher, _any("id", map(str, also)))
            found = self._inside(searcher, scope) & wanted
            counts: dict[str, Counter[str]] = {name: Counter() for name in facets}
            for number in found:
                for said in searcher.stored_fields(number)["marks"].split(" "):
                    name, _, value = unquote(said).partition("=")
                    if name in counts:
                        counts[name][value] += 1
        most = {
            name: sorted(values.items(), key=lambda pair: (-pair[1], pair[0]))[: facets[name]]
            for name, values in counts.items()
        }
        return Counts(len(found), most)

    def fetch(self, ids: Sequence[UUID]) -> dict[UUID, Kept]:
        with self._index.searcher() as searcher:
            found = _docs(searcher, _any("id", map(str, ids)))
            stored = [searcher.stored_fields(number) for number in found]
        return {UUID(item["id"]): kept_of(item["kept"], item["shown"]) for item in stored}

    def vectors(self, ids: Sequence[UUID]) -> dict[UUID, bytes]:
        return {id_: self._vectors.of(id_) for id_ in ids if self._vectors.has(id_)}

    def ids_where(self, field: str, value: str) -> list[UUID]:
        with self._index.searcher() as searcher:
            found = _docs(searcher, query.Term(field, value))
            return sorted((UUID(searcher.stored_fields(number)["id"]) for number in found), key=lambda id_: id_.bytes)

    def sizes(self) -> dict[str, int]:
        files = [path for path in self.folder.rglob("*") if path.is_file()]
        entries = self._index.doc_count() - (self.position() is not None)
        return {
            "entries": entries,
            "passages": len(self._vectors),
            "bytes": sum(path.stat().st_size for path in files),
        }

    def close(self) -> None:
        self._index.close()

    def _inside(self, searcher: Any, scope: Scope) -> set[int]:
        return reduce(set.intersection, (_matching(searcher, part) for part in conditions(scope)))


def _matching(searcher: Any, asked: Asked) -> set[int]:
    """Numbers of the documents that fit; ranked they are later, and only those of the scope."""
    match asked:
        case Best(parts):
            return set().union(*(_matching(searcher, part) for part in parts))
        case AtLeast(count, parts):
            counts = Counter(number for part in parts for number in _matching(searcher, part))
            return {number for number, times in counts.items() if times >= count}
        case Without(part):
            return _docs(searcher, query.Every()) - _matching(searcher, part)
        case _:
            return _docs(searcher, _query(asked))


def _query(asked: Asked) -> Any:
    match asked:
        case All():
            return query.Every()
        case Term(field, word, boost):
            return query.Term(field, word, boost)
        case Row(field, words, slop, boost):
            return query.Phrase(field, list(words), slop + 1, boost)
        case Begins(field, start, boost):
            return query.Prefix(field, start, boost)
        case Like(field, word, distance, boost):
            return query.FuzzyTerm(field, word, boost, distance, 0) if distance else query.Term(field, word, boost)
        case Marked(marks):
            return _any("marks", map(_quoted, marks))
        case Range(name, low, high, moment):
            field = _field(name, moment=moment)
            return query.NumericRange(field, *((_micro(low), _micro(high)) if field in _DATES else (low, high)))
    return query.NullQuery


def _weighed(asked: Asked) -> list[Any]:
    match asked:
        case Marked(marks, boost) if boost:
            return [query.ConstantScoreQuery(query.Term("marks", _quoted(mark)), boost) for mark in marks]
        case Best(parts) | AtLeast(_, parts):
            return [found for part in parts for found in _weighed(part)]
    return []


def _docs(searcher: Any, asked: Any) -> set[int]:
    return set(searcher.docs_for_query(asked))


def _any(field: str, values: Any) -> Any:
    terms = [query.Term(field, value) for value in values]
    return query.Or(terms) if terms else query.NullQuery


def _document(put: Put) -> dict[str, Any]:
    form = form_of(put)
    numbers = {_field(name, moment=False): values for name, values in form.numbers.items()}
    moments = {_field(name, moment=True): values for name, values in form.moments.items()}
    dates = {name: _micro(moments.pop(name)[0]) for name in _DATES}
    return {
        "id": str(put.entry.id),
        "state": put.state,
        "marks": joined([_quoted(mark) for mark in form.marks]),
        "kept": form.kept,
        "shown": put.text,
        **{field: joined(words) for field, words in form.words.items() if words},
        **numbers,
        **moments,
        **dates,
    }


def _quoted(mark: str) -> str:
    return quote(mark, safe="=")


def _field(name: str, *, moment: bool) -> str:
    if moment and name in _DATES:
        return name
    return f"{'moment' if moment else 'number'}_{quote(name, safe='')}"


def _micro(moment: float | None) -> int | None:
    """Only whole numbers can be sorted by."""
    return None if moment is None else round(moment * 1_000_000)
