"""What every journal promises, asked of the file and of PostgreSQL."""

import asyncio
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from docchain.engine.journal import Batch, Journal, JournalError, SqliteJournal
from docchain.engine.journal.postgres import PostgresJournal

RUN, OTHER = UUID(int=7).bytes, UUID(int=8).bytes
SPACE = UUID(int=1).bytes


@pytest.fixture(params=["sqlite", "postgresql"])
def make(request, tmp_path):
    """Makes journals over the same place, as one process after the other would."""
    if request.param == "sqlite":
        return lambda: SqliteJournal(tmp_path / "journal.db")
    url = request.getfixturevalue("postgres_url")
    return lambda: PostgresJournal(url)


@pytest.fixture
async def journal(make):
    opened: Journal = make()
    await opened.open()
    yield opened
    await opened.close()


def entry(position, run=RUN, facts=b"[]"):
    return Batch(entries=[(position, run, facts)])


async def test_an_empty_journal_knows_nothing(journal):
    assert (await journal.last_position(), await journal.cursors()) == (0, {})
    assert (await journal.known([RUN]), await journal.facts_of([RUN])) == (set(), {})
    assert (await journal.entries_after(0, 10), await journal.active_runs()) == ([], [])
    assert await journal.due_after((0, b""), 2**62, 10) == []
    assert (await journal.definition("d"), await journal.blob(SPACE, RUN)) == (None, None)
    assert await journal.effects("sending", 10) == []


async def test_a_batch_is_found_again_by_the_next_process(make):
    first = make()
    await first.open()
    await first.commit(
        Batch(
            entries=[(1, RUN, b"[1]"), (2, OTHER, b"[2]")],
            open_runs=[(RUN, SPACE, 1, None), (OTHER, SPACE, 0, 500)],
            effects=[(RUN, "a", 1, "key", "sending", 5)],
            blobs=[(SPACE, b"s" * 32, b"bytes")],
            definitions=[("digest", "{}")],
            cursors={"commands:a": 42, "commands:b": 7},
        )
    )
    await first.commit(
        Batch(
            entries=[(3, RUN, b"[3]")],
            closed_runs=[RUN],
            effects=[(RUN, "a", 1, "key", "confirmed", 6)],
            cursors={"commands:a": 43},
        )
    )
    await first.close()
    again = make()
    await again.open()
    assert (await again.last_position(), await again.cursors()) == (3, {"commands:a": 43, "commands:b": 7})
    assert await again.facts_of([RUN, OTHER, SPACE]) == {RUN: [b"[1]", b"[3]"], OTHER: [b"[2]"]}
    assert await again.entries_after(1, 1) == [(2, OTHER, b"[2]")]
    assert await again.known([RUN, SPACE]) == {RUN}
    assert await again.active_runs() == []
    assert await again.due_after((0, b""), 500, 10) == [(500, OTHER)]
    assert await again.effects("confirmed", 10) == [(RUN, "a", 1, "key", "confirmed", 6)]
    assert await again.effects("sending", 10) == []
    assert await again.blob(SPACE, b"s" * 32) == b"bytes"
    assert await again.blob(b"other workspace!", b"s" * 32) is None
    assert await again.definition("digest") == "{}"
    await again.close()


async def test_active_runs_come_in_the_order_of_their_ids_and_timers_in_theirs(journal):
    keys = [UUID(int=number).bytes for number in (5, 3, 9, 4)]
    dues = (30, None, 10, 30)
    await journal.commit(Batch(open_runs=[(key, SPACE, 1, due) for key, due in zip(keys, dues, strict=True)]))
    await journal.commit(Batch(open_runs=[(keys[2], SPACE, 0, 10)]))
    assert await journal.active_runs() == [(keys[1], SPACE), (keys[3], SPACE), (keys[0], SPACE)]
    assert await journal.due_after((0, b""), 30, 2) == [(10, keys[2]), (30, keys[3])]
    assert await journal.due_after((30, keys[3]), 30, 2) == [(30, keys[0])]
    assert await journal.due_after((0, b""), 29, 9) == [(10, keys[2])]


async def test_a_batch_committed_twice_counts_once(journal):
    """As after a lost answer; what came later stays as it is."""
    batch = Batch(
        entries=[(1, RUN, b"[1]"), (2, OTHER, b"[2]")],
        open_runs=[(RUN, SPACE, 1, None)],
        effects=[(RUN, "a", 1, "key", "sending", 5)],
        blobs=[(SPACE, b"s" * 32, b"bytes")],
        definitions=[("digest", "{}")],
        cursors={"commands:a": 1},
    )
    await journal.commit(batch)
    await journal.commit(
        Batch(entries=[(3, RUN, b"[3]")], closed_runs=[RUN], effects=[(RUN, "a", 1, "key", "confirmed", 6)])
    )
    await journal.commit(batch)
    assert await journal.entries_after(0, 10) == [(1, RUN, b"[1]"), (2, OTHER, b"[2]"), (3, RUN, b"[3]")]
    assert await journal.active_runs() == []
    assert [row[4] for row in await journal.effects("confirmed", 10)] == ["confirmed"]


async def test_positions_that_hold_other_facts_are_refused_whole(journal):
    await journal.commit(entry(1))
    with pytest.raises(JournalError):
        await journal.commit(Batch(entries=[(1, OTHER, b"[]")], definitions=[("d", "{}")], cursors={"c": 2}))
    assert await journal.entries_after(0, 10) == [(1, RUN, b"[]")]
    assert (await journal.definition("d"), await journal.cursors()) == (None, {})
    await journal.commit(Batch(entries=[(2, OTHER, b"[]")], definitions=[("d", "{}")], cursors={"c": 2}))
    assert (await journal.definition("d"), await journal.cursors()) == ("{}", {"c": 2})


async def test_a_batch_without_facts_moves_cursors_alone(journal):
    await journal.commit(Batch(cursors={"commands:a": 5}))
    assert (await journal.last_position(), await journal.cursors()) == (0, {"commands:a": 5})


@pytest.mark.parametrize("rows", [1, 63, 64, 65, 3_000])
async def test_batches_of_any_size_are_kept_whole(journal, rows):
    await journal.commit(Batch(entries=[(place, UUID(int=place).bytes, b"[]") for place in range(1, rows + 1)]))
    assert [row[0] for row in await journal.entries_after(0, 5_000)] == list(range(1, rows + 1))


async def test_commits_of_many_tasks_are_all_kept(journal):
    await asyncio.gather(*(journal.commit(entry(place)) for place in range(1, 51)))
    assert [row[0] for row in await journal.entries_after(0, 100)] == list(range(1, 51))


async def test_bytes_and_texts_come_back_as_they_were(journal):
    facts = bytes(range(256)) * 4_000
    await journal.commit(Batch(entries=[(1, RUN, facts)], definitions=[("d", "ñ — ¡€! 𝄞")], blobs=[(SPACE, RUN, b"")]))
    assert await journal.facts_of([RUN]) == {RUN: [facts]}
    assert (await journal.definition("d"), await journal.blob(SPACE, RUN)) == ("ñ — ¡€! 𝄞", b"")


keys = st.integers(0, 5).map(lambda number: UUID(int=number).bytes)
steps = st.lists(
    st.tuples(
        st.lists(st.tuples(keys, st.binary(max_size=20)), max_size=4),
        st.dictionaries(keys, st.tuples(st.integers(0, 1), st.none() | st.integers(0, 50)), max_size=3),
        st.lists(keys, max_size=2, unique=True),
        st.booleans(),
    ),
    max_size=6,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=steps)
async def test_any_batches_leave_what_a_simple_model_says(make, plan):
    """Batches of random runs, some of them committed twice; positions go on from example to example."""
    journal = make()
    await journal.open()
    last = first = await journal.last_position()
    book = {}
    await journal.commit(Batch(closed_runs=[UUID(int=number).bytes for number in range(6)]))
    written = []
    for entries, opened, closed, twice in plan:
        rows = [(last + place, *row) for place, row in enumerate(entries, 1)]
        last += len(rows)
        closed = [key for key in closed if key not in opened]  # noqa: PLW2901 (a run is opened or closed)
        batch = Batch(rows, [(key, SPACE, *state) for key, state in opened.items()], closed)
        for _ in range(1 + twice):
            await journal.commit(batch)
        written += rows
        book.update(opened)
        for key in closed:
            book.pop(key, None)
    assert await journal.entries_after(first, 1_000) == written
    assert await journal.active_runs() == [(key, SPACE) for key, (active, _) in sorted(book.items()) if active]
    dues = sorted((due, key) for key, (_, due) in book.items() if due is not None)
    assert await journal.due_after((-1, b""), 50, 100) == dues
    await journal.close()
