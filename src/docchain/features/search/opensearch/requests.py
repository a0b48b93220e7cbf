"""Requests in the query language that OpenSearch and Elasticsearch have in common; words are analyzed already."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

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
from docchain.features.search.port import Batch, Put, Scope
from docchain.features.search.queries import Node

POSITION: Final = "@position"
NOTHING: Final[dict[str, Any]] = {"match_none": {}}
_DOUBLE: Final = {"mapping": {"type": "double"}}
MAPPINGS: Final[dict[str, Any]] = {
    "dynamic_templates": [
        {"numbers": {"path_match": "numbers.*", **_DOUBLE}},
        {"moments": {"path_match": "moments.*", **_DOUBLE}},
    ],
    "_source": {"excludes": list(WORDS)},
    "properties": {
        **{name: {"type": "keyword"} for name in ("id", "state", "marks")},
        **{name: {"type": "text", "analyzer": "whitespace"} for name in WORDS},
        **{name: {"type": "keyword", "index": False, "doc_values": False} for name in ("kept", "shown")},
        "position": {"type": "long", "index": False},
    },
}
_encode: Final = msgspec.json.Encoder().encode


def body(request: Mapping[str, Any]) -> bytes:
    return _encode(request)


def bulk(index: str, batch: Batch) -> bytes:
    """The position comes last: a batch that was cut off is applied again."""
    lines: list[Mapping[str, Any]] = [{"delete": {"_index": index, "_id": str(id_)}} for id_ in batch.drops]
    for put in batch.puts:
        lines += [{"index": {"_index": index, "_id": str(put.entry.id)}}, source_of(put)]
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
