"""The shape of an embedded index: every text folded and whole, and stemmed in the language it is in."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import msgspec
import tantivy

from docchain.features.search.port import Fact, Kept, Put

STEMMED: Final = {"es": "spanish", "en": "english"}
TITLE: Final = "title"
TEXT: Final = "text"
FACTS: Final = "facts"
POSITION: Final = "@position"
"""The id of the entry that says how far in the event log the index is; it commits with what it speaks of."""
ID_HALVES: Final = ("id_high", "id_low")
"""An id in two columns: hits are told apart without a look at what is stored of them, which may be long."""
WORD_BYTES: Final = 60
_DATES: Final = ("created", "updated")
_HALF: Final = 1 << 64


def analyzer(language: str = "") -> tantivy.TextAnalyzer:
    """Accents are folded last: stemmers want to see them."""
    built = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple()).filter(tantivy.Filter.remove_long(WORD_BYTES))
    built = built.filter(tantivy.Filter.lowercase())
    if language:
        name = STEMMED[language]
        built = built.filter(tantivy.Filter.stopword(name)).filter(tantivy.Filter.stemmer(name))
    return built.filter(tantivy.Filter.ascii_fold()).build()


def schema() -> tantivy.Schema:
    built = tantivy.SchemaBuilder()
    for name in ("id", "kind", "handle", "state"):
        built.add_text_field(name, stored=True, fast=name == "kind", tokenizer_name="raw", index_option="basic")
    for name in ID_HALVES:
        built.add_unsigned_field(name, fast=True)
    for name in (TITLE, TEXT):
        built.add_text_field(name, stored=True, tokenizer_name="folded")
        for language in STEMMED:
            built.add_text_field(f"{name}_{language}", tokenizer_name=language, index_option="freq")
    built.add_json_field(FACTS, fast=True, tokenizer_name="raw", index_option="basic", expand_dots_enabled=True)
    for name in _DATES:
        built.add_date_field(name, indexed=True, fast=True)
    built.add_bytes_field("kept", stored=True)
    return built.build()


def prepare(index: tantivy.Index) -> tantivy.Index:
    index.register_tokenizer("folded", analyzer())
    for language in STEMMED:
        index.register_tokenizer(language, analyzer(language))
    return index


class _Stored(msgspec.Struct, array_like=True):
    """What is told of an entry beside its texts."""

    language: str
    key: str
    created_at: datetime
    updated_at: datetime
    facts: dict[str, Any]
    position: int = 0


_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(_Stored).decode


def document_of(put: Put) -> tantivy.Document:
    entry = put.entry
    facts = {name: _plain(value) for name, value in entry.facts.items() if value not in (None, "", [], ())}
    stored = _Stored(put.language, entry.key, entry.created_at, entry.updated_at, facts)
    made = tantivy.Document(
        id=str(entry.id), kind=entry.kind, handle=entry.handle, state=put.state, title=entry.title, text=put.text
    )
    for name, half in zip(ID_HALVES, divmod(entry.id.int, _HALF), strict=True):
        made.add_unsigned(name, half)
    languages = [put.language] if put.language in STEMMED else list(STEMMED)
    for language in languages:
        made.add_text(f"{TITLE}_{language}", entry.title)
        made.add_text(f"{TEXT}_{language}", put.text)
    own: dict[str, Any] = {"kind": entry.kind, "month": f"{entry.created_at:%Y-%m}", **_language(put)}
    made.add_json(FACTS, facts | own)
    made.add_date("created", entry.created_at)
    made.add_date("updated", entry.updated_at)
    made.add_bytes("kept", _encode(stored))
    return made


def _plain(value: Fact) -> Any:
    """Numbers as one type, moments as JSON has them."""
    match value:
        case bool() | str():
            return value
        case int() | float():
            return float(value)
        case datetime():
            return value.astimezone(UTC).isoformat()
        case _:
            return [_plain(item) for item in value]


def _language(put: Put) -> dict[str, str]:
    return {"language": put.language} if put.language else {}


def position_document(position: int) -> tantivy.Document:
    moment = datetime.fromtimestamp(0, UTC)
    made = tantivy.Document(id=POSITION, kind=POSITION)
    made.add_bytes("kept", _encode(_Stored("", "", moment, moment, {}, position)))
    return made


def position_in(document: tantivy.Document) -> int:
    return _stored(document).position


def ids_of(searcher: tantivy.Searcher, addresses: Sequence[tantivy.DocAddress]) -> list[UUID]:
    high, low = (searcher.fast_field_values(name, list(addresses)) for name in ID_HALVES)
    return [UUID(int=int(one or 0) * _HALF + int(other or 0)) for one, other in zip(high, low, strict=True)]


def kept_of(document: tantivy.Document) -> Kept:
    stored = _stored(document)
    texts = {name: str(document.get_first(name) or "") for name in ("kind", "handle", "title", "text", "state")}
    return Kept(
        id=UUID(document.get_first("id")),
        language=stored.language,
        key=stored.key,
        created_at=stored.created_at,
        updated_at=stored.updated_at,
        facts=stored.facts,
        **texts,
    )


def _stored(document: tantivy.Document) -> _Stored:
    kept: Any = document.get_first("kept")
    return _decode(bytes(kept))
