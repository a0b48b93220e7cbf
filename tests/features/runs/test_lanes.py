"""Commands by workspace: each lane from its own cursor, a few of each, and none of those whose turn it is not."""

from uuid import UUID

import pytest

from docchain.engine.doors import PauseRun, ResumeRun, RetryRun, StartRun
from docchain.features.runs import CommandLog
from docchain.features.runs.tables import CommandRow
from docchain.platform.database import Database
from docchain.platform.tables import Table
from docchain.platform.work import SYSTEM

A, B, C = (UUID(int=number) for number in (1, 2, 3))
START = {"definition": "d", "inputs": {"n": 1}, "label": "w", "attributes": {}}


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    return f"sqlite:///{tmp_path}/app.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")


@pytest.fixture
async def log(url):
    database = Database(url)
    await database.write(lambda work: Table.metadata.create_all(work.session.connection()), SYSTEM)
    yield CommandLog(database), lambda *rows: append(database, *rows)
    await database.close()


async def append(database, *rows):
    """Workspace, kind and payload of each; the run has the number of the row."""

    def write(work):
        for number, (workspace, kind, payload) in enumerate(rows, 1):
            row = CommandRow(run_id=UUID(int=number), kind=kind, actor="ana", payload=payload)
            row.workspace_id = workspace
            work.session.add(row)
            work.session.flush()

    await database.write(write, SYSTEM)


def seen(commands):
    return [(command.position, command.workspace_id.int) for command in commands]


async def test_a_flooded_lane_costs_the_others_nothing(log):
    commands, append_rows = log
    await append_rows(*[(A, "start", START)] * 50, (B, "start", START), (C, "start", START), (B, "start", START))
    assert seen(await commands.commands_after({}, 2, frozenset())) == [(1, 1), (2, 1), (51, 2), (52, 3), (53, 2)]
    assert seen(await commands.commands_after({A: 49, B: 51}, 2, frozenset())) == [(50, 1), (52, 3), (53, 2)]
    assert seen(await commands.commands_after({A: 10}, 1, frozenset({A, C}))) == [(51, 2)]
    assert await commands.commands_after({A: 50, B: 53, C: 52}, 9, frozenset()) == []


async def test_no_commands_are_no_commands(log):
    commands, _ = log
    assert await commands.commands_after({}, 9, frozenset()) == []
    assert await commands.commands_after({A: 5}, 9, frozenset({B})) == []


async def test_commands_say_what_doors_said(log):
    commands, append_rows = log
    later = {**START, "priority": 5, "not_before": 7, "seed": {"a": 1}, "only": ["b"], "dry": True}
    await append_rows(
        (A, "start", START),
        (A, "start", later),
        (A, "pause", {"reason": "lunch"}),
        (A, "resume", {}),
        (A, "retry", {"steps": ["b"]}),
    )
    plain, rich, pause, resume, retry = await commands.commands_after({}, 9, frozenset())
    assert plain == StartRun(1, UUID(int=1), A, "d", {"n": 1}, "ana", "w", {})
    assert (rich.priority, rich.not_before, rich.seed, rich.only, rich.dry) == (5, 7, {"a": 1}, ["b"], True)
    assert pause == PauseRun(3, UUID(int=3), A, "ana", "lunch")
    assert resume == ResumeRun(4, UUID(int=4), A, "ana")
    assert retry == RetryRun(5, UUID(int=5), A, "ana", ["b"])
