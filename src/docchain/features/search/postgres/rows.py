"""An entry as a row: its words with their places and weights, as PostgreSQL reads a tsvector."""

import json
import re
from collections import defaultdict
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from docchain.features.search.beside.forms import WORDS, form_of
from docchain.features.search.embedded.asking import analyzed
from docchain.features.search.port import Put
from docchain.features.search.postgres.conditions_repository import WEIGHTS, quoted

Row = tuple[UUID, str, str, datetime, datetime, str, str, list[str], str, str, str]
_LAST: Final = 16_383
_APART: Final = 100
_MOST_PLACES: Final = 255
_MOST_BYTES: Final = 900_000
"""A tsvector ends at a megabyte; of longer texts the beginning is found."""
_SHOWN: Final = re.compile(r"[^\W\d_]{3,40}")


def row_of(put: Put) -> Row:
    form, entry = form_of(put), put.entry
    return (
        entry.id,
        entry.kind,
        put.state,
        entry.created_at,
        entry.updated_at,
        _clean(put.text),
        _clean(form.kept.decode()),
        [_clean(mark) for mark in form.marks],
        json.dumps(form.numbers),
        json.dumps(form.moments),
        _vector(form.words),
    )


def words_of(put: Put) -> dict[str, str]:
    """Folded words, and how one writes them."""
    tokens = sorted(set(_SHOWN.findall(f"{put.entry.title} {put.text}".lower())))
    return {"".join(analyzed("", token)): token for token in tokens}


def _vector(words: dict[str, list[str]]) -> str:
    """Words of a text follow those of its title at some distance, so that no phrase spans both."""
    places: defaultdict[str, list[str]] = defaultdict(list)
    begin, size = 1, 0
    for field in WORDS:
        if field == "text":
            begin = len(words["title"]) + _APART
        for place, word in enumerate(words.get(field, ()), begin if field == "text" else 1):
            name = quoted(field, word)
            known = places[name]
            if size > _MOST_BYTES or len(known) >= _MOST_PLACES:
                continue
            size += 2 if known else len(name.encode()) + 8
            known.append(f"{min(place, _LAST)}{WEIGHTS[field]}")
    return " ".join(f"{name}:{','.join(known)}" for name, known in places.items() if known)


def _clean(text: str) -> Any:
    """PostgreSQL keeps no NUL."""
    return text.replace("\x00", " ").replace("\\u0000", " ")
