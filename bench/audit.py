"""The audit log: what sealing costs who writes, how fast a log is verified, and pages of a log of a million entries."""

import asyncio
import io
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from statistics import median
from typing import Any, Final
from uuid import UUID

import uvloop

from bench.figures import Figure, below, percentile, progress, show
from bench.loads import WORKSPACE
from bench.places import Place, Places
from docchain.features.audit.exporting import verify_chain, verify_export, write_export
from docchain.features.audit.keys import open_key
from docchain.features.audit.schemas import AuditFilter
from docchain.features.audit.sealing import Sealer
from docchain.features.audit.service import AuditService
from docchain.platform.database import Database
from docchain.platform.events import append
from docchain.platform.ids import new_id
from docchain.platform.pagination import PageRequest
from docchain.platform.schema import ensure_current
from docchain.platform.work import SYSTEM, Actor, Work

SEALED: Final = 100_000
LISTED: Final = 1_000_000
WRITES: Final = 12_000
FEWEST_WRITES: Final = 6_000
"""A turn shorter than the second between two looks of the sealer would measure chance."""
ROUNDS: Final = 6
CLIENTS: Final = 16
TIMES: Final = 40
SCANNED: Final = 5_000
SHARE: Final = 0.95
VERIFIED_WITHIN: Final = 10.0
PAGE_WITHIN: Final = 50.0
_ANA: Final = Actor(UUID(int=7), "bench", WORKSPACE)
_BEGAN: Final = datetime(2026, 1, 1, tzinfo=UTC)
_TYPES: Final = (
    "run.started",
    "run.succeeded",
    "run.started",
    "run.succeeded",
    "document.uploaded",
    "workflow.updated",
)
_FILTERS: Final = {
    "newest": AuditFilter(),
    "one type": AuditFilter(type="document.uploaded"),
    "a rare type": AuditFilter(type="user.disabled"),
    "one actor": AuditFilter(actor=str(UUID(int=3))),
    "an actor that none is": AuditFilter(actor=str(UUID(int=9))),
    "one request": AuditFilter(request_id="request-400"),
    "a time": AuditFilter(after=_BEGAN + timedelta(hours=30), before=_BEGAN + timedelta(hours=31)),
    "failed": AuditFilter(outcome="failed"),
    "a text that is nowhere": AuditFilter(q="nowhere-at-all"),
}


def entry(number: int) -> dict[str, Any]:
    type_ = "user.disabled" if number % 100_000 == 0 else _TYPES[number % len(_TYPES)]
    return {
        "id": new_id(),
        "workspace_id": WORKSPACE,
        "type": type_,
        "subject_kind": type_.partition(".")[0],
        "subject_id": UUID(int=number % 5_000),
        "actor": str(UUID(int=number % 5)),
        "at": _BEGAN + timedelta(seconds=number),
        "data": {"handle": f"document_{number}", "name": "invoice.pdf", "size": number},
        "request_id": f"request-{number}" if number % 4 == 0 else None,
        "context": {"from": {"door": "api", "address": "192.0.2.7"}},
    }


async def fill(database: Database, first: int, count: int) -> None:
    def batches() -> Iterator[list[dict[str, Any]]]:
        for start in range(first, first + count, 5_000):
            yield [entry(number) for number in range(start, min(start + 5_000, first + count))]

    for rows in progress(batches(), count // 5_000, "Filling the log"):
        await database.write(lambda work, rows=rows: append(work.session, rows), SYSTEM)  # type: ignore[misc] # its own


async def _writes(database: Database, count: int) -> float:
    """Transactions a second, each with an event, of clients at once."""

    async def client() -> None:
        for number in range(count // CLIENTS):
            await database.write(lambda work, n=number: _change(work, n), _ANA)  # type: ignore[misc] # its own

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return count / (time.perf_counter() - began)


def _change(work: Work, number: int) -> None:
    work.emit("workflow.updated", "workflow", UUID(int=number), {"workflow": "workflow_1", "revision": number})


async def _cost(database: Database, sealer: Sealer, writes: int) -> Figure:
    """Without and with a sealer, in turns, so that whatever else the machine does falls on both."""
    rates: dict[bool, list[float]] = {False: [], True: []}
    for turn in range(ROUNDS):
        for sealing in (turn % 2 == 0, turn % 2 == 1):
            await sealer.catch_up()
            task = asyncio.create_task(sealer.run() if sealing else asyncio.sleep(0))
            rates[sealing].append(await _writes(database, writes))
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
    alone, beside = rates[False], rates[True]
    ratio = median(after / before for before, after in zip(alone, beside, strict=True))
    told = f"{median(alone):,.0f} /s without, {median(beside):,.0f} /s with"
    return Figure("writes beside the sealer", f"{ratio:.1%}", told, f"≥ {SHARE:.0%}", ratio >= SHARE)


async def _verifying(database: Database, sealer: Sealer, entries: int) -> list[Figure]:
    began = time.perf_counter()
    await sealer.catch_up()
    sealed = time.perf_counter() - began
    within = VERIFIED_WITHIN * entries / SEALED
    began = time.perf_counter()
    verdict = await database.read(lambda work: verify_chain(work, WORKSPACE), SYSTEM)
    stored = time.perf_counter() - began
    file = io.BytesIO()
    await database.read(lambda work: write_export(work, file, [WORKSPACE]), SYSTEM)
    file.seek(0)
    began = time.perf_counter()
    (offline,) = verify_export(file)
    exported = time.perf_counter() - began
    if verdict.findings or offline.findings:
        raise SystemExit(f"The log does not verify: {(verdict.findings + offline.findings)[0].said}")
    size = f"{len(file.getbuffer()) / 1024**2:.0f} MiB, {offline.checkpoints} checkpoints"
    return [
        Figure(f"seal {verdict.entries:,} entries", f"{verdict.entries / sealed:,.0f} /s"),
        below(f"verify {verdict.entries:,} where stored", stored, "s", within),
        below(f"verify {offline.entries:,} of an export", exported, "s", within, size),
    ]


def _page(database: Database, wanted: AuditFilter, request: PageRequest) -> Callable[[], Awaitable[None]]:
    async def ask() -> None:
        page = await database.read(lambda work: AuditService(work, WORKSPACE, SCANNED).list(wanted, request), _ANA)
        page.model_dump_json()

    return ask


async def _pages(database: Database, entries: int) -> list[Figure]:
    asked = {name: _page(database, wanted, PageRequest()) for name, wanted in _FILTERS.items()}
    asked["with a total"] = _page(database, AuditFilter(), PageRequest(total=True))
    figures = []
    for name, ask in asked.items():
        await ask()
        took = []
        for _ in range(TIMES):
            began = time.perf_counter()
            await ask()
            took.append((time.perf_counter() - began) * 1000)
        figures.append(below(f"page of {entries:,}: {name}", percentile(took, 95), "ms", PAGE_WITHIN, "p95"))
    return figures


async def _measure(place: Place, scale: float) -> list[Figure]:
    await ensure_current(place.url)
    database = Database(place.url)
    sealer = Sealer(database, partial(open_key, place.folder / "audit.key"), 1.0)
    figures = [await _cost(database, sealer, max(int(WRITES * scale), FEWEST_WRITES))]
    entries = int(SEALED * scale)
    await fill(database, 0, entries)
    figures += await _verifying(database, sealer, entries)
    await fill(database, entries, int(LISTED * scale) - entries)
    figures += await _pages(database, int(LISTED * scale))
    await database.close()
    return figures


def run(places: Places, scale: float) -> None:
    with places.empty() as place:
        figures = uvloop.run(_measure(place, scale))
    show(f"The audit log on {places.database}", figures)
