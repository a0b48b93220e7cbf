"""Unfinished runs, written straight into a journal: what an engine would have left behind."""

import time
from collections.abc import Callable
from typing import Any, Final

from bench.figures import progress
from bench.kinds import KINDS
from bench.loads import WORKSPACE
from docchain.engine.definition import canonical, compile_plan, read_spec
from docchain.engine.journal import Batch
from docchain.engine.journal.port import Journal
from docchain.engine.machine.facts import Fact, Started, encode

_BATCH: Final = 5_000

Left = tuple[list[list[Fact]], bool, int | None]
"""The facts of a run by commit, whether it has work to do now, and its next timer."""


def key_of(number: int) -> bytes:
    """Ids in the order of time, as the product makes them."""
    made = int(time.time() * 1_000) - 3_600_000
    return ((made << 80) | (7 << 76) | (2 << 62) | number).to_bytes(16, "big")


async def leave(
    journal: Journal, definition: dict[str, Any], numbers: range, left: Callable[[int, Started], Left]
) -> None:
    """`left` tells what is there of the run with this number; its first fact is given."""
    await journal.open()
    spec = read_spec(definition)
    digest = compile_plan(spec, KINDS).digest
    position = await journal.last_position()
    batches = [numbers[first : first + _BATCH] for first in range(0, len(numbers), _BATCH)]
    for some in progress(batches, len(batches), f"{len(numbers):,} unfinished runs"):
        batch = Batch(definitions=[(digest, canonical(spec))])
        for number in some:
            at = time.time_ns() // 1_000
            started = Started(at, digest, str(WORKSPACE), {"number": number}, "ana", spec.workflow)
            key = key_of(number)
            commits, active, due = left(number, started)
            batch.entries.extend((position + place, key, encode(facts)) for place, facts in enumerate(commits, 1))
            position += len(commits)
            batch.open_runs.append((key, WORKSPACE.bytes, int(active), due))
        await journal.commit(batch)
    await journal.close()
