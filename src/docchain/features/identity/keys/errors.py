"""Why a key is not believed or not made; whoever shows a wrong one is not told what is wrong with it."""

from docchain.platform.errors import Conflict, Denied, Invalid, NotFound, Unauthenticated


class BadKey(Unauthenticated):
    code = "bad_api_key"
    title = "The API key is not valid"

    def __init__(self) -> None:
        super().__init__("It is wrong, has expired or was revoked.", hint="Make a new one: POST /security/api-keys.")


class ForeignNetwork(Denied):
    code = "key_network"
    title = "The API key does not work from here"

    def __init__(self, address: str) -> None:
        super().__init__(f"It is good for some networks, and {address or 'this address'} is in none of them.")


class KeyElsewhere(Denied):
    code = "key_elsewhere"
    title = "The API key belongs to another workspace"


class KeyNotFound(NotFound):
    code = "api_key_not_found"
    title = "There is no such API key"

    def __init__(self) -> None:
        super().__init__(hint="List yours: GET /security/api-keys.")


class TooManyKeys(Conflict):
    code = "too_many_api_keys"
    title = "You have as many API keys as one may"


class KeyOver(Conflict):
    code = "api_key_over"
    title = "The API key was revoked or has expired"


class BadExpiry(Invalid):
    code = "api_key_expiry"
    title = "The end of the API key is in the past"
