"""Orders: what a command to a run is to the machine."""

from docchain.engine.doors import CancelRun, Command, PauseRun, ResumeRun, RetryRun, SignalRun
from docchain.engine.machine.facts import CancelRequested, Fact, Paused, Reopened, Resumed, Signalled, as_kept
from docchain.engine.machine.state import REJECTED, RunState


def fact_of(command: Command, state: RunState, now: int) -> Fact:
    """The fact to give to the machine.

    Raises:
        TypeError, ValueError, OverflowError: for what is no JSON, or no order to a run.
    """
    match command:
        case SignalRun():
            return Signalled(now, command.step, *as_kept([command.signal, command.payload, command.actor]))
        case CancelRun():
            return CancelRequested(now, *as_kept([command.actor, command.reason]))
        case PauseRun():
            return Paused(now, *as_kept([command.actor, command.reason]))
        case ResumeRun():
            return Resumed(now, *as_kept([command.actor]))
        case RetryRun():
            rejected = [state.failed_step] if state.status == REJECTED else []
            return Reopened(now, [*rejected, *command.steps], *as_kept([command.actor]))
    raise TypeError(f"{type(command).__name__} is no order to a run")
