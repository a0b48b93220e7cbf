"""What holds for every run at every moment: its memory, its journal and its effects agree."""

from collections import Counter

from drivers import has_ended

from docchain.engine.machine import facts as f
from docchain.engine.machine.fold import fold
from docchain.engine.machine.state import RunState
from docchain.engine.simulation import SimulatedRun

OUTCOMES = (f.Done, f.Failed, f.Unknown, f.Waiting, f.Called)
OPEN = {"pending", "sending", "waiting", "retrying", "mapping"}


def check_books(run: SimulatedRun) -> None:
    """Memory is the fold of the journal; the effect ledger adds up; counters say what a count would."""
    journal, state = run.journal, run.state
    kept = f.decode(f.encode(journal))
    assert kept == journal
    assert fold(run.plan, str(run.id), kept) == state
    sendings = Counter((fact.step, fact.attempt) for fact in journal if isinstance(fact, f.Sending))
    assert set(sendings.values()) <= {1}
    check_ends(journal)
    settled = {(fact.step, fact.attempt) for fact in journal if isinstance(fact, OUTCOMES)}
    under_way = {(n, step.attempt) for n, step in state.steps.items() if step.status == "sending"}
    assert set(sendings) - settled == under_way
    assert state.awaited == len(under_way) + sum(step.called is not None for step in state.steps.values())
    if has_ended(state):
        assert not state.awaited
        assert not {step.status for step in state.steps.values()} & OPEN
    if state.status == "succeeded":
        check_failures(state)
    for name, fan in state.fans.items():
        items = [step for step in state.steps.values() if step.of == name]
        assert len(items) == fan.count
        assert fan.awaited == sum(step.status == "sending" or step.called is not None for step in items)


def check_ends(journal: list[f.Fact]) -> None:
    """A step ends once, until it is tried again."""
    ended: set[str] = set()
    for fact in journal:
        if isinstance(fact, f.Reopened):
            items = {f"{name}[{place}]" for name, places in (fact.again or {}).items() for place in places}
            ended -= items | set(fact.again or ())
        elif isinstance(fact, f.Done | f.Skipped):
            assert fact.step not in ended
            ended.add(fact.step)


def check_failures(state: RunState) -> None:
    """Where a run succeeded every failure has a handler that ran, or that its own condition skipped."""
    for name, step in state.steps.items():
        if step.status == "failed" and not step.of:
            handler = state.steps[state.caught[name]]
            assert handler.status in {"done", "failed"} or handler.because in {"", "dry_run"}
