"""Kept answers in one process over both databases: who gets them, until when, and how many there are."""

import asyncio
from uuid import UUID

import pytest
from hot_house import House
from sqlalchemy import text, update

from docchain.features.identity import SignIn, prepare_identity
from docchain.features.identity.tables import MembershipRow
from docchain.platform.database import Database
from docchain.platform.freshness import Kept
from docchain.platform.ids import new_id
from docchain.platform.passwords import Passwords
from docchain.platform.settings import LimitSettings, SecuritySettings
from docchain.platform.work import SYSTEM, Work


@pytest.fixture
def limits() -> LimitSettings:
    return LimitSettings(hot_reads_mb=1)


@pytest.fixture
async def house(database, note_row, limits):
    passwords = Passwords()
    await prepare_identity(database, passwords, SecuritySettings().admin_password)
    yield House(database, passwords, note_row, limits)
    passwords.close()


@pytest.fixture
async def admin(house):
    async with house.signed_in() as client:
        yield client


@pytest.fixture
async def note(house, admin) -> str:
    """A note that is kept: it was read twice, and rendered for the first reader only."""
    path = f"/notes/{new_id()}"
    assert (await admin.put(path, json={"id": path[7:], "text": "one"})).status_code == 200
    for _ in range(2):
        await admin.get("/auth/me")
        assert (await admin.get(path)).json()["text"] == "one"
    house.asked = 0
    assert (await admin.get(path)).json()["text"] == "one"
    assert house.asked == 0
    return path


async def test_a_change_is_answered_from_then_on_whoever_made_it(house, admin, note, database_url):
    await admin.put(note, json={"id": note[7:], "text": "two"})
    assert (await admin.get(note)).json()["text"] == "two"
    other = Database(database_url)  # as another process has it
    workspace = (await admin.get("/auth/me")).json()["workspace"]["id"]

    def change(work: Work) -> None:
        with work.inside(UUID(workspace)):
            house.put(work, UUID(note[7:]), "three")

    await other.write(change, SYSTEM)
    await other.close()
    assert (await admin.get(note)).json()["text"] == "three"


async def test_who_has_the_answer_is_told_so_and_who_wants_the_headers_gets_them(house, admin, note):
    whole = await admin.get(note, headers={"x-request-id": "mine"})
    etag = whole.headers["etag"]
    for known in (etag, f'"other", W/{etag}', "*"):
        answer = await admin.get(note, headers={"if-none-match": known, "x-request-id": "mine-2"})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", etag)
        assert answer.headers["x-request-id"] == "mine-2"
        assert answer.headers["x-content-type-options"] == "nosniff"
    head = await admin.head(note, headers={"x-request-id": "mine"})
    assert (head.status_code, head.content, head.headers) == (200, b"", whole.headers)
    assert whole.headers["cache-control"] == "private, no-cache"
    assert house.asked == 0
    await admin.put(note, json={"id": note[7:], "text": "two"})
    answer = await admin.get(note, headers={"if-none-match": etag})
    assert (answer.status_code, answer.json()["text"]) == (200, "two")


async def test_others_do_not_get_it(house, admin, note):
    token = admin.headers["authorization"]
    eve = {"username": "eve", "password": "correct horse"}
    async with house.signed_in("/auth/register", **eve) as stranger, house.client() as nobody:
        assert (await nobody.get(note)).status_code == 401
        assert (await nobody.get(note, headers={"authorization": token + "x"})).status_code == 401
        assert (await stranger.get(note)).status_code == 404
        assert (await stranger.get(note, headers={"x-workspace": "default"})).status_code == 403
    answer = await admin.get(note, headers={"x-workspace": "elsewhere"})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_a_member")


async def test_a_session_that_ended_gets_nothing_any_more(house, admin, note):
    async with house.client(authorization=admin.headers["authorization"]) as other:
        assert (await other.post("/auth/logout")).status_code == 204
    answer = await admin.get(note)
    assert (answer.status_code, answer.json()["code"]) == (401, "session_ended")
    async with house.signed_in() as again:
        assert (await again.get(note)).json()["text"] == "one"


async def test_a_token_that_expired_gets_nothing_any_more(admin, note, clock):
    clock.advance(minutes=59)
    assert (await admin.get(note)).status_code == 200
    clock.advance(minutes=2)
    answer = await admin.get(note)
    assert (answer.status_code, answer.json()["code"]) == (401, "expired_token")


async def test_another_role_counts_at_once(house, admin, note):
    def demote(work: Work) -> None:
        work.session.execute(update(MembershipRow).values(role="nobody"))
        work.emit("membership.changed", "membership", None)

    await house.database.write(demote, SYSTEM)
    assert (await admin.get(note)).status_code == 403


async def test_what_changes_while_it_is_rendered_is_not_kept(house, admin, note):
    async def change() -> None:
        house.meanwhile = None
        await admin.put(note, json={"id": note[7:], "text": "three"})

    await admin.put(note, json={"id": note[7:], "text": "two"})
    house.meanwhile = change
    assert (await admin.get(note)).json()["text"] == "two"  # it was, when the reader came
    assert (await admin.get(note)).json()["text"] == "three"


async def test_answers_are_kept_within_their_memory(house, admin, note):
    admin.headers["accept-encoding"] = "identity"
    seen = [(await admin.get(note, params={"size": 50_000 + number})).json()["text"] for number in range(40)]
    assert len(set(seen)) == 40
    house.asked = 0
    assert (await admin.get(note, params={"size": 50_039})).json()["text"] == seen[39]
    assert house.asked == 0
    assert (await admin.get(note, params={"size": 50_000})).json()["text"] == seen[0]
    assert house.asked == 1
    [kept] = [layer for layer in house.database.freshness.stores if layer.weight > 10_000]
    assert 900_000 < kept.weight <= 1024 * 1024


async def test_nothing_is_kept_when_it_is_off(database, note_row):
    passwords = Passwords()
    await prepare_identity(database, passwords, SecuritySettings().admin_password)
    house = House(database, passwords, note_row, LimitSettings(hot_reads_mb=0))
    async with house.signed_in() as admin:
        path = f"/notes/{new_id()}"
        await admin.put(path, json={"id": path[7:], "text": "one"})
        etags = {(await admin.get(path)).headers["etag"] for _ in range(5)}
        assert (house.asked, len(etags)) == (5, 1)
        assert (await admin.get(path, headers={"if-none-match": etags.pop()})).status_code == 304
    passwords.close()


async def silently(house: House, database: Database, note: UUID, given: str) -> None:
    """Write without an event."""
    await database.write(lambda work: work.session.merge(house.note_row(id=note, text=given)), SYSTEM)


async def test_a_list_is_kept_until_anything_at_all_is_written(house, admin, database, database_url):
    first = new_id()
    await admin.put(f"/notes/{first}", json={"id": str(first), "text": "one"})
    for _ in range(3):
        assert [found["text"] for found in (await admin.get("/notes")).json()] == ["one"]
    house.asked = 0
    assert [found["text"] for found in (await admin.get("/notes")).json()] == ["one"]
    assert house.asked == 0
    other = Database(database_url, clock=database.clock)
    for number in range(20):
        await silently(house, other if number % 2 else database, first, f"number {number}")
        assert [found["text"] for found in (await admin.get("/notes")).json()] == [f"number {number}"]
    await other.close()


async def test_a_list_that_changed_while_it_was_read_is_not_kept(house, admin, database):
    first = new_id()
    await admin.put(f"/notes/{first}", json={"id": str(first), "text": "before"})
    await admin.get("/notes")

    async def meanwhile() -> None:
        house.meanwhile = None
        await silently(house, database, first, "after")

    house.meanwhile = meanwhile
    await admin.put(f"/notes/{first}", json={"id": str(first), "text": "before"})
    assert [found["text"] for found in (await admin.get("/notes")).json()] == ["before"]
    assert [found["text"] for found in (await admin.get("/notes")).json()] == ["after"]


async def test_of_many_who_ask_for_what_changed_one_asks_the_route(house, admin, database):
    first = new_id()
    await admin.put(f"/notes/{first}", json={"id": str(first), "text": "one"})
    for _ in range(3):
        await admin.get("/notes")
    await silently(house, database, first, "two")
    house.asked = 0
    answers = await asyncio.gather(*(admin.get("/notes") for _ in range(20)))
    assert [answer.json()[0]["text"] for answer in answers] == ["two"] * 20
    assert house.asked == 1


async def test_who_asks_after_a_change_does_not_get_what_others_wait_for(house, admin, database):
    first = new_id()
    await admin.put(f"/notes/{first}", json={"id": str(first), "text": "one"})
    for _ in range(3):
        await admin.get("/notes")
    await silently(house, database, first, "two")
    later = []

    async def meanwhile() -> None:
        house.meanwhile = None
        await silently(house, database, first, "three")
        later.append(asyncio.create_task(admin.get("/notes")))
        await asyncio.sleep(0)

    house.meanwhile = meanwhile
    assert (await admin.get("/notes")).json()[0]["text"] == "two"
    assert (await later[0]).json()[0]["text"] == "three"


async def test_a_token_is_refused_at_once_when_another_process_ended_its_session(admin, database, database_url):
    await admin.get("/auth/me")
    other = Database(database_url, clock=database.clock)
    elsewhere = SignIn(other, Passwords(), SecuritySettings())
    assert (await admin.get("/notes")).status_code == 200
    await elsewhere.logout(admin.headers["authorization"].removeprefix("Bearer "))
    assert (await admin.get("/notes")).status_code == 401
    assert (await admin.get("/auth/me")).json()["code"] == "session_ended"
    await other.close()


async def test_a_lost_connection_to_the_log_means_asking_the_route(house, admin, note, database):
    if database.dialect == "sqlite":
        pytest.skip("SQLite has no connection to lose")
    ending = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'docchain-tail'")
    await database.read(lambda work: work.session.connection().execute(ending).all(), SYSTEM)
    assert (await admin.get(note)).json()["text"] == "one"
    house.asked = 0
    assert (await admin.get(note)).json()["text"] == "one"
    assert house.asked == 0


async def test_a_value_read_before_its_subject_changed_is_refused(database):
    kept: Kept[str, str] = Kept(database.freshness, 10)
    about = ("note", new_id().bytes)
    before = await database.freshness.known()
    kept.put("a", "first", 1, [about], before)
    assert kept.get("a") == "first"
    await database.write(lambda work: work.emit("note.changed", "note", UUID(bytes=about[1])), SYSTEM)
    assert await database.freshness.reach()
    assert kept.get("a") is None
    kept.put("a", "late", 1, [about], before)
    assert kept.get("a") is None
    kept.put("a", "second", 1, [about], database.freshness.changes)
    assert kept.get("a") == "second"
