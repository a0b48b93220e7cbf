"""What the signals refuse."""

from docchain.platform.errors import Conflict, FieldFault, Invalid, NotFound, TooLarge


class EventTooLarge(TooLarge):
    code = "event_too_large"
    title = "The event is too large"

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(
            f"Its data has {size:,} bytes; {limit:,} are allowed.",
            hint="Upload what is large as a document and name it in the data.",
        )


class EventCarriesSecret(Invalid):
    code = "event_carries_secret"
    title = "The event carries a secret"

    def __init__(self, path: str) -> None:
        fault = FieldFault(path, "is named like a secret; events are kept and read by many", "secret")
        super().__init__(f"{path} is named like a secret.", errors=[fault], hint="Leave it out.")


class CallbackNotFound(NotFound):
    code = "callback_not_found"
    title = "There is no such call-back"

    def __init__(self) -> None:
        super().__init__("Nothing waits behind this address.", hint="Copy it again from the waiting step of the run.")


class CallbackUsed(Conflict):
    code = "callback_used"
    title = "The step waits no more"

    def __init__(self, step: str) -> None:
        super().__init__(f"Step {step!r} was answered, or its time was up, before this call-back came.")
