"""Why an account is not changed."""

from docchain.platform.errors import Conflict, Denied, FieldFault, Invalid, Refusal


class WeakPassword(Invalid):
    code = "weak_password"
    title = "The password is too easy to guess"


class WrongPassword(Denied):
    code = "wrong_password"
    title = "This is not your present password"


class NeedsSession(Denied):
    code = "session_needed"
    title = "This needs a signed-in user"


class LinkInvalid(Refusal):
    """Never used, unknown and expired are told apart by nobody: who holds a wrong link learns nothing of it."""

    code = "link_invalid"
    title = "The link is not valid any more"
    status = 410

    def __init__(self) -> None:
        super().__init__("It was used, it has expired, or a newer one took its place.", hint="Ask for a new one.")


class EmailTaken(Conflict):
    code = "email_taken"
    title = "Another user has confirmed this address"


class NoMail(Conflict):
    code = "mail_not_configured"
    title = "This server sends no mails"

    def __init__(self, hint: str) -> None:
        super().__init__("No mail server is set (DOCCHAIN_MAIL_HOST).", hint=hint)


def weak(path: str, reasons: list[tuple[str, str]]) -> WeakPassword:
    """The refusal of a password, with a fault for each reason."""
    faults = [FieldFault(path, message, code) for code, message in reasons]
    return WeakPassword(errors=faults, hint="Use four or more unrelated words, or let a password manager make one.")
