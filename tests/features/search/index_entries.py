"""Entries for tests of indexes: two workspaces, a scope, and things to put in."""

from datetime import UTC, datetime
from uuid import UUID

import numpy as np

from docchain.features.search.port import READY, Entry, Fact, Put, Scope
from docchain.platform.ids import new_id

HERE, THERE = UUID(int=1), UUID(int=2)
ALL = Scope(("document", "run"))


def vector(*parts: float) -> bytes:
    """A passage's vector with these first numbers."""
    row = np.zeros(512, np.float16)
    row[: len(parts)] = parts
    return row.tobytes()


def put(title: str, text: str, language: str = "es", month: int = 1, vectors: bytes | None = b"", **facts: Fact) -> Put:
    day = datetime(2026, month, 3, 12, tzinfo=UTC)
    kind = str(facts.pop("kind", "document"))
    entry = Entry(new_id(), kind, f"{kind}_{title}", title, day, day, facts, key="k")
    return Put(entry, text, language, READY, vectors)
