"""The run list: any filters together, page by page, on both databases; what is hidden, and how much is counted."""

from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID

import pytest

from docchain.features.runs import RunFilter, RunService
from docchain.features.runs.schemas import RunQuery
from docchain.features.runs.tables import RunRow
from docchain.platform.bulk import insert_many
from docchain.platform.database import Database
from docchain.platform.page_cursors import BadCursor, bound, encode
from docchain.platform.pagination import PageRequest
from docchain.platform.tables import Table
from docchain.platform.work import SYSTEM, Actor

HOME, AWAY = UUID(int=1), UUID(int=2)
ANA, EVE = Actor(None, "ana", HOME), Actor(None, "eve", AWAY)
START = datetime(2026, 5, 1, tzinfo=UTC)
STATUSES = ("succeeded", "succeeded", "failed", "waiting")
ORIGINS = ("api", "cli", "api")


def row(number, workspace=HOME, **more):
    """Run `n` has workflow n mod 5, none where that is 0; every seventh is in doubt."""
    workflow = number % 5 or None
    return {
        "id": UUID(int=number + (workspace.int << 64)),
        "workspace_id": workspace,
        "number": number,
        "workflow_id": UUID(int=100 + workflow) if workflow else None,
        "workflow_number": workflow,
        "workflow_version": None,
        "label": "w",
        "origin": ORIGINS[number % 3],
        "definition": "d",
        "status": STATUSES[number % 4],
        "waits": {},
        "in_doubt": number % 7 == 0,
        "actor": "ana",
        "inputs": {},
        "warnings": [],
        "output": None,
        "failure": "",
        "message": "",
        "failed_step": "",
        "created_at": START + timedelta(seconds=number),
        "started_at": None,
        "ended_at": None,
        "mode": "normal",
        "priority": 0,
        "listed": True,
        "parent_id": None,
        "parent_step": None,
        "source_id": None,
        "source_how": None,
        **more,
    }


PARENT = UUID(int=1 + (HOME.int << 64))
ROWS = [
    *(row(number) for number in range(1, 121)),
    row(121, origin="workflow", listed=False, parent_id=PARENT, parent_step="call"),
    row(122, origin="system", listed=False, status="succeeded"),
    row(123, mode="dry", source_id=PARENT, source_how="what_if"),
]


@pytest.fixture
async def database(database_url):
    opened = Database(database_url)
    await opened.write(lambda work: Table.metadata.create_all(work.session.connection()), SYSTEM)
    rows = [*ROWS, *(row(number, AWAY) for number in range(1, 6))]
    await opened.write(lambda work: insert_many(work.session, RunRow, rows), SYSTEM)
    yield opened
    await opened.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/app.db"
    return request.getfixturevalue("postgres_url")


async def numbers(database, wanted, actor=ANA, *, newest_first=True, limit=7):
    """The numbers of all pages, and the total."""
    found, cursor, total = [], None, None
    while True:
        request = PageRequest(limit, cursor, total=True)
        page = await database.read(
            lambda work, r=request: RunService(work).list(wanted, r, newest_first=newest_first), actor
        )
        found += [int(run.handle.removeprefix("run_")) for run in page.items]
        cursor, total = page.next_cursor, page.total
        if cursor is None:
            return found, total


def expected(wanted):
    return [
        one["number"]
        for one in reversed(ROWS)
        if one["listed"]
        and (not wanted.statuses or one["status"] in wanted.statuses)
        and (wanted.workflow is None or one["workflow_number"] == int(wanted.workflow.removeprefix("workflow_")))
        and (wanted.origin is None or one["origin"] == wanted.origin)
        and (wanted.in_doubt is None or one["in_doubt"] == wanted.in_doubt)
    ]


async def test_any_filters_together_find_what_they_say(database):
    statuses = ([], ["failed"], ["failed", "waiting"], ["queued"])
    combinations = product(statuses, (None, "workflow_2", "workflow_9"), (None, "cli", "mail"), (None, True, False))
    for chosen in combinations:
        wanted = RunFilter(*chosen)
        assert await numbers(database, wanted, limit=50) == (expected(wanted), len(expected(wanted))), chosen


def test_a_question_without_filters_is_the_one_that_is_answered_fastest():
    assert RunQuery().filter() == RunFilter()


async def test_pages_follow_each_other_without_gap_or_repeat(database):
    newest, total = await numbers(database, RunFilter(["succeeded"]))
    assert newest == expected(RunFilter(["succeeded"]))
    assert total == len(newest)
    oldest, _ = await numbers(database, RunFilter(["succeeded"]), newest_first=False)
    assert oldest == newest[::-1]


async def test_a_workflow_is_named_by_handle_number_or_id(database):
    by_handle = await numbers(database, RunFilter(workflow="workflow_3"))
    assert by_handle[0][:3] == [123, 118, 113]
    assert await numbers(database, RunFilter(workflow="3")) == by_handle
    assert await numbers(database, RunFilter(workflow=str(UUID(int=103)))) == by_handle
    assert await numbers(database, RunFilter(workflow=str(UUID(int=999)))) == ([], 0)
    assert await numbers(database, RunFilter(workflow="no such thing")) == ([], 0)


async def test_children_and_runs_of_the_system_are_hidden_until_asked_for(database):
    newest = await database.read(lambda work: RunService(work).list(RunFilter(), PageRequest(3)), ANA)
    assert [run.handle for run in newest.items] == ["run_123", "run_120", "run_119"]
    shown, total = await numbers(database, RunFilter(), limit=200)
    assert (len(shown), total, {121, 122} & set(shown)) == (121, 121, set())
    assert (await numbers(database, RunFilter(children=True), limit=200))[0][:3] == [123, 121, 120]
    assert (await numbers(database, RunFilter(system=True), limit=200))[0][:3] == [123, 122, 120]
    assert (await numbers(database, RunFilter(children=True, system=True), limit=200))[0][:3] == [123, 122, 121]


async def test_rare_things_are_found_by_their_own_index(database):
    assert await numbers(database, RunFilter(parent="run_1")) == ([121], 1)
    assert await numbers(database, RunFilter(parent=str(PARENT), statuses=["failed"])) == ([], 0)
    assert await numbers(database, RunFilter(source="run_1")) == ([123], 1)
    assert await numbers(database, RunFilter(mode="dry")) == ([123], 1)
    assert (await numbers(database, RunFilter(mode="normal"), limit=200))[1] == 120


async def test_another_workspace_sees_its_own(database):
    assert await numbers(database, RunFilter(), EVE) == ([5, 4, 3, 2, 1], 5)
    assert await numbers(database, RunFilter(in_doubt=True), EVE) == ([], 0)
    assert await numbers(database, RunFilter(parent=str(PARENT)), EVE) == ([], 0)


@pytest.mark.parametrize("wanted", [RunFilter(), RunFilter(["waiting"])])
async def test_a_page_stays_small_whatever_its_runs_were_given(database, wanted):
    given = {"text": "x" * 3_500_000}
    waits = {f"ask[{place}]": "approval" for place in range(10_000)}
    large = row(200, status="waiting", inputs=given, waits=waits, warnings=["careful"])
    await database.write(lambda work: insert_many(work.session, RunRow, [large]), SYSTEM)
    page = await database.read(lambda work: RunService(work).list(wanted, PageRequest(5)), ANA)
    assert len(page.model_dump_json()) < 10_000
    first, second = page.items[0], page.items[1]
    assert (first.handle, first.inputs, first.waits, first.warnings) == ("run_200", {}, {}, ["careful"])
    assert (first.omitted, second.omitted) == (["inputs", "waits"], [])
    whole = await database.read(lambda work: RunService(work).read("run_200"), ANA)
    assert (whole.inputs, len(whole.waits), whole.omitted) == (given, 10_000, [])


@pytest.mark.parametrize("wanted", [RunFilter(), RunFilter(["failed"])])
async def test_a_cursor_that_was_tampered_with_is_refused(database, wanted):
    list_ = bound("RunRow", "-number", ANA.workspace_id, "")
    cursor = encode(list_, "x", UUID(int=1))
    with pytest.raises(BadCursor, match="another list, or to another sort order"):
        await database.read(lambda work: RunService(work).list(wanted, PageRequest(5, cursor)), ANA)
