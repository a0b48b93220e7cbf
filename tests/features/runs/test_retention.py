"""History is kept as long as the policy says: deleted, archived or emptied, and never what still matters."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from docchain.engine.definition import RetentionSpec
from docchain.engine.doors import JournalEntry
from docchain.engine.journal import Batch, SqliteJournal
from docchain.engine.journal.postgres import PostgresJournal
from docchain.engine.machine import facts as f
from docchain.features.runs import JournalLoop, RunFilter, RunProjector, RunService
from docchain.features.runs.archive import Archive, read_archive
from docchain.features.runs.history import History
from docchain.features.runs.retention import Policy
from docchain.platform.database import Database
from docchain.platform.events import read_after
from docchain.platform.pagination import PageRequest
from docchain.platform.tables import Table
from docchain.platform.work import SYSTEM, Actor

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
HOME = UUID(int=1)
ANA = Actor(None, "ana", HOME)


class Clock:
    moment = NOW

    def now(self):
        return self.moment


class Place:
    """A run list and a journal with runs that ended so many days ago."""

    def __init__(self, database, journal, folder):
        self.database, self.journal = database, journal
        self.archive = Archive(folder / "archive")
        self.position = 0

    async def entries_after(self, position, limit):
        rows = await self.journal.entries_after(position, limit)
        return [JournalEntry(at, UUID(bytes=key), f.decode(facts)) for at, key, facts in rows]

    def on_commit(self, _callback):
        pass

    async def caught_up(self):
        await JournalLoop(self.database, self, [RunProjector()]).catch_up()

    async def run(self, days, status="succeeded", **more):
        """One run, its id as old as the run; `more` goes to its start."""
        at = int((NOW - timedelta(days=days)).timestamp() * 1_000_000)
        self.position += 1
        run_id = UUID(int=(at // 1_000 << 80) | 7 << 76 | 2 << 62 | self.position)
        started = f.Started(at, "d1", str(HOME), {"iban": "DE89"}, "ana", "pay", **more)
        facts = [started, f.Sending(at, "a", 1, "key"), f.Done(at, "a", 1, {"paid": "5.00"})]
        if status == "in_doubt":
            facts[2:] = [f.Unknown(at, "a", 1, "park"), f.Ended(at, "failed")]
        elif status != "running":
            facts.append(f.Ended(at, status, {"paid": "5.00"}))
        effects = [(run_id.bytes, "a", 1, "key", "confirmed", at)]
        await self.journal.commit(Batch(entries=[(self.position, run_id.bytes, f.encode(facts))], effects=effects))
        await self.caught_up()
        return run_id

    def history(self, policy, **more):
        return History(self.database, self.journal, self.archive, lambda _work: policy, **more)

    async def swept(self, policy, **more):
        return await self.history(policy, **more).sweep()

    async def listed(self):
        wanted = RunFilter(children=True, system=True)
        page = await self.database.read(lambda work: RunService(work).list(wanted, PageRequest()), ANA)
        return {run.id: run for run in page.items}

    async def facts(self, run_id):
        rows = (await self.journal.facts_of([run_id.bytes])).get(run_id.bytes, [])
        return [fact for row in rows for fact in f.decode(row)]

    def archived(self):
        return [line for path in self.archive.files(HOME) for line in read_archive(path) if "run" in line]


@pytest.fixture(params=["sqlite", "postgresql"])
def homes(request, tmp_path):
    """Where run list and journal live."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/app.db", SqliteJournal(tmp_path / "journal.db")
    url = request.getfixturevalue("postgres_url")
    return url, PostgresJournal(url)


@pytest.fixture
async def place(homes, tmp_path):
    url, journal = homes
    database = Database(url, clock=Clock())
    await database.write(lambda work: Table.metadata.create_all(work.session.connection()), SYSTEM)
    await journal.open()
    yield Place(database, journal, tmp_path)
    await journal.close()
    await database.close()


def policy(**said):
    return Policy(RetentionSpec(**said))


async def test_nothing_is_touched_unless_somebody_says_so(place):
    run = await place.run(days=3_000)
    assert await place.swept(policy()) == {}
    assert set(await place.listed()) == {run}


async def test_runs_beyond_their_time_go_and_the_others_stay(place):
    old, failed, young = await place.run(31), await place.run(31, "failed"), await place.run(29)
    done = await place.swept(policy(succeeded="30d", failed="1y", archive=False))
    assert done == {str(HOME): {"purged": 0, "deleted": 1, "archived": 0}}
    assert set(await place.listed()) == {failed, young}
    assert await place.facts(old) == []
    assert len(await place.facts(failed)) == 4
    assert [row[0] for row in await place.journal.effects("confirmed", 10)] == [failed.bytes, young.bytes]
    assert place.archived() == []


async def test_a_deleted_run_is_in_the_archive_whole(place):
    run = await place.run(31)
    await place.run(1)
    await place.swept(policy(succeeded="30d"))
    (line,) = place.archived()
    assert (line["run"]["id"], line["run"]["handle"], line["run"]["inputs"]) == (str(run), "run_1", {"iban": "DE89"})
    assert (line["run"]["output"], line["run"]["purged_at"]) == ({"paid": "5.00"}, None)
    assert [fact["fact"] for fact in line["facts"]] == ["started", "sending", "done", "ended"]
    assert [path.name for path in place.archive.files(HOME)] == ["2026-11-22.jsonl.gz"]


async def test_a_payload_goes_and_what_happened_stays(place):
    run = await place.run(8)
    await place.swept(policy(payload="7d"))
    row = (await place.listed())[run]
    assert (row.status, row.inputs, row.output, row.purged_at) == ("succeeded", {"iban": "[purged]"}, "[purged]", NOW)
    assert [type(fact).__name__ for fact in await place.facts(run)] == ["Started", "Sending", "Done", "Ended"]
    assert "DE89" not in str(await place.facts(run))
    assert "5.00" not in str(await place.facts(run))
    place.database.clock.moment = NOW + timedelta(hours=1)
    assert await place.swept(policy(payload="7d")) == {}


async def test_while_a_payload_goes_nobody_keeps_what_the_run_shows(place):
    """The journal is emptied before the list: an answer kept in between would show the payload that is gone."""
    run, seen = await place.run(8), []
    rewrite = place.journal.rewrite

    def is_settled(work):
        return RunService(work).is_settled(RunService(work).read(str(run)))

    async def look():
        seen.append(await place.database.read(is_settled, ANA))

    async def rewrite_and_look(rows):
        await look()
        await rewrite(rows)
        await look()

    await look()
    place.journal.rewrite = rewrite_and_look
    await place.swept(policy(payload="7d"))
    assert seen == [True, False, False]


@pytest.mark.parametrize("status", ["running", "in_doubt"])
async def test_what_is_unfinished_or_in_doubt_stays_whole(place, status):
    run = await place.run(400, status)
    await place.swept(policy(succeeded="1d", failed="1d", payload="1d"))
    assert "DE89" in str(await place.facts(run))
    assert set(await place.listed()) == {run}


async def test_children_of_an_unfinished_run_stay(place):
    parent = await place.run(20, "running")
    child = await place.run(19, parent=f.Parent(str(parent), "call", 1))
    await place.swept(policy(succeeded="1d"))
    assert len(await place.facts(child)) == 4


async def test_what_a_hold_names_stays(place):
    held, other = await place.run(20), await place.run(20)
    await place.swept(policy(succeeded="1d"), held=lambda _work, ids: {held} & set(ids))
    assert set(await place.listed()) == {held}
    assert await place.facts(other) == []


async def test_a_run_that_somebody_tries_again_stays(place):
    run = await place.run(20, "failed")
    await place.database.write(lambda work: RunService(work).retry(str(run)), ANA)
    await place.swept(policy(failed="1d", payload="1d"))
    assert "DE89" in str(await place.facts(run))
    assert (await place.listed())[run].purged_at is None


async def test_a_sweep_that_is_cut_off_is_done_by_the_next(place):
    deleted, emptied = await place.run(31), await place.run(8)
    history = place.history(policy(succeeded="30d", payload="7d"))
    history._clear = None  # noqa: SLF001 (stands in for the end of the process right before the last act)
    with pytest.raises(TypeError):
        await history.sweep()
    assert set(await place.listed()) == {deleted, emptied}
    await place.swept(policy(succeeded="30d", payload="7d"))
    assert set(await place.listed()) == {emptied}
    (line,) = place.archived()
    assert [fact["fact"] for fact in line["facts"]] == ["started", "sending", "done", "ended"]
    assert "DE89" not in str(await place.facts(emptied))


async def test_who_keeps_something_of_runs_is_told(place):
    deleted, emptied = await place.run(31), await place.run(8)
    told = []
    dropped = [lambda _work, purged, gone: told.append((list(purged), list(gone)))]
    await place.swept(policy(succeeded="30d", payload="7d"), dropped=dropped)
    assert told == [([emptied], [deleted])]


async def test_a_sweep_tells_what_it_did(place):
    await place.run(31)
    await place.swept(policy(succeeded="30d"))
    events = await place.database.read(lambda work: read_after(work.session, 0, 100), SYSTEM)
    (swept,) = [event for event in events if event.type == "retention.swept"]
    assert (swept.workspace_id, swept.data) == (HOME, {"purged": 0, "deleted": 1, "archived": 1})


async def test_many_runs_go_in_many_bites(place, monkeypatch):
    monkeypatch.setattr("docchain.features.runs.history._BATCH", 7)
    for _ in range(20):
        await place.run(31)
    young = await place.run(1)
    done = await place.swept(policy(succeeded="30d"))
    assert done[str(HOME)] == {"purged": 0, "deleted": 20, "archived": 20}
    assert (set(await place.listed()), len(place.archived())) == ({young}, 20)


async def test_a_report_tells_what_would_go_and_touches_nothing(place):
    await place.run(40)
    await place.run(31)
    await place.run(8)
    await place.run(1)
    history = place.history(policy(succeeded="30d", payload="7d"))
    report = await place.database.read(history.report, ANA)
    assert [(line.label, line.status, line.action, line.runs) for line in report.would_remove] == [
        ("pay", "succeeded", "delete", 2),
        ("pay", "succeeded", "purge", 1),
    ]
    assert (report.would_remove[0].oldest, report.looked_at, report.more) == (NOW - timedelta(days=40), 3, False)
    assert report.sweeps == []
    assert len(await place.listed()) == 4
    await history.sweep()
    report = await place.database.read(history.report, ANA)
    (sweep,) = report.sweeps
    assert (sweep.deleted, sweep.archived, sweep.purged, sweep.ended_at) == (2, 2, 1, NOW)
