"""Bars drawn from facts: figures in microseconds, from 1,000,000 on, where the run starts."""

from docchain.engine.machine import facts as f
from docchain.features.runs.timeline import Course, mark_critical

START = 1_000_000
STARTED = f.Started(START, definition="d", workspace="w", inputs={})


def course(*facts, needs=None):
    drawn = Course(needs or {}, [STARTED, *facts])
    mark_critical(drawn, needs or {}, 9_000_000)
    return drawn


def shown(drawn):
    return [(bar.name, bar.attempt, bar.queued, bar.started, bar.ended, bar.status) for bar in drawn.bars]


def test_a_quick_step_waited_for_its_turn_and_took_no_time():
    drawn = course(f.Done(START + 500, "a", 1), f.Done(START + 900, "b", 1), needs={"a": [], "b": ["a"]})
    assert shown(drawn) == [
        ("a", 1, START, START + 500, START + 500, "done"),
        ("b", 1, START + 500, START + 900, START + 900, "done"),
    ]


def test_a_noted_attempt_began_when_it_says():
    drawn = course(f.Noted(START + 5_000, "a", 1, START + 2_000), f.Done(START + 5_000, "a", 1))
    assert shown(drawn) == [("a", 1, START, START + 2_000, START + 5_000, "done")]


def test_an_approval_waits_until_it_is_answered():
    drawn = course(
        f.Waiting(START + 100, "a", 1, signal="answer", request={"kind": "approval"}),
        f.Signalled(START + 7_000, "a", "answer", {"decision": "approved"}),
    )
    (bar,) = drawn.bars
    assert shown(drawn) == [("a", 1, START, START + 100, START + 7_000, "done")]
    assert [(wait.reason, wait.began, wait.ended) for wait in bar.waits] == [("approval", START + 100, START + 7_000)]


def test_an_effect_in_doubt_is_resent_as_another_attempt():
    drawn = course(
        f.Sending(START + 10, "a", 1, "k"),
        f.Unknown(START + 20, "a", 1, "resend", "lost"),
        f.Sending(START + 30, "a", 2, "k"),
        f.Done(START + 40, "a", 2),
    )
    assert shown(drawn) == [
        ("a", 1, START, START + 10, START + 20, "unknown"),
        ("a", 2, START + 20, START + 30, START + 40, "done"),
    ]


def test_what_a_cancelled_run_leaves_open_ends_with_it():
    drawn = course(
        f.Waiting(START + 100, "a", 1, signal="paid"),
        f.Paused(START + 150),
        f.CancelRequested(START + 200),
        f.Ended(START + 300, "cancelled"),
    )
    assert shown(drawn) == [("a", 1, START, START + 100, START + 300, "cancelled")]
    assert [(pause.began, pause.ended) for pause in drawn.pauses] == [(START + 150, START + 300)]


def test_the_critical_path_goes_back_through_what_was_waited_for_longest_and_through_skipped_steps():
    needs = {"a": [], "b": [], "skip": ["a", "b"], "c": ["skip"], "d": ["a"]}
    drawn = course(
        f.Done(START + 10, "a", 1),
        f.Done(START + 50, "b", 1),
        f.Skipped(START + 50, "skip"),
        f.Done(START + 60, "d", 1),
        f.Done(START + 90, "c", 1),
        needs=needs,
    )
    assert [bar.name for bar in drawn.bars if bar.critical] == ["b", "c"]
