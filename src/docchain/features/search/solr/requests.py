"""Requests of Solr's JSON Request API, in fields that its `_default` configuration has; words are analyzed already."""

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote
from uuid import UUID

import msgspec

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
)
from docchain.features.search.beside.forms import form_of, joined
from docchain.features.search.beside.vectors import numbers_of
from docchain.features.search.port import Batch, Order, Put, Scope
from docchain.features.search.queries import Node

POSITION: Final = "@position"
KEPT: Final = "id,kept_t,shown_t"
SCHEMA: Final[Mapping[str, Any]] = {
    "add-field-type": {
        "name": "docchain_vector",
        "class": "solr.DenseVectorField",
        "vectorDimension": 512,
        "similarityFunction": "cosine",
    },
    "add-field": [
        {"name": "vector", "type": "docchain_vector", "indexed": True, "stored": False},
        {"name": "vectors", "type": "string", "indexed": False, "docValues": False, "stored": True},
    ],
}
"""What the `_default` configuration has not: a field for vectors, and one for what is kept of them."""
ROOTS: Final = "*:* -_nest_path_:*"
"""Entries, but not their passages."""
_PASSAGES_EACH: Final = 4
_DATES: Final = ("created", "updated")
_ALL: Final = "*:*"
_NONE: Final = "-*:*"
_encode: Final = msgspec.json.Encoder().encode


def body(request: Any) -> bytes:
    return _encode(request)


def deleted(batch: Batch) -> bytes:
    return _encode({"delete": [str(id_) for id_ in batch.drops]})


def documents(batch: Batch, model: str, kept: Mapping[UUID, str]) -> bytes:
    """The position comes last: a batch that was cut off is applied again.

    Args:
        batch: what changes.
        model: that made the vectors.
        kept: the vectors of entries that come without any, as they are stored.
    """
    made = []
    for put in batch.puts:
        given = kept.get(put.entry.id, "") if put.vectors is None else b64encode(put.vectors).decode()
        made.append(document_of(put) | meaning_of(put.entry.id, given, model))
    if batch.position is not None:
        made.append({"id": POSITION, "position_l": batch.position})
    return _encode(made)


def document_of(put: Put) -> dict[str, Any]:
    form = form_of(put)
    dates = {f"{name}_d": form.moments[name][0] for name in ("created", "updated")}
    return {
        "id": str(put.entry.id),
        "state_s": put.state,
        "marks_ss": form.marks,
        "kept_t": form.kept.decode(),
        "shown_t": put.text,
        **{f"{field}_ws": joined(words) for field, words in form.words.items()},
        **{_field(name, moment=False): values for name, values in form.numbers.items()},
        **{_field(name, moment=True): values for name, values in form.moments.items() if name not in _DATES},
        **dates,
    }


def meaning_of(id_: UUID, given: str, model: str) -> dict[str, Any]:
    """The vectors as they came, for the next time; and each passage as a document within that of its entry."""
    rows = numbers_of(b64decode(given)) if given else []
    if not rows:
        return {}
    passages = [{"id": f"{id_}#{number}", "vector": row} for number, row in enumerate(rows)]
    return {"vectors": given, "model_s": model, "parts_i": len(rows), "passages": passages}


def nearest(scope: Scope, model: str, vector: Sequence[float], limit: int) -> dict[str, Any]:
    """Passages whose entries are in the scope; that is a condition while neighbours are looked for."""
    most = limit * _PASSAGES_EACH
    inside = {"bool": {"must": [{"term": {"f": "model_s", "v": model}}, *inside_of(scope)]}}
    return {
        "query": {"knn": {"f": "vector", "topK": most, "preFilter": "$within", "query": f"[{_row(vector)}]"}},
        "queries": {"within": {"child": {"of": ROOTS, "query": inside}}},
        "limit": most,
        "fields": "id,score",
    }


def similarity_of(score: float) -> float:
    """The cosine that a score stands for."""
    return 2 * score - 1


def _row(vector: Sequence[float]) -> str:
    return ",".join(str(float(number)) for number in vector)


def ranking(scope: Scope, query: Node, limit: int, order: Order) -> dict[str, Any]:
    by = f"{order.field}_d {'desc' if order.descending else 'asc'}" if order.field else "score desc"
    request = {"query": said(asked_of(query)), "filter": inside_of(scope), "limit": limit, "fields": "id,score"}
    return request | {"sort": f"{by}, id asc"}


def counting(scope: Scope, query: Node, also: Sequence[str], facets: Mapping[str, int]) -> dict[str, Any]:
    asked = said(asked_of(query))
    if also:
        asked = {"bool": {"should": [asked, _terms("id", also)]}}
    return {
        "query": asked,
        "filter": inside_of(scope),
        "limit": 0,
        "facet": {
            f"facet{number}": {"type": "terms", "field": "marks_ss", "prefix": f"{name}=", "limit": most}
            for number, (name, most) in enumerate(facets.items())
        },
    }


def inside_of(scope: Scope) -> list[Any]:
    return [said(part) for part in conditions(scope)]


def with_ids(ids: Sequence[str], fields: str = KEPT) -> dict[str, Any]:
    return {"query": _terms("id", ids), "limit": len(ids), "fields": fields}


def sizes() -> dict[str, Any]:
    """Entries have a state; passages and the position have none."""
    return {"query": "state_s:*", "limit": 0, "facet": {"passages": "sum(parts_i)"}}


def paged(asked: Any, size: int, cursor: str) -> dict[str, Any]:
    parameters = {"cursorMark": cursor}
    return {"query": asked, "limit": size, "fields": "id", "sort": "id asc", "params": parameters}


def in_state(state: str) -> dict[str, Any]:
    return {"term": {"f": "state_s", "v": state}}


def collection(action: str, **parameters: str) -> str:
    said_so = "&".join(f"{name.replace('_', '.')}={quote(value)}" for name, value in parameters.items())
    return f"admin/collections?action={action}&{said_so}"


def said(asked: Asked) -> Any:  # noqa: C901, PLR0911 - one line for each form
    match asked:
        case All():
            return _ALL
        case Term(field, word, boost):
            return _boosted({"term": {"f": f"{field}_ws", "v": word}}, boost)
        case Row(field, words, slop, boost):
            phrase = f'"{joined(words)}"~{slop}'
            return _boosted({"lucene": {"df": f"{field}_ws", "query": phrase}}, boost)
        case Begins(field, start, boost):
            return _boosted({"prefix": {"f": f"{field}_ws", "v": start}}, boost)
        case Like(field, word, distance, boost):
            return _boosted({"lucene": {"df": f"{field}_ws", "query": f"{word}~{distance}"}}, boost)
        case Marked(marks, boost):
            return _boosted(_terms("marks_ss", marks), boost) if boost else _terms("marks_ss", marks)
        case Range():
            return _range(asked)
        case Best(()):
            return _NONE
        case Best(parts):
            return {"bool": {"should": [said(part) for part in parts]}}
        case AtLeast(count, parts) if count == len(parts):
            return {"bool": {"must": [said(part) for part in parts]}}
        case AtLeast(count, parts):
            return {"bool": {"should": [said(part) for part in parts], "mm": count}}
        case Without(part):
            return {"bool": {"must": [_ALL], "must_not": [said(part)]}}


def _range(asked: Range) -> dict[str, Any]:
    low, high = ("*" if end is None else f"{end:f}" for end in (asked.low, asked.high))
    return {"lucene": {"df": _field(asked.name, moment=asked.moment), "query": f"[{low} TO {high}]"}}


def _terms(field: str, values: Sequence[str]) -> Any:
    """One of the values; each is a parameter of its own, so that no sign in it separates."""
    if not values:
        return _NONE
    return {"bool": {"should": [{"term": {"f": field, "v": value}} for value in values]}}


def _boosted(asked: Any, boost: float) -> dict[str, Any]:
    return {"boost": {"query": asked, "b": boost}}


def _field(name: str, *, moment: bool) -> str:
    """Signs that Solr does not like in names become others; two facts that differ only in those are one to ranges."""
    if moment and name in _DATES:
        return f"{name}_d"
    plain = "".join(letter if letter.isalnum() and letter.isascii() else "_" for letter in name)
    return f"{'moment' if moment else 'number'}_{plain}_ds"
