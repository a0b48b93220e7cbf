"""Ids sort by time and never repeat; handles are read strictly."""

import threading
import time
from uuid import UUID

import pytest

from docchain.platform.errors import Conflict
from docchain.platform.handles import next_number
from docchain.platform.ids import Handle, id_text, new_id, parse_reference
from docchain.platform.work import SYSTEM

SOME_ID = "01890a5d-ac96-774b-bcce-b302099a8057"


def test_an_id_is_a_uuid_of_version_seven_that_carries_its_time():
    before = time.time_ns() // 1_000_000
    made = new_id()
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert before <= made.int >> 80 <= time.time_ns() // 1_000_000
    assert UUID(str(made)) == made


def test_an_id_as_text_is_one_too():
    made = [UUID(id_text()) for _ in range(1_000)]
    assert {(each.version, each.variant) for each in made} == {(7, "specified in RFC 4122")}
    assert len(set(made)) == 1_000
    assert abs((made[0].int >> 80) - time.time() * 1_000) < 60_000


def test_ids_grow_and_never_repeat_whichever_thread_asks():
    made: list[list[UUID]] = [[] for _ in range(4)]
    threads = [threading.Thread(target=lambda own=own: own.extend(new_id() for _ in range(5000))) for own in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({one for own in made for one in own}) == 20_000
    assert all(own == sorted(own) for own in made)


def test_ids_grow_even_if_the_clock_goes_back(monkeypatch):
    first = new_id()
    monkeypatch.setattr(time, "time_ns", lambda: 1_000_000_000)
    assert new_id() > first


@pytest.mark.parametrize(
    ("text", "kind", "number"), [("workflow_1", "workflow", 1), ("ai_workflow_12", "ai_workflow", 12)]
)
def test_a_handle_is_read_and_written(text, kind, number):
    assert Handle.parse(text) == Handle(kind, number)
    assert str(Handle(kind, number)) == text


@pytest.mark.parametrize(
    "text", ["", "workflow", "workflow_", "workflow_0", "workflow_01", "workflow_-1", "_1", "W_1", "a_1 "]
)
def test_what_is_no_handle_is_not_read(text):
    assert Handle.parse(text) is None


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        (SOME_ID, UUID(SOME_ID)),
        ("workflow_3", 3),
        ("3", 3),
        (3, 3),
        ("ai_workflow_3", -3),
        ("run_3", None),
        ("nonsense", None),
        ("", None),
        ("0", None),
        ("../etc", None),
    ],
)
def test_a_reference_is_an_id_a_handle_of_the_kind_or_a_number(reference, expected):
    assert parse_reference(reference, "workflow", bare_number=True) == expected


def test_two_kinds_of_one_table_are_told_apart_by_the_sign_of_their_number():
    assert str(Handle("workflow", -3)) == "ai_workflow_3"
    assert parse_reference("-3", "workflow", bare_number=True) is None
    assert parse_reference("workflow_3", "ai_workflow") is None


def test_a_bare_number_counts_only_where_it_may():
    assert parse_reference("3", "run") is None
    assert parse_reference("run_3", "run") == 3


async def test_numbers_run_per_workspace_and_kind(database, ana, bob):
    async def take(actor, kind, count=1):
        return await database.write(lambda work: next_number(work, kind, count), actor)

    taken = [await take(ana, "run"), await take(ana, "run"), await take(ana, "workflow"), await take(bob, "run")]
    assert taken == [1, 2, 1, 1]
    assert await take(ana, "run", 10) == 3
    assert await take(ana, "run") == 13


async def test_a_number_taken_in_vain_is_free_again(database, ana):
    def fail(work):
        next_number(work, "run")
        raise Conflict

    with pytest.raises(Conflict):
        await database.write(fail, ana)
    assert await database.write(lambda work: next_number(work, "run"), ana) == 1


async def test_the_system_takes_numbers_for_a_workspace(database, ana):
    def take(work):
        with work.inside(ana.workspace_id):
            return next_number(work, "run", 5)

    assert await database.write(take, SYSTEM) == 1
    assert await database.write(lambda work: next_number(work, "run"), ana) == 6
