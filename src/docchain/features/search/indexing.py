"""What happens to entries before they are indexed: known texts are kept, new ones are read, told apart and embedded."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from docchain.features.search.embedding import Embedder
from docchain.features.search.passages import passages_of
from docchain.features.search.port import FAILED, PENDING, READY, Entry, Kept, Put

NO_VECTORS: Final = b""


def put_of(entry: Entry, kept: Kept | None, *, has_meaning: bool) -> Put:
    """An entry as far as it is known at once: with the text it had, if that is still its text."""
    if kept is not None and kept.key == entry.key and kept.state in (READY, FAILED) and has_meaning:
        return Put(entry, kept.text, kept.language, kept.state)
    if has_meaning or entry.content is not None:
        return Put(entry, entry.text, "", PENDING, NO_VECTORS)
    return Put(entry, entry.text)


async def prepared(embedder: Embedder, puts: Sequence[Put], most: int) -> list[Put]:
    """The same with language and vectors, of up to `most` passages each. A title belongs to the meaning of its text."""
    pieces = [_passages(put, most) for put in puts]
    vectors = await embedder.texts(pieces)
    languages = await embedder.languages([put.text or put.entry.title for put in puts])
    return [
        replace(put, language=language, vectors=made, state=READY)
        for put, language, made in zip(puts, languages, vectors, strict=True)
    ]


def _passages(put: Put, most: int) -> list[str]:
    """The first one carries the title; a text that says nothing has only that."""
    found = [put.text[start:end].strip() for start, end in passages_of(put.text, most)]
    title = put.entry.title.rpartition(".")[0] or put.entry.title
    return [f"{title}. {found[0]}".strip(". "), *found[1:]] if found else [title] if title else []


def by_id(entries: Sequence[Entry]) -> Mapping[UUID, Entry]:
    return {entry.id: entry for entry in entries}
