"""One generation of a workspace's index: a tantivy index and its vectors, written by one process, read by many."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import tantivy
from tantivy import Occur, Query

from docchain.features.search.embedded.asking import Asking
from docchain.features.search.embedded.schema import (
    FACTS,
    POSITION,
    document_of,
    ids_of,
    kept_of,
    position_document,
    position_in,
    prepare,
    schema,
)
from docchain.features.search.embedded.vector_files import has_vectors
from docchain.features.search.port import Batch, Counts, Kept, Near, Order, Ranked, Scope
from docchain.features.search.queries import Node

if TYPE_CHECKING:
    from docchain.features.search.embedded.vectors import Vectors

_HEAP: Final = 15_000_000
_ALL: Final = 10_000_000
_TEXTS: Final = "texts"


class Generation:
    """Calls wait for disk and processor: not for an event loop.

    Args:
        folder: where it is; made if it is to be written.
        model: what makes its vectors.
        writable: whether this process writes it.
    """

    def __init__(self, folder: Path, model: str, *, writable: bool) -> None:
        self.folder = folder
        self._writable = writable
        self._writer: tantivy.IndexWriter | None = None
        self._lock, self._opening = Lock(), Lock()
        texts = folder / _TEXTS
        if writable:
            texts.mkdir(parents=True, exist_ok=True)
        self._meta = texts / "meta.json"
        self._index = prepare(tantivy.Index(schema(), str(texts)))
        self._index.config_reader("manual")
        self._index.reload()
        self._seen = self._stamp()
        self._asking = Asking(self._index)
        self._model = model
        self._vectors: Vectors | None = None

    @property
    def vectors(self) -> "Vectors":
        """Opened when they are first needed: they bring numpy, and are the larger part of an index in memory."""
        with self._opening:
            if self._vectors is None:
                from docchain.features.search.embedded.vectors import Vectors  # noqa: PLC0415 - see above

                self._vectors = Vectors(self.folder, self._model, writable=self._writable)
            return self._vectors

    # what is written

    def apply(self, batch: Batch) -> None:
        """Vectors first: the commit of the texts is what makes the batch true."""
        with self._lock:
            writer = self._writer = self._writer or self._new_writer()
            try:
                self._write(writer, batch)
            except BaseException:
                writer.rollback()
                raise
            self._index.reload()
            self._seen = self._stamp()

    def _new_writer(self) -> tantivy.IndexWriter:
        """Remove what a writer that was killed left: a commit would meet its files, and refuse to write over them."""
        writer = self._index.writer(_HEAP, 1)
        writer.garbage_collect_files()
        return writer

    def _write(self, writer: tantivy.IndexWriter, batch: Batch) -> None:
        given = [(put.entry.id, put.vectors) for put in batch.puts if put.vectors is not None]
        if self._has_vectors or any(vectors for _, vectors in given):
            told = [(id_, vectors) for id_, vectors in given if vectors or self.vectors.has(id_)]
            self.vectors.append(told, [id_ for id_ in batch.drops if self.vectors.has(id_)])
        ids = [*batch.drops, *(put.entry.id for put in batch.puts)]
        if ids:
            writer.delete_documents_by_query(self._asking.any_of(ids))
        for put in batch.puts:
            writer.add_document(document_of(put))
        if batch.position is not None:
            writer.delete_documents_by_term("id", POSITION)
            writer.add_document(position_document(batch.position))
        writer.commit()

    def close(self) -> None:
        with self._lock:
            if self._writer is not None:
                self._writer.wait_merging_threads()
                self._writer = None

    def remove(self) -> None:
        self.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    # what is asked

    def position(self) -> int | None:
        searcher = self._searcher()
        found = searcher.search(Query.term_query(self._index.schema, "id", POSITION), 1, count=False).hits
        return position_in(searcher.doc(found[0][1])) if found else None

    def rank(self, scope: Scope, query: Node, limit: int, order: Order) -> list[Ranked]:
        searcher = self._searcher()
        asked = self._asking.within(scope, self._asking.query(query))
        if order.field:
            direction = tantivy.Order.Desc if order.descending else tantivy.Order.Asc
            hits = searcher.search(asked, limit, count=False, order_by_field=order.field, order=direction).hits
        else:
            hits = searcher.search(asked, limit, count=False).hits
        return [Ranked(id_, float(hit[0] or 0)) for id_, hit in zip(_ids_in(searcher, hits), hits, strict=True)]

    def nearest(self, scope: Scope, vector: Sequence[float], limit: int) -> list[Near]:
        self.vectors.refresh()
        searcher = self._searcher()
        inside = self._asking.scope(scope)

        def allowed(ids: Sequence[UUID]) -> set[UUID]:
            asked = Query.boolean_query([(Occur.Must, self._asking.any_of(ids)), (Occur.Must, inside)])
            return set(_ids_in(searcher, searcher.search(asked, len(ids), count=False).hits))

        found = self.vectors.nearest(vector, limit, allowed)
        return [Near(item.id, item.similarity, item.passage) for item in found]

    def mean(self, id_: UUID) -> Sequence[float] | None:
        self.vectors.refresh()
        mean = self.vectors.mean(id_)
        return None if mean is None else mean.tolist()

    def count(self, scope: Scope, query: Node, also: Sequence[UUID], facets: Mapping[str, int]) -> Counts:
        searcher = self._searcher()
        wanted = self._asking.query(query)
        if also:
            wanted = Query.boolean_query([(Occur.Should, wanted), (Occur.Should, self._asking.any_of(also))])
        asked = self._asking.within(scope, wanted)
        if not facets:
            return Counts(_total(searcher.search(asked, 1)), {})
        fields = {name: {"terms": {"field": f"{FACTS}.{name}", "size": most}} for name, most in facets.items()}
        total: dict[str, Any] = {"@total": {"value_count": {"field": "kind"}}}
        answer = searcher.aggregate(asked, fields | total)
        counts = {name: [_bucket(item) for item in answer[name]["buckets"]] for name in facets}
        return Counts(int(answer["@total"]["value"]), counts)

    def fetch(self, ids: Sequence[UUID]) -> dict[UUID, Kept]:
        kept = [kept_of(document) for document in self._documents(ids)]
        return {item.id: item for item in kept}

    def texts(self, ids: Sequence[UUID]) -> Iterator[tuple[tantivy.Searcher, tantivy.Document]]:
        searcher = self._searcher()
        for _, address in self._hits(searcher, ids):
            yield searcher, searcher.doc(address)

    def in_state(self, state: str, limit: int) -> list[UUID]:
        return self._ids(self._asking.state(state), limit)

    def ids(self, kind: str) -> list[UUID]:
        return self._ids(self._asking.kind(kind), _ALL)

    @property
    def asking(self) -> Asking:
        return self._asking

    @property
    def schema(self) -> tantivy.Schema:
        return self._index.schema

    def searcher(self) -> tantivy.Searcher:
        return self._searcher()

    def sizes(self) -> dict[str, int]:
        searcher = self._searcher()
        files = [path for path in self.folder.rglob("*") if path.is_file()]
        entries = searcher.num_docs - (self.position() is not None)
        return {
            "entries": entries,
            "passages": len(self.vectors) if self._has_vectors else 0,
            "bytes": sum(path.stat().st_size for path in files),
        }

    @property
    def _has_vectors(self) -> bool:
        return self._vectors is not None or has_vectors(self.folder)

    def _ids(self, query: Query, limit: int) -> list[UUID]:
        searcher = self._searcher()
        most = min(limit, max(searcher.num_docs, 1))
        return _ids_in(searcher, searcher.search(query, most, count=False).hits)

    def _documents(self, ids: Sequence[UUID]) -> Iterator[tantivy.Document]:
        return (document for _, document in self.texts(ids))

    def _hits(self, searcher: tantivy.Searcher, ids: Sequence[UUID]) -> list[tuple[Any, tantivy.DocAddress]]:
        if not ids:
            return []
        return searcher.search(self._asking.any_of(ids), len(ids), count=False).hits

    def _searcher(self) -> tantivy.Searcher:
        """Another process may have committed; its mark is a file that is replaced."""
        if not self._writable and (stamp := self._stamp()) != self._seen:
            self._index.reload()
            self._seen = stamp
        return self._index.searcher()

    def _stamp(self) -> int:
        return self._meta.stat().st_mtime_ns if self._meta.exists() else 0


def _ids_in(searcher: tantivy.Searcher, hits: Sequence[tuple[Any, tantivy.DocAddress]]) -> list[UUID]:
    return ids_of(searcher, [address for _, address in hits])


def _total(result: Any) -> int:
    return int(result.count)


def _bucket(item: Mapping[str, Any]) -> tuple[str, int]:
    key = item.get("key_as_string", item["key"])
    return str(int(key)) if isinstance(key, float) and key.is_integer() else str(key), int(item["doc_count"])
