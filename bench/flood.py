"""One tenant orders far more than the engine can do; another tenant's run must hardly notice."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import uvloop

from bench.figures import Figure, below, percentile, progress, show
from bench.kinds import full
from bench.loads import WORKSPACE
from bench.places import Place, Places
from bench.throughput import House, everything
from docchain.engine.definition import canonical, digest_of, read_spec
from docchain.features.runs import RunOrder, RunService
from docchain.features.runs.tables import CommandRow, DefinitionRow, RunRow
from docchain.platform.bulk import insert_many
from docchain.platform.handles import next_number
from docchain.platform.ids import new_id
from docchain.platform.work import SYSTEM, Actor, Work

FLOOD: Final = 100_000
FLOODER: Final = UUID(int=2)
TIMES: Final = 100
_BATCH: Final = 5_000


def _order(work: Work, runs: int) -> None:
    """What `RunService.start` writes, for many runs of one tenant."""
    spec, now = read_spec(full()), datetime.now(UTC)
    digest = digest_of(spec)
    with work.inside(FLOODER):
        first = next_number(work, "run", runs)
        numbers = {new_id(): number for number in range(first, first + runs)}
        insert_many(work.session, RunRow, [_row(run_id, number, digest, now) for run_id, number in numbers.items()])
        payload = {"label": "full", "inputs": {"number": 1}, "definition": digest, "attributes": {"origin": "api"}}
        command = {"workspace_id": FLOODER, "kind": "start", "actor": "flood", "payload": payload}
        insert_many(work.session, CommandRow, [{**command, "run_id": run_id} for run_id in numbers])
    if work.session.get(DefinitionRow, digest) is None:
        work.session.add(DefinitionRow(digest=digest, body=canonical(spec)))


def _row(run_id: UUID, number: int, digest: str, now: datetime) -> dict[str, Any]:
    empty = dict.fromkeys(("failure", "message", "failed_step"), "")
    return {
        **empty,
        "id": run_id,
        "workspace_id": FLOODER,
        "number": number,
        "label": "full",
        "origin": "api",
        "definition": digest,
        "status": "queued",
        "waits": {},
        "in_doubt": False,
        "actor": "flood",
        "inputs": {"number": 1},
        "warnings": [],
        "created_at": now,
    }


async def _others(house: House, doing: str) -> tuple[list[float], list[float]]:
    """Milliseconds from the order at a door to its acceptance, and to the end of the run, one run after the other."""
    actor, order = Actor(None, "bench", WORKSPACE), RunOrder(read_spec(full()), {"number": 1})
    accepted: list[float] = []
    ended: list[float] = []
    for _ in progress(range(TIMES), TIMES, doing):
        began = time.perf_counter()
        run = await house.database.write(lambda work: RunService(work).start(order), actor)
        accepted.append((time.perf_counter() - began) * 1_000)
        house.engine.wake()
        await house.engine.wait(run.id)
        ended.append((time.perf_counter() - began) * 1_000)
        await asyncio.sleep(0.01)
    return accepted, ended


async def _measure(place: Place, runs: int) -> list[Figure]:
    async with everything(place) as house:
        _, quiet = await _others(house, "the other tenant alone")
        for _ in range(0, runs, _BATCH):
            await house.database.write(lambda work: _order(work, min(_BATCH, runs)), SYSTEM)
        house.engine.wake()
        await asyncio.sleep(0.5)
        accepted, amid = await _others(house, "the other tenant amid the flood")
        left = runs - await house.database.read(_ended, SYSTEM)
    figures = [
        Figure("of the flood left at the end", f"{left:,}", "0 would prove nothing", met=left > 0),
        Figure("accepted amid it, p95", f"{percentile(accepted, 0.95):.1f} ms"),
    ]
    for name, part in (("p50", 0.5), ("p95", 0.95), ("max", 1.0)):
        alone, here = percentile(quiet, part), percentile(amid, part)
        figures.append(below(f"delay {name}", here - alone, "ms", 100, f"alone {alone:.1f} ms, amid {here:.1f} ms"))
    return figures


def _ended(work: Work) -> int:
    return work.session.query(RunRow).filter(RunRow.workspace_id == FLOODER, RunRow.status == "succeeded").count()


def run(places: Places, scale: float) -> None:
    runs = int(FLOOD * scale)
    with places.empty() as place:
        show(f"another tenant amid {runs:,} ordered runs, {places.database}", uvloop.run(_measure(place, runs)))
