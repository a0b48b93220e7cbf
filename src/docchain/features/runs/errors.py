"""What the runs refuse."""

from docchain.platform.errors import Conflict, NotFound


class RunNotFound(NotFound):
    code = "run_not_found"
    title = "There is no such run"

    def __init__(self, reference: str) -> None:
        super().__init__(f"There is no run {reference} in this workspace.", hint="GET /runs lists them.")


class RunEnded(Conflict):
    code = "run_ended"
    title = "The run has ended"

    def __init__(self, handle: str, status: str) -> None:
        super().__init__(f"{handle} has ended: {status}.", hint="Start a new run.")


class StepNotFound(NotFound):
    code = "step_not_found"
    title = "The run has no such step"

    def __init__(self, step: str, steps: list[str]) -> None:
        known = f"Its steps are {', '.join(steps)}." if steps else "It has no steps."
        super().__init__(f"The run has no step {step!r}. {known}")


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
