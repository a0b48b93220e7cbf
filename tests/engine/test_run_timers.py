"""The timers of a run are what its state says, however facts come and go, and cost no look at all steps."""

import time
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st
from scripted import Script, kinds_of
from test_conformance import chain, pure

from docchain.engine.definition import compile_plan, read_spec
from docchain.engine.local.resident import Resident
from docchain.engine.machine import facts as f
from docchain.engine.machine.fold import apply, new_state

STEPS = ("", "a", "b", "c")
WAITS = st.tuples(
    st.sampled_from(["waiting", "retry", "called", "settled", "fired", "reopened", "cut", "next", "due"]),
    st.sampled_from(STEPS[1:]),
    st.integers(1, 6),
    st.integers(1, 6),
)


def resident(not_before=None):
    plan = compile_plan(read_spec(chain(*(pure(step, 1) for step in STEPS[1:]))), kinds_of(Script()))
    run = Resident(UUID(int=1), UUID(int=2), plan, new_state(plan, "r"))
    give(run, f.Started(0, plan.digest, "w", {}, not_before=not_before))
    return run


def give(run, fact):
    apply(run.state, fact)
    run.facts.append(fact)


def scanned(run):
    """What a look at everything says."""
    state = run.state
    found = {("", state.due)} | {(name, due) for name, step in state.steps.items() for due in (step.due, step.expires)}
    return {(name, due) for name, due in found if due is not None}


def fact_of(what, step, first, second):
    match what:
        case "waiting":
            return f.Waiting(0, step, 1, until=first, expires=second)
        case "retry":
            return f.Retry(0, step, 2, first)
        case "called":
            return f.Called(0, step, 1, "child", "d", {}, expires=second)
        case "fired":
            return f.Fired(0, step, first)
        case "reopened":
            return f.Reopened(0, [step])
        case "settled":
            return f.Failed(0, step, 1, "denied", "no")
    return None


@settings(max_examples=300, deadline=None)
@given(st.none() | st.integers(1, 6), st.lists(WAITS, max_size=40))
def test_timers_agree_with_a_look_at_every_step(not_before, story):
    run = resident(not_before)
    for what, step, first, second in story:
        if fact := fact_of(what, step, first, second):
            give(run, fact)
        elif what == "cut":
            run.cut()
        elif what == "next":
            run.cut()
            assert run.timers.next() == min((due for _, due in scanned(run)), default=None)
        else:
            assert set(run.timers.due(first, run.facts)) == {timer for timer in scanned(run) if timer[1] <= first}
    run.cut()
    assert run.timers.next() == min((due for _, due in scanned(run)), default=None)
    assert set(run.timers.due(9, run.facts)) == scanned(run)


def test_a_commit_of_a_run_with_10_000_items_looks_at_what_happened_and_no_more():
    run = resident()
    give(run, f.FannedOut(0, "a", 10_000))
    run.timers.next()
    began = time.perf_counter()
    for item in range(10_000):
        give(run, f.Waiting(0, f"a[{item}]", 1, until=50_000 + item))
        give(run, f.Done(0, f"a[{item}]", 1))
        run.cut()
        assert run.timers.next() is None
    assert time.perf_counter() - began < 2
