"""Rate limits at the door, outside of everything: one look at who asks, and a 429 that says when to come again."""

from functools import partial
from math import ceil
from typing import Any, Final

from starlette.types import ASGIApp, Receive, Scope, Send

from docchain.platform.errors import Refusal
from docchain.platform.limits.counting import Count
from docchain.platform.limits.limiter import Limiter, Subject
from docchain.platform.limits.policies import Policy
from docchain.platform.web.door import ACTOR
from docchain.platform.web.problems import REQUEST_ID, render
from docchain.platform.web.requests import ADDED, Requests, request_id_of

_READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_FREE: Final = ("/health", "/api/v3/health")
_SIGN_IN: Final = ("/api/v3/auth/", "/api/v3/security/auth/")
_SIGNED_IN: Final = ("/refresh", "/logout")
_REFUSAL: Final = "docchain.rate_refusal"
_NOBODY: Final = b""
_COUNTED: Final = frozenset({"http", "websocket"})
LEARN: Final = "docchain.learn_whose"
"""In the scope of a socket: is told whose it is, so that later handshakes are counted as theirs."""


class RateLimited(Refusal):
    code = "rate_limited"
    title = "Too many requests"
    status = 429

    def __init__(self, policy: Policy, count: Count) -> None:
        self.seconds = max(1, ceil(count.wait))
        self.headers = {"Retry-After": str(self.seconds)}
        super().__init__(
            f"The policy {policy.name} allows {policy.amount:,} requests in {policy.seconds:g} s, "
            f"{policy.burst:,} of them at once.",
            hint=f"Send the next one in {self.seconds} s; GET /api/v3/security/rate-limits tells what is left.",
        )


class RateLimits:
    """ASGI layer around the whole application, answers that are kept included.

    Args:
        app: what it is around.
        limiter: counts.
        owner: the application whose state the layers within look at.
    """

    def __init__(self, app: ASGIApp, limiter: Limiter, owner: Any) -> None:
        self._app = app
        self._limiter = limiter
        self._refuse = Requests(_refused)
        self._owner = owner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in _COUNTED or scope["path"].startswith(_FREE):
            await self._app(scope, receive, send)
            return
        limiter, credentials = self._limiter, _credentials(scope)
        subject, class_ = self._who(scope, credentials)
        policy = limiter.policy(subject, class_)
        key = subject.counted[class_][1]
        if limiter.memory is not None:
            count = limiter.memory.take_now(key, policy)
        else:
            count = await limiter.counter.take(key, policy)
        if scope["type"] == "websocket" and not count.wait:  # nothing stands between a socket and the server
            await self._open(scope, receive, send)
            return
        left = b'"%b";r=%d;t=%d' % (policy.tag, count.remaining, ceil(count.wait or count.full))
        scope[ADDED] = (b"ratelimit-policy", policy.told), (b"ratelimit", left)
        if count.wait:
            scope[_REFUSAL] = RateLimited(policy, count)
            scope["app"] = self._owner
            await self._refuse(scope, receive, send)
            return
        await self._app(scope, receive, send)
        if credentials and subject.kind == "ip" and (actor := scope.get(ACTOR)) is not None:
            limiter.learn(credentials, actor)
        if limiter.is_due():
            await limiter.refresh()

    async def _open(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Its end may be days away: what is learned of whose it is must not wait for that."""
        if credentials := _credentials(scope):
            scope[LEARN] = partial(self._limiter.learn, credentials)
        if self._limiter.is_due():
            await self._limiter.refresh()
        await self._app(scope, receive, send)

    def _who(self, scope: Scope, credentials: bytes) -> tuple[Subject, str]:
        method = scope.get("method", "GET")
        class_ = "read" if method in _READS else "write"
        if method == "POST" and scope["path"].startswith(_SIGN_IN) and not scope["path"].endswith(_SIGNED_IN):
            class_ = "sign_in"
        elif credentials and (known := self._limiter.known(credentials)) is not None:
            return known, class_
        client = scope.get("client")
        return self._limiter.at(str(client[0]) if client else ""), class_


def _credentials(scope: Scope) -> bytes:
    """What stands for who asks; a workspace may have rates of its own."""
    found = workspace = _NOBODY
    for name, value in scope["headers"]:
        if name == b"authorization" or (name == b"cookie" and not found):
            found = value
        elif name == b"x-workspace":
            workspace = value
    return found + b"\n" + workspace if workspace and found else found


async def _refused(scope: Scope, receive: Receive, send: Send) -> None:
    refusal: RateLimited = scope[_REFUSAL]
    if scope["type"] == "websocket":
        refusal.headers["Cache-Control"] = "no-store"
        refusal.headers["X-Request-ID"] = scope[REQUEST_ID] = request_id_of(scope)
        refusal.headers |= {name.decode(): value.decode() for name, value in scope[ADDED]}
    note = getattr(scope["app"].state, "note_refusal", None)
    if note is not None:
        note(scope, refusal)
    await render(scope, refusal, refusal.headers)(scope, receive, send)
