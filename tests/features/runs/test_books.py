"""What the run list shows of a run after its facts, and what others hear of."""

import pytest

from docchain.engine.machine.facts import (
    Called,
    Done,
    Ended,
    Failed,
    FannedOut,
    Fired,
    Gathered,
    Paused,
    Reopened,
    Resumed,
    Signalled,
    Started,
    Unknown,
    Waiting,
)
from docchain.features.runs.books import Books
from docchain.platform.ids import new_id

START = Started(100, "d1", "w1", {}, "ana", "chain")


def asks(step, at=200):
    return Waiting(at, step, 1, "answer", request={"kind": "approval"})


def told(*facts):
    """The books after these facts, and the events: type, moment, data."""
    books, notes = Books(new_id(), new_id(), "chain", "ana"), []
    books.take(list(facts), notes)
    return books, [(type_, at, data) for type_, _, at, data in notes]


def shown(*facts):
    books, _ = told(*facts)
    return books.status, books.waits


@pytest.mark.parametrize(
    ("facts", "status", "waits"),
    [
        ((START,), "running", {}),
        ((START, asks("a")), "waiting", {"a": "approval"}),
        ((START, asks("a"), Signalled(300, "a", "answer")), "running", {}),
        ((START, Paused(300)), "paused", {}),
        ((START, asks("a"), Paused(300)), "paused", {"a": "approval"}),
        ((START, asks("a"), Paused(300), Signalled(400, "a", "answer"), Resumed(500)), "running", {}),
        ((START, asks("a"), Paused(300), Resumed(500)), "waiting", {"a": "approval"}),
        ((START, Paused(300), Ended(400, "cancelled")), "cancelled", {}),
    ],
)
def test_a_paused_run_is_shown_as_paused_whatever_it_waits_for(facts, status, waits):
    assert shown(*facts) == (status, waits)


def test_pausing_and_resuming_are_told():
    _, events = told(START, Paused(300), Resumed(500))
    assert events == [("run.started", 100, {}), ("run.paused", 300, {}), ("run.resumed", 500, {})]


def test_the_state_is_the_same_however_the_facts_are_cut_into_batches():
    facts = [START, asks("a"), Paused(300), Signalled(400, "a", "answer"), Resumed(500), Ended(600, "succeeded", 7)]
    whole, events = told(*facts)
    books, notes = Books(whole.run_id, whole.workspace_id, "chain", "ana"), []
    statuses = []
    for fact in facts:
        books.take([fact], notes)
        statuses.append(books.status)
    assert statuses == ["running", "waiting", "paused", "paused", "running", "succeeded"]
    assert books == whole
    assert [note[0] for note in notes] == [event[0] for event in events]


def test_items_wait_by_their_own_names():
    mapped = (START, FannedOut(150, "parse", 3), asks("parse[0]"), asks("parse[2]"), asks("parsed"))
    assert shown(*mapped)[1] == {"parse[0]": "approval", "parse[2]": "approval", "parsed": "approval"}
    assert shown(*mapped, Signalled(300, "parse[0]", "answer"))[1] == {"parse[2]": "approval", "parsed": "approval"}


@pytest.mark.parametrize("end", [Gathered(400, "parse"), Failed(400, "parse", 1, "bug", "too many failed")])
def test_items_wait_no_longer_when_their_step_is_settled(end):
    assert shown(START, FannedOut(150, "parse", 2), asks("parse[1]"), asks("other"), end)[1] == {"other": "approval"}


def test_a_step_waits_for_the_run_it_called():
    called = Called(200, "sub", 1, str(new_id()), "d2", {})
    assert shown(START, called) == ("waiting", {"sub": "run"})
    assert shown(START, called, Done(300, "sub", 1, {"value": 1})) == ("running", {})


def test_a_run_with_a_moment_to_start_is_queued_until_then():
    later = Started(100, "d1", "w1", {}, "ana", "chain", not_before=5_000)
    books, events = told(later)
    assert (books.status, books.waits, books.started_at, events) == ("queued", {}, None, [])
    books, events = told(later, Fired(5_001, "", 5_000))
    assert (books.status, books.started_at, events) == ("running", 5_001, [("run.started", 5_001, {})])


def test_a_run_that_is_cancelled_before_it_started_has_ended():
    later = Started(100, "d1", "w1", {}, "ana", "chain", not_before=5_000)
    books, events = told(later, Ended(200, "cancelled"))
    assert (books.status, books.started_at, books.ended_at) == ("cancelled", None, 200)
    assert events == [("run.finished", 200, {"status": "cancelled"})]


def test_a_run_paused_before_its_moment_is_queued_again_when_it_resumes():
    later = Started(100, "d1", "w1", {}, "ana", "chain", not_before=5_000)
    assert shown(later, Paused(200))[0] == "paused"
    assert shown(later, Paused(200), Resumed(300))[0] == "queued"


def test_a_step_timer_starts_nothing():
    _, events = told(START, Fired(200, "nap", 200))
    assert events == [("run.started", 100, {})]


def test_a_reopened_run_has_not_ended():
    failed = (START, Failed(200, "a", 1, "network", "no route"), Ended(200, "failed", None, "network", "no route", "a"))
    books, events = told(*failed, Reopened(300, ["a"]))
    assert (books.status, books.ended_at, books.output) == ("running", None, None)
    assert (books.failure, books.message, books.failed_step) == ("", "", "")
    assert books.started_at == 100
    assert events[-2:] == [
        ("run.finished", 200, {"status": "failed", "failure": "network", "step": "a"}),
        ("run.reopened", 300, {"steps": ["a"]}),
    ]
    books, events = told(*failed, Reopened(300, ["a"]), Done(400, "a", 2), Ended(400, "succeeded", {"x": 1}))
    assert (books.status, books.ended_at, books.output, books.failure) == ("succeeded", 400, {"x": 1}, "")


def test_a_reopened_run_still_shows_what_else_is_in_doubt():
    parked = (START, Unknown(200, "send", 1, "park"), Unknown(200, "post", 1, "park"))
    assert shown(*parked, Ended(300, "failed", failure="bug", step="b"), Reopened(400, ["send"])) == (
        "waiting",
        {"post": "in_doubt"},
    )
