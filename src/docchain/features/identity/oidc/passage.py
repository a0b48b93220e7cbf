"""What a browser carries to a provider and back, in a cookie: signed, short-lived, for this one sign-in."""

import base64
import hashlib
import secrets
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, Final, Self

from docchain.features.identity.oidc.errors import StateUnknown
from docchain.platform.clock import Clock
from docchain.platform.errors import Unauthenticated
from docchain.platform.tokens import Tokens

LASTS: Final = timedelta(minutes=10)
_PURPOSE: Final = b"docchain sign-in elsewhere"


@dataclass(frozen=True, slots=True)
class Passage:
    """`again`: the user has to prove to the provider who they are, whatever it remembers."""

    provider: str
    state: str
    nonce: str
    verifier: str
    back: str
    again: bool

    @classmethod
    def begin(cls, provider: str, back: str, *, again: bool) -> Self:
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        return cls(provider, state, nonce, verifier, back, again)

    @property
    def asked(self) -> dict[str, str]:
        """What the provider is told of it."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        told = {
            "redirect_uri": self.back,
            "state": self.state,
            "nonce": self.nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        return told | ({"prompt": "login", "max_age": "0"} if self.again else {})


class Passages:
    def __init__(self, secret_key: str, clock: Clock) -> None:
        self._tokens = Tokens(secret_key, LASTS, clock, _PURPOSE)

    def write(self, passage: Passage) -> str:
        return self._tokens.issue(asdict(passage))[0]

    def read(self, cookie: str, provider: str, state: str) -> Passage:
        """The passage that a browser came back from.

        Raises:
            StateUnknown: it is another one, or none.
        """
        try:
            claims: dict[str, Any] = self._tokens.read(cookie)
            passage = Passage(**{name: claims[name] for name in Passage.__slots__})
        except (Unauthenticated, KeyError):
            raise StateUnknown from None
        right = secrets.compare_digest(passage.state.encode(), state.encode()) and passage.provider == provider
        if not right:
            raise StateUnknown
        return passage
