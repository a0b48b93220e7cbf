"""What retention leaves in the journal: what happened, without what it was about; positions are never reused."""

from hashlib import sha256
from uuid import UUID

import pytest

from docchain.engine.journal import Batch, SqliteJournal
from docchain.engine.journal.postgres import PostgresJournal
from docchain.engine.journal.purge import PURGED, purged
from docchain.engine.machine import facts as f

FIRST, SECOND = UUID(int=7).bytes, UUID(int=8).bytes


def entry(position, key, text):
    return position, key, f.encode([f.Ended(position, "succeeded", {"text": text})])


@pytest.fixture(params=["sqlite", "postgresql"])
def closed(request, tmp_path):
    if request.param == "sqlite":
        return SqliteJournal(tmp_path / "journal.db")
    return PostgresJournal(request.getfixturevalue("postgres_url"))


@pytest.fixture
async def journal(closed):
    opened = closed
    await opened.open()
    effects = [(FIRST, "a", 1, "key", "confirmed", 5), (SECOND, "a", 1, "key", "confirmed", 5)]
    rows = [entry(1, FIRST, "one"), entry(2, SECOND, "two"), entry(3, FIRST, "three")]
    await opened.commit(Batch(entries=rows, effects=effects))
    yield opened
    await opened.close()


async def test_a_forgotten_run_leaves_no_fact_and_no_effect(journal):
    await journal.forget([SECOND])
    assert await journal.facts_of([SECOND]) == {}
    assert [row[0] for row in await journal.entries_after(0, 10)] == [1, 3]
    assert [row[0] for row in await journal.effects("confirmed", 10)] == [FIRST]


async def test_positions_count_on_when_the_newest_entry_is_forgotten(journal):
    await journal.forget([FIRST, SECOND])
    assert await journal.last_position() == 3
    assert await journal.entries_after(0, 10) == [(3, FIRST, b"[]")]
    await journal.commit(Batch(entries=[entry(4, FIRST, "four")]))
    await journal.forget([FIRST])
    assert await journal.entries_after(0, 10) == [(4, FIRST, b"[]")]


async def test_contents_are_forgotten_unless_later_facts_name_them(journal):
    ours, theirs = UUID(int=1).bytes, UUID(int=2).bytes
    old, named = sha256(b"old").digest(), sha256(b"named").digest()
    contents = [(ours, old, b"old"), (ours, named, b"named"), (theirs, old, b"old")]
    await journal.commit(Batch(entries=[entry(4, FIRST, "four")], blobs=contents))
    await journal.commit(Batch(entries=[entry(5, SECOND, named.hex())], blobs=[(ours, named, b"named")]))
    await journal.forget_blobs(ours, [old, named], 4)
    assert await journal.blob(ours, old) is None
    assert await journal.blob(ours, named) == b"named"
    assert await journal.blob(theirs, old) == b"old"
    await journal.commit(Batch(entries=[entry(6, FIRST, old.hex())], blobs=[(ours, old, b"old")]))
    assert await journal.blob(ours, old) == b"old"  # made again, it is there again


async def test_entries_are_rewritten_in_place(journal):
    kept = await journal.entries_of([FIRST])
    rows = [(position, f.encode(purged(f.decode(facts)))) for position, _, facts in kept]
    await journal.rewrite(rows)
    assert f.decode((await journal.facts_of([FIRST]))[FIRST][1]) == [f.Ended(3, "succeeded", "[purged]")]
    assert f.decode((await journal.facts_of([SECOND]))[SECOND][0]) == [f.Ended(2, "succeeded", {"text": "two"})]


@pytest.mark.parametrize(
    ("fact", "left"),
    [
        (
            f.Started(1, "d", "w", {"iban": "DE1"}, "ana", "pay", {"origin": "api"}, seed={"a": 7}),
            f.Started(1, "d", "w", {"iban": PURGED}, "ana", "pay", {"origin": "api"}, seed={"a": PURGED}),
        ),
        (f.Done(1, "a", 1, {"total": "9"}), f.Done(1, "a", 1, PURGED)),
        (f.Done(1, "a", 1, None), f.Done(1, "a", 1, None)),
        (
            f.Done(1, "a", 1, 5, [{"kind": "document_version", "name": "Ana.pdf", "sha256": "ab"}]),
            f.Done(1, "a", 1, PURGED, [{"kind": "document_version", "name": PURGED, "sha256": "ab"}]),
        ),
        (
            f.Waiting(1, "a", 1, "s", request={"kind": "approval", "x": 1}),
            f.Waiting(1, "a", 1, "s", request={"kind": "approval"}),
        ),
        (
            f.Signalled(1, "a", "s", {"decision": "rejected", "comment": "no"}, "ana"),
            f.Signalled(1, "a", "s", {"decision": "rejected"}, "ana"),
        ),
        (f.Called(1, "a", 1, "r", "d", {"x": 1}), f.Called(1, "a", 1, "r", "d", {"x": PURGED})),
        (f.Failed(1, "a", 1, "bad_input", "no page", "look"), f.Failed(1, "a", 1, "bad_input", "no page", "look")),
        (f.Ended(1, "succeeded", [1, 2]), f.Ended(1, "succeeded", PURGED)),
    ],
    ids=lambda fact: type(fact).__name__,
)
def test_a_purged_fact_says_what_happened_and_not_what_it_was_about(fact, left):
    assert purged([fact]) == [left]
    assert purged([left]) == [left]
