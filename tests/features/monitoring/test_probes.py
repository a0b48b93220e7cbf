"""What health says of the engine: who executes runs, and how many the engine broke on."""

import asyncio

import pytest

from docchain.bootstrap import open_services
from docchain.engine.definition import read_spec
from docchain.engine.expressions import Expression
from docchain.engine.seating import process_name
from docchain.entrypoints.cli.console import local_actor
from docchain.features.monitoring import HealthService
from docchain.features.runs import RunOrder, RunService
from docchain.platform.settings import StorageSettings, load_settings

TOLD = (
    "1 run(s) stand still because the engine broke on them; the others go on. The log names them and the fault "
    "(run_broke): report it. They are tried again when the engine is started again."
)


@pytest.fixture
async def services(tmp_path):
    settings = load_settings(None, storage=StorageSettings(data_dir=tmp_path / "data", database_url="", blob_url=""))
    async with open_services(settings) as opened:
        yield opened


async def engine_of(services):
    health = await HealthService(services.probes).check()
    return health.status, health.checks["engine"]


async def test_an_engine_that_is_well_says_who_executes(services):
    status, engine = await engine_of(services)
    assert (status, engine.status, engine.detail) == ("ok", "ok", None)
    assert engine.shows == {"role": "executes", "executed_by": process_name(), "broken_runs": 0}


async def test_a_run_that_the_engine_broke_on_degrades_health_and_says_what_to_do(services, monkeypatch):
    def broken(_expression, _scope):
        raise RuntimeError("a fault of our own")

    monkeypatch.setattr(Expression, "evaluate", broken)
    actor = await local_actor(services.database)
    step = {"id": "a", "use": "value.set", "with": {"values": {"n": 1}}, "when": "1 == 1"}
    order = RunOrder(read_spec({"workflow": "w", "steps": [step]}), {}, [], origin="api")
    await services.database.write(lambda work: RunService(work).start(order), actor)
    services.engine.wake()
    async with asyncio.timeout(20):
        while not services.engine.broken:  # noqa: ASYNC110 (no event tells of it)
            await asyncio.sleep(0.01)
    status, engine = await engine_of(services)
    assert (status, engine.status, engine.detail) == ("degraded", "degraded", TOLD)
    assert engine.shows["broken_runs"] == 1
