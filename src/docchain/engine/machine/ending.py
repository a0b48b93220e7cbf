"""How a run stops: what is on its way is awaited, child runs are cancelled, then it ends."""

from collections.abc import Iterable

from docchain.engine.machine import facts as f
from docchain.engine.machine.commands import CancelChild
from docchain.engine.machine.turn import Turn


def stop(turn: Turn, at: int, status: str, why: tuple[str, str, str]) -> None:
    """`why`: failure class, message, step."""
    failure, message, step = why
    if turn.state.awaited:
        turn.then(f.Stopping(at, status, failure, message, step))
    else:
        turn.then(f.Ended(at, status, failure=failure, message=message, step=step))


def on_stopping(turn: Turn, fact: f.Stopping) -> None:
    cancel_children(turn, turn.state.steps, fact.message)


def cancel_children(turn: Turn, steps: Iterable[str], reason: str) -> None:
    called = [turn.state.steps[name].called for name in steps]
    turn.commands.extend(CancelChild(child.run, reason) for child in called if child is not None)


def end_when_quiet(turn: Turn, at: int) -> None:
    state = turn.state
    if not state.awaited:
        turn.queue.append(
            f.Ended(at, state.stopping, failure=state.failure, message=state.message, step=state.failed_step)
        )
