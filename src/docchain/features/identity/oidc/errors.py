"""Why a sign-in at another provider came to nothing; the detail is for administrators, the code for pages."""

from docchain.platform.errors import Denied, NotFound, Refusal


class NoSuchProvider(NotFound):
    code = "provider_not_found"
    title = "There is no such provider"

    def __init__(self) -> None:
        super().__init__(hint="GET /api/v3/auth/oidc lists those that there are.")


class ProviderAway(Refusal):
    code = "provider_unavailable"
    title = "The provider cannot be reached"
    status = 503

    def __init__(self, detail: str) -> None:
        super().__init__(detail, hint="Try again in a minute, or sign in another way.")


class ProviderRefused(Denied):
    code = "provider_refused"
    title = "The provider did not let you in"


class StateUnknown(Denied):
    code = "sign_in_expired"
    title = "This sign-in was not begun here, or took too long"

    def __init__(self) -> None:
        super().__init__(hint="Begin again, in the same browser and window.")


class BadIdToken(Denied):
    code = "id_token_refused"
    title = "What the provider says of you cannot be trusted"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, hint="Begin again; if it happens again, tell an administrator.")


class UnknownKey(BadIdToken):
    """Its key is not among those that are known; the provider may have new ones."""


class NotAdmitted(Denied):
    code = "not_admitted"
    title = "You are known to the provider, but not here"
