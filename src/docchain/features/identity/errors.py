"""Why a sign-in or a sign-up is refused; no answer tells whether a username exists, except when registering it."""

from collections.abc import Sequence

from docchain.platform.errors import Conflict, Denied, NotFound, Refusal, Unauthenticated


class WrongCredentials(Unauthenticated):
    code = "wrong_credentials"
    title = "The username or the password is wrong"

    def __init__(self, username: str = "") -> None:
        super().__init__(hint="Check both and try again.")
        self.named = username
        """For the audit, which keeps only names that somebody has: others may be passwords."""


class SecondFactorRequired(Unauthenticated):
    code = "second_factor_required"
    title = "The password is right; now prove it a second way"

    def __init__(self, challenge: str, methods: Sequence[str]) -> None:
        super().__init__(hint="Answer the challenge in one of the ways that `methods` lists.")
        self.members = {"challenge": challenge, "methods": list(methods)}


class ChallengeExpired(Unauthenticated):
    code = "challenge_expired"
    title = "The challenge is not valid, or has expired"


class SessionEnded(Unauthenticated):
    code = "session_ended"
    title = "This session has ended"


class BadRefreshToken(Unauthenticated):
    code = "bad_refresh_token"
    title = "The refresh token is not valid"


class RefreshTokenReused(Unauthenticated):
    code = "refresh_token_reused"
    title = "The refresh token was used before"


class NotAMember(Denied):
    code = "not_a_member"
    title = "You are no member of this workspace"


class RegistrationClosed(Denied):
    code = "registration_closed"
    title = "Registration is closed"


class InvitationNeeded(Denied):
    code = "invitation_needed"
    title = "Registration needs an invitation"


class InvitationNotValid(Denied):
    code = "invitation_not_valid"
    title = "The invitation is not valid any more"


class UsernameTaken(Conflict):
    code = "username_taken"
    title = "This username is taken"


class TooManyAttempts(Refusal):
    code = "too_many_attempts"
    title = "Too many failed sign-ins"
    status = 429

    def __init__(self, seconds: int, username: str = "") -> None:
        super().__init__(f"Wait {seconds} s before the next sign-in.")
        self.retry_after = seconds
        self.named = username


class NoSuchUser(NotFound):
    code = "user_not_found"
    title = "There is no such user"

    def __init__(self, username: str) -> None:
        super().__init__(f"There is no user {username}.", hint="`docchain user list` lists them.")


class NoSuchWorkspace(NotFound):
    code = "workspace_not_found"
    title = "There is no such workspace"

    def __init__(self, slug: str) -> None:
        super().__init__(f"There is no workspace {slug}.", hint="`docchain user list` shows those that have members.")


class LastAdministrator(Conflict):
    code = "first_user_needed"
    title = "This user is needed"

    def __init__(self, username: str) -> None:
        super().__init__(
            f"{username} is whom the command line acts as.", hint="Set a new password instead: docchain user password."
        )
