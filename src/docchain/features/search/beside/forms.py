"""Entries as every back end beside the embedded one keeps them: texts are analyzed here, once and alike for all.

Back ends get words, and split them at spaces only: a product's own analyzers would find other things than the next's.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from docchain.features.search.embedded.asking import analyzed
from docchain.features.search.embedded.schema import STEMMED, TEXT, TITLE
from docchain.features.search.port import Fact, Kept, Put
from docchain.features.search.queries import Value

WORDS: Final = (TITLE, TEXT, *(f"{field}_{language}" for field in (TITLE, TEXT) for language in STEMMED))
"""Fields of words: whole and folded, and stemmed in each language."""
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}([T ].*)?")


@dataclass(frozen=True, slots=True)
class Form:
    """What is indexed of an entry.

    Args:
        words: of each field of `WORDS`, in their order.
        marks: `name=value` of each fact: what is filtered and counted by.
        numbers: of each fact that has some.
        moments: of each fact that has some, as seconds since 1970; `created` and `updated` too.
        kept: what `kept_of` reads back.
    """

    words: dict[str, list[str]]
    marks: list[str]
    numbers: dict[str, list[float]]
    moments: dict[str, list[float]]
    kept: bytes


class _Kept(msgspec.Struct, array_like=True):
    id: UUID
    kind: str
    handle: str
    title: str
    language: str
    key: str
    state: str
    created_at: datetime
    updated_at: datetime
    facts: dict[str, Any]


_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(_Kept).decode


def form_of(put: Put) -> Form:
    entry = put.entry
    facts = {name: _plain(value) for name, value in entry.facts.items() if value not in (None, "", [], ())}
    own = {"kind": entry.kind, "month": f"{entry.created_at:%Y-%m}", "handle": entry.handle}
    said = facts | own | ({"language": put.language} if put.language else {})
    dates = {"created": entry.created_at, "updated": entry.updated_at}
    return Form(
        words=_words(put),
        marks=sorted({mark(name, value) for name, values in said.items() for value in _several(values)}),
        numbers=_each(said, _number),
        moments=_each(said | dates, _moment),
        kept=_encode(
            _Kept(
                entry.id,
                entry.kind,
                entry.handle,
                entry.title,
                put.language,
                entry.key,
                put.state,
                entry.created_at,
                entry.updated_at,
                facts,
            )
        ),
    )


def kept_of(kept: bytes | str, text: str) -> Kept:
    told = _decode(kept)
    return Kept(text=text, **{name: getattr(told, name) for name in told.__struct_fields__})


def mark(name: str, value: Value) -> str:
    return f"{name}={said_of(value)}"


def said_of(value: Value) -> str:
    """A value as facets tell it: whole numbers without a point."""
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return str(int(value)) if float(value).is_integer() else str(float(value))
        case datetime():
            return value.astimezone(UTC).isoformat()
        case _:
            return value


def _words(put: Put) -> dict[str, list[str]]:
    texts = {TITLE: put.entry.title, TEXT: put.text}
    languages = [put.language] if put.language in STEMMED else list(STEMMED)
    made = {field: analyzed("", text) for field, text in texts.items()}
    made |= {f"{field}_{name}": analyzed(name, text) for field, text in texts.items() for name in languages}
    return made


def _plain(value: Fact) -> Any:
    match value:
        case bool() | str():
            return value
        case int() | float():
            return float(value)
        case datetime():
            return value.astimezone(UTC).isoformat()
        case _:
            return [_plain(item) for item in value]


def _several(values: Any) -> Iterable[Any]:
    return values if isinstance(values, list) else [values]


def _each(facts: dict[str, Any], read: Any) -> dict[str, list[float]]:
    found = {name: [read(value) for value in _several(values)] for name, values in facts.items()}
    kept = {name: [value for value in values if value is not None] for name, values in found.items()}
    return {name: values for name, values in kept.items() if values}


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _moment(value: Any) -> float | None:
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()


def joined(words: Sequence[str]) -> str:
    return " ".join(words)
