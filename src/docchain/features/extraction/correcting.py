"""What a person says a paper says, made an example; its one rule: what no page says teaches nothing."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from docchain.features.documents import Box, ParsedDocument, ends_of
from docchain.features.extraction import geometry, reading
from docchain.features.extraction.anchors import Anchor, anchors_of
from docchain.features.extraction.extract import extract
from docchain.features.extraction.field_spec import FieldSpec
from docchain.features.extraction.fingerprints import buckets_of, fingerprint_of
from docchain.features.extraction.grounding import Paper, paper_of, standing, typed
from docchain.features.extraction.memory import same
from docchain.features.extraction.results import Value
from docchain.features.extraction.schema import parse_schema, specs
from docchain.features.extraction.spans import Span

MOST_PLACES: Final = 3
ISSUER: Final = "seller_tax_id"
_AROUND: Final = 160


class Corrected(msgspec.Struct):
    """One field: what was read and how, what is right, where that stands, the ways to it, and the line around it."""

    before: Any
    value: Any
    method: str
    page: int | None = None
    box: Box | None = None
    anchors: list[Anchor] = []
    line: str = ""


class Lesson(msgspec.Struct):
    """What a corrected paper teaches; `refused` says of fields why they cannot be kept."""

    fields: dict[str, Corrected]
    refused: dict[str, str]
    fingerprint: dict[str, Any]
    buckets: list[int]


def lesson_of(document: ParsedDocument, schema: str | Mapping[str, Any], values: Mapping[str, Any]) -> Lesson:
    """The lesson of one paper: `values` by field; None says that the field is not on the paper."""
    wanted = specs(parse_schema(schema))
    rules = extract(document, schema, {}).fields
    page = reading.read(geometry.build(document))
    paper = paper_of(page)
    fields: dict[str, Corrected] = {}
    refused: dict[str, str] = {}
    for name, value in values.items():
        spec = wanted.get(name)
        made = "The schema has no such field." if spec is None else _corrected(paper, spec, value, rules.get(name))
        if isinstance(made, str):
            refused[name] = made
        else:
            fields[name] = made
    own = fingerprint_of(page, _issuer(fields, rules))
    return Lesson(fields, refused, own.plain(), buckets_of(own))


def lesson_of_file(path: str, schema: str | Mapping[str, Any], values: Mapping[str, Any]) -> bytes:
    """The same with a file in and JSON out: the call for a child process."""
    return msgspec.json.encode(lesson_of(_read(path), schema, values))


def likeness_of_file(path: str) -> bytes:
    """The fingerprint of a paper's layout, and its buckets, as JSON."""
    return msgspec.json.encode(likeness_of(ends_of(Path(path).read_bytes(), 1, 0)))


def likeness_of(document: ParsedDocument) -> tuple[dict[str, Any], list[int]]:
    """The same of a document in memory."""
    first = msgspec.structs.replace(document, pages=document.pages[:1])
    own = fingerprint_of(reading.read(geometry.build(first)))
    return own.plain(), buckets_of(own)


def changes_of(schema: str | Mapping[str, Any], read: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """What somebody filled in that is not what was read; what was left empty says nothing."""
    wanted = specs(parse_schema(schema))
    filled = {name: value for name, value in said.items() if value not in (None, "") and name in wanted}
    return {name: value for name, value in filled.items() if _differs(wanted[name], read.get(name), value)}


def _differs(spec: FieldSpec, read: Any, said: Any) -> bool:
    value = typed(spec, said)
    if isinstance(value, dict) and isinstance(read, Mapping):
        currencies = {value["currency"], read.get("currency")} - {None}
        return not same(value["amount"], read.get("amount")) or len(currencies) > 1
    return not same(said if value is None else value, read)


def _read(path: str) -> ParsedDocument:
    return ends_of(Path(path).read_bytes(), *geometry.PAGES)


def _corrected(paper: Paper, spec: FieldSpec, given: Any, read: Value | None) -> Corrected | str:
    before, method = (read.value, read.method) if read else (None, "")
    if given is None:
        return Corrected(before, None, method)
    if spec.type == "lines":
        return "Rows of a table cannot be corrected one by one yet; correct the other fields."
    value = typed(spec, given, paper.order.name)
    if value is None:
        return f"This is no value of the type `{spec.type}`."
    found = [spans for spans, alike in standing(paper, spec, value) if alike == 1]
    if not found:
        return "These words stand nowhere in the document. Copy them as they are printed."
    ways = anchors_of(paper.read, _firsts(found), spec)
    first = found[0][0]
    row = first.row
    left = max(0, first.start - 8)
    line = row.text(left, min(len(row.tokens), first.end + 4))[:_AROUND]
    return Corrected(before, value, method, row.page, first.box, ways, line)


def _issuer(fields: Mapping[str, Corrected], rules: Mapping[str, Value]) -> str | None:
    """Whose paper it is: as the person says, else as it was read."""
    if ISSUER in fields:
        return fields[ISSUER].value  # type: ignore[no-any-return]
    return rules[ISSUER].value if ISSUER in rules else None


def _firsts(found: Sequence[Sequence[Span]]) -> list[Span]:
    """Where a value begins, each place once."""
    known = {(spans[0].row.index, spans[0].start): spans[0] for spans in found}
    return list(known.values())[:MOST_PLACES]
