"""Why a proof of who somebody is was not taken, and what to do about it."""

from typing import Any

from docchain.platform.errors import Conflict, Denied, NotFound, Unauthenticated


class WrongProof(Denied):
    code = "wrong_proof"
    title = "This is not right"

    def __init__(self, detail: str = "The code is wrong, was used before, or has expired.", hint: str = "") -> None:
        super().__init__(detail, hint=hint or "Wait for the next code of the app, and check the clock of the phone.")


class PasskeyRefused(Denied):
    code = "passkey_refused"
    title = "The passkey was not accepted"


class PasskeyCopied(PasskeyRefused):
    code = "passkey_copied"
    title = "This passkey may have been copied"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The passkey {name} counted backwards, as a copy of it would.",
            hint="Sign in another way, remove this passkey and register it again.",
        )


class NoSuchPasskey(NotFound):
    code = "passkey_not_found"
    title = "There is no such passkey"

    def __init__(self) -> None:
        super().__init__(hint="GET /api/v3/auth/factors lists yours.")


class TooManyPasskeys(Conflict):
    code = "too_many_passkeys"
    title = "There are too many passkeys"

    def __init__(self, most: int) -> None:
        super().__init__(f"A user may have {most} passkeys.", hint="Remove one that you no longer use.")


class AuthenticatorActive(Conflict):
    code = "authenticator_active"
    title = "An authenticator app is set up already"

    def __init__(self) -> None:
        super().__init__(hint="Remove it first: POST /api/v3/auth/factors/totp/remove.")


class NoAuthenticator(Conflict):
    code = "no_authenticator"
    title = "No authenticator app is set up"

    def __init__(self) -> None:
        super().__init__(hint="Begin with POST /api/v3/auth/factors/totp.")


class NoSecondFactor(Conflict):
    code = "no_second_factor"
    title = "There is no second factor yet"

    def __init__(self) -> None:
        super().__init__(hint="Set up an authenticator app or a passkey first; recovery codes come with it.")


class NoWayToProve(Conflict):
    code = "method_not_offered"
    title = "This method is not open to you"

    def __init__(self, methods: list[str]) -> None:
        super().__init__(f"Use one of: {', '.join(methods) or 'none'}.")
        self.members: dict[str, Any] = {"methods": methods}


class StepUpRequired(Unauthenticated):
    code = "step_up_required"
    title = "Confirm that it is you"

    def __init__(self, methods: list[str]) -> None:
        super().__init__(
            "This needs a proof of who you are that is not older than a few minutes.",
            hint="Send one to POST /api/v3/auth/step-up, then try again.",
        )
        self.members: dict[str, Any] = {"methods": methods}


class SessionNeeded(Denied):
    code = "session_needed"
    title = "Only somebody who signed in may do this"

    def __init__(self) -> None:
        super().__init__("An API key cannot do this.", hint="Sign in, and do it in that session.")
