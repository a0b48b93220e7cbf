"""Why a session cannot be ended."""

from docchain.platform.errors import Denied, NotFound


class SessionNotFound(NotFound):
    code = "session_not_found"
    title = "You have no such session"

    def __init__(self, session: str) -> None:
        super().__init__(f"You have no session {session}.", hint="GET /api/v3/auth/sessions lists yours.")


class NoSession(Denied):
    code = "no_session"
    title = "An API key has no session"

    def __init__(self) -> None:
        super().__init__(hint="Sign in as a user to see and end sessions.")
