"""What a local method is given; its one rule: text or a parsed document, cut at a bound that the answer tells of."""

import mmap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docchain.features.ai.local.places import Located, located
from docchain.features.documents import decode


class NothingGiven(Exception):
    """There is no text to work on; the message says where to put it."""

    code = "invalid_request"


@dataclass(frozen=True, slots=True)
class Given:
    """A text, the pages that it is from if it has some, and whether it was longer than what is read."""

    text: str
    pages: Located | None
    cut: bool


def given_in(local: Mapping[str, Any], most: int, otherwise: str = "") -> Given:
    """The text of `path` (a parsed document in a file), of `text`, or of the message.

    A path is a `Path`, never text: what comes from outside as JSON names no file of this machine.
    """
    if isinstance(path := local.get("path"), Path):
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            document = decode(mapped[:])
        pages = located(document, most)
        return Given(pages.text, pages if pages.places else None, len(document.text) > most)
    text = str(local.get("text") or otherwise)
    if not text.strip():
        raise NothingGiven("There is no text to work on. Give `text`, or a document that was parsed.")
    return Given(text[:most], None, len(text) > most)


def with_places(value: Any, pages: Located | None) -> Any:
    """The same with `places` (page and box) beside every `start` and `end`."""
    if isinstance(value, list | tuple):
        return [with_places(inner, pages) for inner in value]
    if not isinstance(value, dict):
        return value
    known = {name: with_places(inner, pages) for name, inner in value.items()}
    if pages is not None and isinstance(known.get("start"), int) and isinstance(known.get("end"), int):
        known["places"] = [
            {"page": place.page, "box": list(place.box)} for place in pages.places_of(known["start"], known["end"])
        ]
    return known
