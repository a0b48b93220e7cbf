"""Keys are race-safe on both databases: of many transactions at once, one is first."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from docchain.engine.definition import read_spec
from docchain.features.runs import Deduplicate, RunOrder, RunService, StepNotWaiting
from docchain.platform import schema
from docchain.platform.database import Database
from docchain.platform.ids import new_id
from docchain.platform.work import Actor

SPEC = read_spec({"workflow": "quick", "steps": []})


class Clock:
    moment = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def now(self):
        return self.moment


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


async def test_of_many_answers_to_one_attempt_of_a_step_one_counts(database):
    ana = Actor(new_id(), "ana", new_id())
    run = await database.write(lambda work: RunService(work).start(RunOrder(SPEC, {})), ana)

    async def answer(number: int, step: str = "ask[0]", attempt: int = 1):
        return await database.write(
            lambda work: RunService(work).signal(run.handle, step, "paid", {"number": number}, attempt), ana
        )

    answers = await asyncio.gather(*(answer(number) for number in range(20)), return_exceptions=True)
    refused = [told for told in answers if isinstance(told, StepNotWaiting)]
    assert [told.handle for told in answers if told not in refused] == ["run_1"]
    assert {told.detail for told in refused} == {"Step 'ask[0]' was answered a moment ago."}
    assert (await answer(20, "ask[1]")).handle == "run_1"
    assert (await answer(21, attempt=2)).handle == "run_1"


async def test_an_answer_that_came_to_nothing_keeps_the_next_from_counting_for_a_minute_only(database):
    ana = Actor(new_id(), "ana", new_id())
    run = await database.write(lambda work: RunService(work).start(RunOrder(SPEC, {})), ana)
    database.clock = Clock()

    async def answer():
        return await database.write(lambda work: RunService(work).signal(run.handle, "ask", "paid", None, 1), ana)

    await answer()
    database.clock.moment += timedelta(seconds=59)
    with pytest.raises(StepNotWaiting):
        await answer()
    database.clock.moment += timedelta(seconds=2)
    assert (await answer()).handle == "run_1"
