"""What the runs refuse."""

from collections.abc import Mapping, Sequence

from docchain.platform.errors import Busy, Conflict, FieldFault, Invalid, NotFound, Refusal

MOST_FAULTS = 100


class RunNotFound(NotFound):
    code = "run_not_found"
    title = "There is no such run"

    def __init__(self, reference: str) -> None:
        super().__init__(f"There is no run {reference} in this workspace.", hint="GET /runs lists them.")


class RunEnded(Conflict):
    code = "run_ended"
    title = "The run has ended"

    def __init__(self, handle: str, status: str) -> None:
        again = "" if status == "succeeded" else f"POST /runs/{handle}/retry goes on with it; "
        super().__init__(f"{handle} has ended: {status}.", hint=f"{again}POST /runs/{handle}/restart starts it anew.")


class NotPossibleNow(Conflict):
    code = "not_possible_now"
    title = "The run's state does not allow this"

    def __init__(self, handle: str, status: str, action: str, possible: Sequence[str]) -> None:
        instead = f"possible now: {', '.join(possible)}" if possible else "nothing else is possible now"
        super().__init__(f"{handle} is {status}: {action} is not possible; {instead}.")


class NothingToRetry(Conflict):
    code = "nothing_to_retry"
    title = "The step cannot be retried"

    def __init__(self, step: str, status: str, failed: Sequence[str]) -> None:
        known = f"Steps that can: {', '.join(failed)}." if failed else "No step can."
        super().__init__(f"Step {step!r} is {status}; only what failed or was cancelled is tried again. {known}")


class RetryTheCaller(Conflict):
    code = "retry_the_caller"
    title = "The run was called by another"

    def __init__(self, handle: str, caller: str, step: str) -> None:
        super().__init__(
            f"{handle} was called by step {step!r} of {caller}, which took its end; nobody would wait for it again.",
            hint=f"POST /runs/{caller}/retry calls anew; POST /runs/{handle}/restart makes a run of its own.",
        )


class PayloadGone(Conflict):
    code = "payload_gone"
    title = "What the run worked on was removed"

    def __init__(self, handle: str) -> None:
        super().__init__(
            f"The inputs and outputs of {handle} were removed by retention.", hint="Start a new run with new inputs."
        )


class DefinitionGone(Conflict):
    code = "definition_gone"
    title = "The run's definition is lost"

    def __init__(self, handle: str) -> None:
        super().__init__(f"The definition that {handle} followed is not kept.", hint="Name a `version`.")


class NoWorkflow(Conflict):
    code = "no_workflow"
    title = "The run came from no workflow"

    def __init__(self, handle: str) -> None:
        super().__init__(f"{handle} ran a definition of its own, which has no versions.", hint="Leave `version` out.")


class CannotFork(Invalid):
    code = "cannot_fork"
    title = "The run cannot be forked like this"


class RunsNotFound(Invalid):
    code = "runs_not_found"
    title = "Some of these are no runs"

    def __init__(self, references: Sequence[str], missing: Sequence[int]) -> None:
        told = [(f"runs[{place}]", f"{references[place]} is no run here") for place in missing[:MOST_FAULTS]]
        faults = [FieldFault(path, message, "unknown_run") for path, message in told]
        super().__init__(f"{len(missing)} of the runs are not in this workspace.", errors=faults)


class FilterNamesNothing(Invalid):
    code = "filter_names_nothing"
    title = "The filter names what is not there"

    def __init__(self, messages: Mapping[str, str]) -> None:
        faults = [FieldFault(f"filter.{name}", message, "unknown") for name, message in messages.items()]
        super().__init__("No run can match this filter.", errors=faults, hint="GET /runs lists runs and workflows.")


class TooManyRuns(Invalid):
    code = "too_many_runs"
    title = "These are too many runs for one order"

    def __init__(self, most: int) -> None:
        super().__init__(
            f"More than {most:,} runs match; one order takes {most:,}.",
            hint="Narrow the filter, or order in parts; DOCCHAIN_BULK_MAX is the limit.",
        )


class QueueFull(Refusal):
    code = "queue_full"
    title = "Too many runs of this workspace wait to start"
    status = 429
    retry_after = 5

    def __init__(self, most: int) -> None:
        super().__init__(
            f"{most:,} runs of this workspace have not started yet; no more are taken.",
            hint="Try again when some have started, or raise DOCCHAIN_QUEUE_MAX.",
        )


class JournalTrouble(Busy):
    code = "journal_trouble"
    title = "Runs cannot be started now"
    retry_after = 5

    def __init__(self) -> None:
        super().__init__(
            "The engine cannot write its journal, so nothing would be done about a new run.",
            hint="Free disk space, or look after the database; GET /health says when it is well again.",
        )


class StepNotFound(NotFound):
    code = "step_not_found"
    title = "The run has no such step"

    def __init__(self, step: str, steps: list[str]) -> None:
        known = f"Its steps are {', '.join(steps)}." if steps else "It has no steps."
        super().__init__(f"The run has no step {step!r}. {known}")


class StepMapsNothing(Conflict):
    code = "step_maps_nothing"
    title = "The step has no items"

    def __init__(self, step: str, *, mapping: bool) -> None:
        why = "it has not begun yet" if mapping else "it is no for_each step"
        super().__init__(f"Step {step!r} has no items: {why}.")


class StepNotWaiting(Conflict):
    code = "step_not_waiting"
    title = "The step does not wait for this"


class AnsweredElsewhere(Conflict):
    code = "answered_elsewhere"
    title = "The step waits for an approval"

    def __init__(self, step: str) -> None:
        super().__init__(
            f"Step {step!r} waits for a person's approval, not for a plain signal.",
            hint="Find it with GET /approvals and answer it there.",
        )
