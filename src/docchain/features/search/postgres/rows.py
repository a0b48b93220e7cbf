"""An entry as a row: its words with their places and weights, as PostgreSQL reads a tsvector."""

import json
import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import numpy as np

from docchain.features.search.beside.forms import WORDS, form_of
from docchain.features.search.embedded.asking import analyzed
from docchain.features.search.port import Put
from docchain.features.search.postgres.naming import WEIGHTS, Names

_LAST: Final = 16_383
_MOST_PLACES: Final = 255
_MOST_BYTES: Final = 900_000
"""A tsvector ends at a megabyte; of longer texts the beginning is found."""
_SHOWN: Final = re.compile(r"[^\W\d_]{3,40}")
CODES: Final = np.dtype("<i8")
"""How the codes of an entry's facts lie in `facts`, to be counted in one piece."""


@dataclass(frozen=True, slots=True)
class Row:
    """`entry` and `shown` are what those tables hold; `marks` say what the codes stand for."""

    entry: tuple[UUID, str, str, datetime, datetime, list[int], bytes, str, str, str]
    shown: tuple[UUID, str, str]
    marks: dict[int, str]


def row_of(put: Put, names: Names) -> Row:
    form, entry = form_of(put), put.entry
    codes = {names.code(mark): _clean(mark) for mark in form.marks}
    counted = {code: mark for code, mark in codes.items() if not mark.startswith("handle=")}
    return Row(
        (
            entry.id,
            entry.kind,
            put.state,
            entry.created_at,
            entry.updated_at,
            list(codes),
            np.array(list(counted), CODES).tobytes(),
            json.dumps(form.numbers),
            json.dumps(form.moments),
            _vector(form.words, names),
        ),
        (entry.id, _clean(form.kept.decode()), _clean(put.text)),
        counted,
    )


def words_of(put: Put) -> dict[str, str]:
    """Folded words, and how one writes them."""
    tokens = sorted(set(_SHOWN.findall(f"{put.entry.title} {put.text}".lower())))
    return {"".join(analyzed("", token)): token for token in tokens}


def _vector(words: dict[str, list[str]], names: Names) -> str:
    places: defaultdict[str, list[str]] = defaultdict(list)
    size = 0
    for field in WORDS:
        for place, word in enumerate(words.get(field, ()), 1):
            name = names.lexeme(field, word)
            known = places[name]
            if size > _MOST_BYTES or len(known) >= _MOST_PLACES:
                continue
            size += 2 if known else len(name.encode()) + 8
            known.append(f"{min(place, _LAST)}{WEIGHTS[field]}")
    return " ".join(f"{name}:{','.join(known)}" for name, known in places.items() if known)


def _clean(text: str) -> Any:
    """PostgreSQL keeps no NUL."""
    return text.replace("\x00", " ").replace("\\u0000", " ")
