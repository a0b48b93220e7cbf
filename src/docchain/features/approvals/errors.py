"""What the approvals refuse."""

from collections.abc import Iterable

from docchain.platform.errors import Conflict, Denied, FieldFault, Invalid, NotFound, Stale


class ApprovalNotFound(NotFound):
    code = "approval_not_found"
    title = "There is no such approval"

    def __init__(self, reference: str) -> None:
        super().__init__(f"There is no approval {reference} in this workspace.", hint="GET /approvals lists them.")


class ApprovalChanged(Stale):
    code = "approval_changed"
    title = "The approval changed since you read it"

    def __init__(self, handle: str) -> None:
        super().__init__(f"{handle} asks others, or something else, now.", hint="Read it again, then answer.")


class AlreadySettled(Conflict):
    code = "approval_settled"
    title = "The approval is settled already"


class NotAsked(Denied):
    code = "not_asked"
    title = "This approval is for others"

    def __init__(self, assignees: Iterable[str]) -> None:
        super().__init__(f"Only {' or '.join(assignees)} may answer this approval.")


class AnswerInvalid(Invalid):
    code = "answer_invalid"
    title = "The answer does not fit the form"

    def __init__(self, faults: list[FieldFault]) -> None:
        super().__init__("; ".join(f"{fault.path} {fault.message}" for fault in faults), errors=faults)
