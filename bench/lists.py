"""The run list, its filters and one run's detail at a million runs, as doors ask for them."""

import time
from collections.abc import Awaitable, Callable
from typing import Final

import uvloop

from bench.figures import Figure, below, percentile, progress, show
from bench.history import HISTORY, fill
from bench.kinds import KINDS
from bench.loads import WORKSPACE
from bench.million import run_id
from bench.places import Place, Places
from docchain.engine import LocalEngine
from docchain.features.runs import LiveRuns, RunFilter, RunService
from docchain.platform.database import Database
from docchain.platform.page_cursors import bound, encode
from docchain.platform.pagination import PageRequest
from docchain.platform.work import Actor

TIMES: Final = 60
ACTOR: Final = Actor(None, "bench", WORKSPACE)
QUERIES: Final = {
    "first page": RunFilter(),
    "one status": RunFilter(["failed"]),
    "several statuses": RunFilter(["running", "waiting", "failed"]),
    "a status that none has": RunFilter(["paused"]),
    "one workflow": RunFilter(workflow="workflow_7"),
    "workflow and status": RunFilter(["failed"], workflow="workflow_7"),
    "workflow and status, none": RunFilter(["failed"], workflow="workflow_20"),
    "origin": RunFilter(origin="cli"),
    "in doubt": RunFilter(in_doubt=True),
}

Ask = Callable[[], Awaitable[None]]


def _page(database: Database, wanted: RunFilter, request: PageRequest) -> Ask:
    async def ask() -> None:
        page = await database.read(lambda work: RunService(work).list(wanted, request), ACTOR)
        page.model_dump_json()

    return ask


async def _measure(place: Place, runs: int) -> list[Figure]:
    database, engine = Database(place.url), LocalEngine(place.journal(), KINDS)
    await engine.start()
    asked = {name: _page(database, wanted, PageRequest()) for name, wanted in QUERIES.items()}
    asked["first page with a total"] = _page(database, RunFilter(), PageRequest(total=True))
    list_ = bound("RunRow", "-number", ACTOR.workspace_id, "")
    middle = encode(list_, runs // 2, run_id(runs // 2))
    asked["a page in the middle"] = _page(database, RunFilter(), PageRequest(cursor=middle))
    numbers = iter(range(1, runs, max(runs // (TIMES + 1), 1)))

    async def detail() -> None:
        reference = str(run_id(next(numbers)))
        run = await database.read(lambda work: RunService(work).read(reference), ACTOR)
        (await LiveRuns(engine).detail(run)).model_dump_json()

    asked["detail of one run"] = detail
    plain = await times(
        lambda: database.read(lambda work: work.session.connection().exec_driver_sql("SELECT 1"), ACTOR)
    )
    beside = f"SELECT 1: p95 {percentile(plain, 0.95):.1f} ms"
    figures = []
    for name, ask in progress(asked.items(), len(asked), "lists"):
        figures.append(below(f"{name}, p95", percentile(await times(ask), 0.95), "ms", 50, beside))
    await engine.stop()
    await database.close()
    return figures


async def times(ask: Callable[[], Awaitable[object]]) -> list[float]:
    took = []
    for _ in range(TIMES):
        began = time.perf_counter()
        await ask()
        took.append((time.perf_counter() - began) * 1_000)
    return took


def run(places: Places, scale: float) -> None:
    runs = int(HISTORY * scale)
    with places.empty() as place:
        fill(place, runs)
        figures = uvloop.run(_measure(place, runs))
    show(f"the run list at {runs:,} runs, {places.database}", figures)
