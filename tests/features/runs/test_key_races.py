"""Keys are race-safe on both databases: of many transactions at once, one is first."""

import asyncio

import pytest

from docchain.engine.definition import read_spec
from docchain.features.runs import Deduplicate, RunOrder, RunService
from docchain.platform import schema
from docchain.platform.database import Database
from docchain.platform.ids import new_id
from docchain.platform.work import Actor

SPEC = read_spec({"workflow": "quick", "steps": []})


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path):
    return f"sqlite:///{tmp_path}/app.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")


@pytest.fixture
async def database(database_url):
    await schema.ensure_current(database_url)
    opened = Database(database_url, connections=8)
    yield opened
    await opened.close()


async def test_of_many_orders_with_one_key_one_is_a_run(database):
    ana = Actor(new_id(), "ana", new_id())
    order = RunOrder(SPEC, {}, deduplicate=Deduplicate(key="invoice-114"))
    runs = await asyncio.gather(*(database.write(lambda work: RunService(work).start(order), ana) for _ in range(24)))
    assert {run.handle for run in runs} == {"run_1"}
    assert sorted(run.deduplicated for run in runs) == [False] + [True] * 23


async def test_workspaces_do_not_share_keys(database):
    order = RunOrder(SPEC, {}, deduplicate=Deduplicate(key="invoice-114"))
    actors = [Actor(new_id(), "ana", new_id()), Actor(new_id(), "eve", new_id())]
    runs = [await database.write(lambda work: RunService(work).start(order), actor) for actor in actors]
    assert [run.deduplicated for run in runs] == [False, False]
