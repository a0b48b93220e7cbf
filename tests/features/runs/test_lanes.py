"""Commands by workspace: each lane from its own cursor, a few of each, and none of those whose turn it is not."""

import time
from uuid import UUID

import pytest
from sqlalchemy import text

from docchain.engine.doors import Cursors, PauseRun, ResumeRun, RetryRun, StartRun
from docchain.features.runs import CommandLog
from docchain.features.runs.reader_repository import by_index
from docchain.features.runs.repository import RunRepository
from docchain.features.runs.tables import CommandRow
from docchain.platform.bulk import insert_many
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
    assert seen(await commands.starts_after(Cursors(), 2)) == [(1, 1), (2, 1), (51, 2), (52, 3), (53, 2)]
    assert seen(await commands.starts_after(Cursors(0, {A: 49, B: 51}), 2)) == [(50, 1), (52, 3), (53, 2)]
    assert seen(await commands.starts_after(Cursors(0, {A: 10}), 1, {A, C})) == [(51, 2)]
    assert seen(await commands.starts_after(Cursors(51, {A: 10}), 1)) == [(11, 1), (52, 3), (53, 2)]
    assert await commands.starts_after(Cursors(0, {A: 50, B: 53, C: 52}), 9) == []


async def test_no_commands_are_no_commands(log):
    commands, _ = log
    assert await commands.starts_after(Cursors(), 9) == []
    assert await commands.starts_after(Cursors(0, {A: 5}), 9, {B}) == []
    assert await commands.orders_after(Cursors(), 9) == []
    assert await commands.starts_of([UUID(int=1)]) == []


async def test_orders_are_read_past_queued_starts_and_starts_are_found_by_their_runs(log):
    commands, append_rows = log
    await append_rows(*[(A, "start", START)] * 20, (A, "cancel", {"reason": ""}), (B, "resume", {}), (A, "resume", {}))
    assert seen(await commands.orders_after(Cursors(), 9)) == [(21, 1), (22, 2), (23, 1)]
    assert seen(await commands.orders_after(Cursors(0, {A: 21}), 9)) == [(22, 2), (23, 1)]
    assert seen(await commands.starts_of([UUID(int=7), UUID(int=21), UUID(int=3)])) == [(3, 1), (7, 1)]


async def test_a_thousand_workspaces_are_read_quickly_however_many_cursors_there_are(log):
    commands, append_rows = log
    owners = [UUID(int=number) for number in range(1, 1_001)]
    await append_rows(*[(owner, "start", START) for owner in owners for _ in range(3)])
    cursors = Cursors(0, {owner: 3 * owner.int - 1 for owner in owners})
    taken = []
    for _ in range(5):
        began = time.perf_counter()
        assert len(await commands.starts_after(cursors, 16)) == 1_000
        assert await commands.starts_after(Cursors(0, dict.fromkeys(owners, 3_000)), 16) == []
        taken.append(time.perf_counter() - began)
    assert min(taken) < 0.5


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
    plain, rich = await commands.starts_after(Cursors(), 9)
    pause, resume, retry = await commands.orders_after(Cursors(), 9)
    assert plain == StartRun(1, UUID(int=1), A, "d", {"n": 1}, "ana", "w", {})
    assert (rich.priority, rich.not_before, rich.seed, rich.only, rich.dry) == (5, 7, {"a": 1}, ["b"], True)
    assert pause == PauseRun(3, UUID(int=3), A, "ana", "lunch")
    assert resume == ResumeRun(4, UUID(int=4), A, "ana")
    assert retry == RetryRun(5, UUID(int=5), A, "ana", ["b"])


@pytest.mark.parametrize("known", [False, True])
async def test_postgresql_reads_a_few_rows_of_a_long_lane_whatever_it_knows_of_the_table(postgres_url, known):
    database = Database(postgres_url)
    await database.write(lambda work: Table.metadata.create_all(work.session.connection()), SYSTEM)
    await append_many(database, 10_000)
    if known:
        await database.write(lambda work: work.session.execute(text("ANALYZE run_command")), SYSTEM)
    starts, orders = await database.read(lambda work: rows_looked_at(work.session), SYSTEM)
    assert starts < 100
    assert orders < 10
    await database.close()


async def append_many(database, starts):
    def write(work):
        row = {"kind": "start", "actor": "ana", "payload": START}
        rows = [{**row, "workspace_id": A, "run_id": UUID(int=number)} for number in range(1, starts)]
        insert_many(work.session, CommandRow, [*rows, {**row, "workspace_id": B, "run_id": UUID(int=starts)}])

    await database.write(write, SYSTEM)


def rows_looked_at(session):
    """By the reading of 32 starts of each lane, and of the orders, of which there are none."""
    runs = RunRepository(session)
    look = text("SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'run_command'")
    assert len(runs.commands_after(Cursors(0, {A: 500}), 32, orders=False)) == 33
    starts = session.scalar(look)
    assert runs.commands_after(Cursors(0, {A: 500}), 32, orders=True) == []
    return starts, session.scalar(look) - starts


async def test_postgresql_forgets_the_commands_of_ended_runs_by_their_index(postgres_url):
    database = Database(postgres_url)
    await database.write(lambda work: Table.metadata.create_all(work.session.connection()), SYSTEM)
    await append_many(database, 10_000)
    look = text("SELECT seq_tup_read FROM pg_stat_xact_user_tables WHERE relname = 'run_command'")

    def forget(work):
        by_index(work.session)
        RunRepository(work.session).remove_commands_of([UUID(int=number) for number in range(1, 201)])
        return work.session.scalar(look), work.session.query(CommandRow).count()

    assert await database.write(forget, SYSTEM) == (0, 9_800)
    await database.close()
