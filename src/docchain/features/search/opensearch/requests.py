"""Requests in the query language that OpenSearch and Elasticsearch have in common; words are analyzed already."""

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from typing import Any, Final
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
from docchain.features.search.beside.forms import WORDS, form_of, joined
from docchain.features.search.beside.vectors import numbers_of
from docchain.features.search.port import Batch, Put, Scope
from docchain.features.search.queries import Node

POSITION: Final = "@position"
NOTHING: Final[dict[str, Any]] = {"match_none": {}}
_DOUBLE: Final = {"mapping": {"type": "double"}}
VECTORS: Final = "passages.vector"
PLUGIN: Final = "opensearch-knn"
"""What an OpenSearch that compares meanings has; the minimal distribution has not."""
_MAPPINGS: Final[dict[str, Any]] = {
    "dynamic_templates": [
        {"numbers": {"path_match": "numbers.*", **_DOUBLE}},
        {"moments": {"path_match": "moments.*", **_DOUBLE}},
    ],
    "_source": {"excludes": [*WORDS, "passages"]},
    "properties": {
        **{name: {"type": "keyword"} for name in ("id", "state", "marks", "model")},
        **{name: {"type": "text", "analyzer": "whitespace"} for name in WORDS},
        **{name: {"type": "keyword", "index": False, "doc_values": False} for name in ("kept", "shown", "vectors")},
        "position": {"type": "long", "index": False},
        "parts": {"type": "integer"},
    },
}
_VECTOR: Final[Mapping[str, dict[str, Any]]] = {
    "opensearch": {
        "type": "knn_vector",
        "dimension": 512,
        "space_type": "innerproduct",
        "method": {"name": "hnsw", "engine": "lucene"},
    },
    "elasticsearch": {
        "type": "dense_vector",
        "dims": 512,
        "index": True,
        "similarity": "max_inner_product",
        "index_options": {"type": "hnsw"},
    },
}
"""Both score inner products alike: `1 + s`, or `1 / (1 - s)` below zero."""
_encode: Final = msgspec.json.Encoder().encode


def body(request: Mapping[str, Any]) -> bytes:
    return _encode(request)


def creation(product: str, aliases: Mapping[str, Any], *, vectors: bool) -> dict[str, Any]:
    """The body that makes an index; each passage of an entry is a nested object with a vector."""
    made: dict[str, Any] = {"mappings": dict(_MAPPINGS), "aliases": aliases}
    if vectors:
        nested = {"passages": {"type": "nested", "properties": {"vector": _VECTOR[product]}}}
        made["mappings"]["properties"] = _MAPPINGS["properties"] | nested
        made["settings"] = {"index": {"knn": True}} if product == "opensearch" else {}
    return made


def bulk(index: str, batch: Batch, model: str, kept: Mapping[UUID, str], *, vectors: bool) -> bytes:
    """The position comes last: a batch that was cut off is applied again.

    Args:
        index: or its alias.
        batch: what changes.
        model: that made the vectors.
        kept: the vectors of entries that come without any, as they are stored.
        vectors: whether the server compares them.
    """
    lines: list[Mapping[str, Any]] = [{"delete": {"_index": index, "_id": str(id_)}} for id_ in batch.drops]
    for put in batch.puts:
        given = kept.get(put.entry.id, "") if put.vectors is None else b64encode(put.vectors).decode()
        source = source_of(put) | meaning_of(given, model, vectors=vectors)
        lines += [{"index": {"_index": index, "_id": str(put.entry.id)}}, source]
    if batch.position is not None:
        lines += [{"index": {"_index": index, "_id": POSITION}}, {"position": batch.position}]
    return b"".join(_encode(line) + b"\n" for line in lines)


def source_of(put: Put) -> dict[str, Any]:
    form = form_of(put)
    return {
        "id": str(put.entry.id),
        "state": put.state,
        "marks": form.marks,
        "numbers": {field_of(name): values for name, values in form.numbers.items()},
        "moments": {field_of(name): values for name, values in form.moments.items()},
        "kept": form.kept.decode(),
        "shown": put.text,
        **{field: joined(words) for field, words in form.words.items()},
    }


def meaning_of(given: str, model: str, *, vectors: bool) -> dict[str, Any]:
    """The vectors as they came, for the next time, and as the server compares them."""
    rows = numbers_of(b64decode(given)) if given else []
    if not rows:
        return {}
    passages = {"passages": [{"vector": row} for row in rows]} if vectors else {}
    return {"vectors": given, "model": model, "parts": len(rows), **passages}


def nearest(product: str, scope: Scope, model: str, vector: Sequence[float], limit: int) -> dict[str, Any]:
    """The scope is a condition while neighbours are looked for, not afterwards."""
    inside = {"bool": {"filter": [{"term": {"model": {"value": model}}}, *map(said, conditions(scope))]}}
    inner = {"_source": False, "size": 1}
    request: dict[str, Any] = {"size": limit, "_source": False}
    if product == "elasticsearch":
        asked = {"field": VECTORS, "query_vector": list(vector), "k": limit, "num_candidates": max(2 * limit, 200)}
        return request | {"knn": {**asked, "filter": inside, "inner_hits": inner}}
    near = {"knn": {VECTORS: {"vector": list(vector), "k": limit, "filter": inside}}}
    nested = {"path": "passages", "query": near, "score_mode": "max", "ignore_unmapped": True, "inner_hits": inner}
    return request | {"query": {"nested": nested}}


def similarity_of(score: float) -> float:
    """The inner product that a score stands for."""
    return score - 1 if score >= 1 else 1 - 1 / score


def question(scope: Scope, query: Node | None = None, also: Sequence[str] = ()) -> dict[str, Any]:
    """The scope is a filter: it never changes how hits are ordered."""
    inside = [said(part) for part in conditions(scope)]
    if query is None:
        return {"bool": {"filter": inside}}
    asked = said(asked_of(query))
    if also:
        asked = {"bool": {"should": [asked, {"terms": {"id": list(also)}}], "minimum_should_match": 1}}
    return {"bool": {"filter": inside, "must": [asked]}}


def said(asked: Asked) -> dict[str, Any]:  # noqa: C901, PLR0911 - one line for each form
    match asked:
        case All():
            return {"match_all": {}}
        case Term(field, word, boost):
            return {"term": {field: {"value": word, "boost": boost}}}
        case Row(field, words, slop, boost):
            return {"match_phrase": {field: {"query": joined(words), "slop": slop, "boost": boost}}}
        case Begins(field, start, boost):
            return {"prefix": {field: {"value": start, "boost": boost}}}
        case Like(field, word, distance, boost):
            return {"fuzzy": {field: {"value": word, "fuzziness": distance, "boost": boost}}}
        case Marked(marks, boost):
            return {"constant_score": {"filter": {"terms": {"marks": list(marks)}}, "boost": boost}}
        case Range(name, low, high, moment):
            bounds = {sign: end for sign, end in (("gte", low), ("lte", high)) if end is not None}
            return {"range": {f"{'moments' if moment else 'numbers'}.{field_of(name)}": bounds}}
        case Best(()):
            return NOTHING
        case Best(parts):
            return {"dis_max": {"queries": [said(part) for part in parts], "tie_breaker": 0.1}}
        case AtLeast(count, parts) if count == len(parts):
            return {"bool": {"must": [said(part) for part in parts]}}
        case AtLeast(count, parts):
            return {"bool": {"should": [said(part) for part in parts], "minimum_should_match": count}}
        case Without(part):
            return {"bool": {"must": [{"match_all": {}}], "must_not": [said(part)]}}


def facets_of(names: Mapping[str, int]) -> dict[str, Any]:
    return {
        f"facet{number}": {"terms": {"field": "marks", "include": f"{_literal(name)}=.*", "size": most}}
        for number, (name, most) in enumerate(names.items())
    }


def field_of(name: str) -> str:
    """A dot would make an object of it."""
    return name.replace(".", "__")


def _literal(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter == "_" else f"\\{letter}" for letter in name)
