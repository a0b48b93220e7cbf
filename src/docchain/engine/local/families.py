"""Families: a run with those that it called, and those that they called; only what is in memory is looked into."""

from collections.abc import Iterator, Mapping
from uuid import UUID

from docchain.engine.local.resident import Resident

Found = Mapping[bytes, Resident | None]


def below(run: Resident, found: Found) -> Iterator[tuple[bytes, Resident | None]]:
    """Every run below it whose end is awaited, by key; `None` for one that was not found, yet."""
    for step in run.state.steps.values():
        if step.called is None:
            continue
        key = UUID(step.called.run).bytes
        child = found.get(key)
        yield key, child
        if child is not None:
            yield from below(child, found)
