"""What the workflows refuse."""

from collections.abc import Sequence

from docchain.engine.definition import Fault
from docchain.features.workflows.domain import TRANSITIONS
from docchain.platform.errors import Conflict, FieldFault, Invalid, NotFound, Stale, TooLarge


class WorkflowNotFound(NotFound):
    code = "workflow_not_found"
    title = "There is no such workflow"

    def __init__(self, reference: str) -> None:
        super().__init__(f"There is no workflow {reference} in this workspace.", hint="GET /workflows lists them.")


class WorkflowAmbiguous(Conflict):
    code = "workflow_ambiguous"
    title = "Several workflows have this name"

    def __init__(self, name: str, handles: list[str]) -> None:
        super().__init__(f"{', '.join(handles)} are all named {name!r}.", hint="Name the one you mean by its handle.")


class VersionNotFound(NotFound):
    code = "version_not_found"
    title = "The workflow has no such version"

    def __init__(self, handle: str, number: int | str) -> None:
        super().__init__(f"{handle} has no version {number}.", hint=f"GET /workflows/{handle}/versions lists them.")


class LabelNotFound(NotFound):
    code = "label_not_found"
    title = "No version of the workflow has this label"

    def __init__(self, handle: str, label: str) -> None:
        super().__init__(
            f"No version of {handle} is labelled {label!r}.",
            hint=f"PUT /workflows/{handle}/versions/{{number}}/labels/{label} gives a version the label.",
        )


class NotLabelled(NotFound):
    code = "label_not_found"
    title = "The version does not have this label"

    def __init__(self, handle: str, number: int, label: str) -> None:
        super().__init__(
            f"Version {number} of {handle} is not labelled {label!r}.",
            hint=f"GET /workflows/{handle}/versions tells which version has which labels.",
        )


class LabelReserved(Invalid):
    code = "label_reserved"
    title = "This word means something already"

    def __init__(self, label: str) -> None:
        fault = FieldFault("path.label", f"{label!r} always means the workflow's own {label}", self.code)
        super().__init__(f"{label!r} cannot be a label.", errors=[fault], hint="Choose another word.")


class TooManyLabels(Conflict):
    code = "too_many_labels"
    title = "The workflow has too many labels"

    def __init__(self, handle: str, most: int) -> None:
        super().__init__(f"{handle} has {most} labels already.", hint="Take one away first.")


class VersionChanged(Stale):
    code = "version_changed"
    title = "The version changed since you read it"

    def __init__(self, handle: str, number: int, revision: int) -> None:
        super().__init__(
            f"Version {number} of {handle} is at revision {revision} now.",
            hint="Read it again, and repeat your change with its new ETag.",
        )
        self.etag = f'"{revision}"'


class IllegalTransition(Conflict):
    code = "illegal_transition"
    title = "The workflow cannot take this status now"

    def __init__(self, handle: str, status: str, wanted: str) -> None:
        legal = TRANSITIONS[status]
        can = f"can become {' or '.join(legal)} now"
        super().__init__(
            f"{handle} is {status}; from there it can become {' or '.join(legal)}, not {wanted}.",
            errors=[FieldFault("status", can, self.code)],
        )
        self.members = {"allowed": list(legal)}


class NotExecutable(Conflict):
    code = "workflow_not_executable"
    title = "The workflow does not run now"

    def __init__(self, handle: str, status: str) -> None:
        legal = " or ".join(TRANSITIONS[status])
        self.members = {"allowed": list(TRANSITIONS[status])}
        super().__init__(
            f"{handle} is {status}; only draft and active workflows run.",
            hint=f"POST /workflows/{handle}/status makes it {legal}.",
        )


class DraftInvalid(Invalid):
    code = "draft_invalid"
    title = "The draft has faults"

    def __init__(self, handle: str, faults: Sequence[Fault]) -> None:
        super().__init__(
            f"The draft of {handle} does not run: {faults[0]}",
            errors=[FieldFault(fault.path, fault.message, fault.code, fault.node) for fault in faults],
            hint=f"GET /workflows/{handle} tells its faults; mend them, or execute a published version.",
        )


class NothingToPublish(Conflict):
    code = "nothing_to_publish"
    title = "The draft is published already"

    def __init__(self, handle: str, version: int) -> None:
        super().__init__(f"The draft of {handle} is the same as version {version}.", hint="Change the draft first.")


class WorkflowChanged(Stale):
    code = "workflow_changed"
    title = "The workflow changed since you read it"

    def __init__(self, handle: str, revision: int) -> None:
        super().__init__(
            f"{handle} is at revision {revision} now.", hint="Read it again, and repeat your change with its new ETag."
        )
        self.etag = f'"{revision}"'


class NothingToTry(Invalid):
    code = "nothing_to_try"
    title = "There is no past run to try"

    def __init__(self, handle: str) -> None:
        super().__init__(
            f"No run of {handle} matches.", hint="Execute it first, or choose other statuses or runs by name."
        )


class RunsTooLarge(TooLarge):
    code = "runs_too_large"
    title = "The inputs of the runs are too large together"

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(f"They have {size:,} bytes; {limit:,} are allowed.", hint="Choose fewer runs.")


class NotAWhatIf(NotFound):
    code = "what_if_not_found"
    title = "There is no such what-if"

    def __init__(self, run: str, workflow: str) -> None:
        super().__init__(f"{run} is no what-if of {workflow}.", hint="POST /workflows/{id}/what-if starts one.")


class HistoryGone(Conflict):
    code = "history_gone"
    title = "The run's history is not at hand"

    def __init__(self, run: str) -> None:
        super().__init__(
            f"The outputs of {run}'s steps are not at hand: it has not begun, or its history is no longer kept.",
            hint="Name another run, or pin the outputs.",
        )


class NodeNotFound(NotFound):
    code = "node_not_found"
    title = "The workflow has no such step"

    def __init__(self, node: str) -> None:
        fault = FieldFault("node", f"no step of the draft is named {node!r}", self.code, node)
        super().__init__(
            f"No step of the draft is named {node!r}.",
            errors=[fault],
            hint="GET /workflows/{workflow}/nodes lists them.",
        )


class NodeExists(Conflict):
    code = "node_exists"
    title = "The workflow has a step of this name"

    def __init__(self, node: str) -> None:
        fault = FieldFault("id", "is the name of another step", self.code, node)
        super().__init__(
            f"A step is named {node!r} already.", errors=[fault], hint="Choose another id, or leave it out."
        )


class EdgeNotFound(NotFound):
    code = "edge_not_found"
    title = "There is no such edge"

    def __init__(self, source: str, to: str) -> None:
        fault = FieldFault("from", f"{to!r} does not need it", self.code, source)
        super().__init__(
            f"{to!r} does not need {source!r}.", errors=[fault], hint="GET /workflows/{workflow}/edges lists the edges."
        )


class EdgeIsAHandler(Conflict):
    code = "edge_is_a_handler"
    title = "The edge leads to a handler"

    def __init__(self, source: str, to: str) -> None:
        fault = FieldFault("from", f"names {to!r} as what goes on when it failed", self.code, source)
        super().__init__(
            f"{to!r} goes on when {source!r} failed; it does not need it.",
            errors=[fault],
            hint=f"PATCH the node {source!r}: change its on_error or its timeout.",
        )
