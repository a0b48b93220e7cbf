"""Outgoing calls: guarded, bounded, and clear about the one question that matters: was anything sent?"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import httpcore
import httpx

from docchain.platform.guarded_network import GuardedTransport, PrivateAddressError

_FAILED = (httpx.HTTPError, httpx.InvalidURL, httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException)


class OutgoingError(Exception):
    """An outgoing call got no usable answer."""


class OutgoingRefusedError(OutgoingError):
    """The call is not allowed; nothing was sent."""


class OutgoingNotSentError(OutgoingError):
    """No connection came about; nothing was sent, so trying again is safe."""


class OutgoingUnknownError(OutgoingError):
    """The request left, and no complete answer came: nobody here knows whether it was acted on."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class OutgoingTooLargeError(OutgoingError):
    """The receiver answered with more than we take; it has acted on the request."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class _Progress:
    """How far a call has come, as the connection itself reports it."""

    sent: bool = False
    status: int | None = None

    async def trace(self, name: str, _info: Any) -> None:
        if name.endswith(".send_request_headers.started"):
            self.sent = True


class Outgoing:
    """Sends requests to public addresses. Redirects are answers, and proxies of the environment are not used.

    Args:
        allow: private `host:port` pairs that may be called.
        timeout: seconds for a whole call, from looking up the name to the last byte.
        max_bytes: largest answer that is taken.
    """

    def __init__(self, allow: Iterable[str] = (), timeout: float = 30.0, max_bytes: int = 10 * 1024 * 1024) -> None:
        self._timeout = timeout
        self._max_bytes = max_bytes
        self._client = httpx.AsyncClient(
            transport=GuardedTransport(allow), follow_redirects=False, trust_env=False, timeout=timeout
        )

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the caller's limit, beside our own
    ) -> Answer:
        """Send a request and read its whole answer.

        Raises:
            OutgoingRefusedError: the address or URL is not allowed; nothing was sent.
            OutgoingNotSentError: no connection; nothing was sent.
            OutgoingUnknownError: sent, and no complete answer.
            OutgoingTooLargeError: answered with too much.
        """
        progress = _Progress()
        try:
            async with asyncio.timeout(timeout or self._timeout):
                return await self._exchange(progress, method, url, headers=headers, content=content)
        except PrivateAddressError as error:
            raise OutgoingRefusedError(f"{error} List it in DOCCHAIN_OUTGOING_ALLOW to permit it.") from None
        except (TimeoutError, *_FAILED) as error:
            raise _classified(error, progress) from error

    async def close(self) -> None:
        await self._client.aclose()

    async def _exchange(self, progress: _Progress, method: str, url: str, **parts: Any) -> Answer:
        request = self._client.build_request(method, url, extensions={"trace": progress.trace}, **parts)
        if request.url.scheme not in ("http", "https") or not request.url.host:
            raise OutgoingRefusedError(f"{url!r} is not an http or https address.")
        response = await self._client.send(request, stream=True)
        progress.status = response.status_code
        try:
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > self._max_bytes:
                    message = f"The answer is larger than {self._max_bytes} bytes."
                    raise OutgoingTooLargeError(message, response.status_code)
        finally:
            await response.aclose()
        return Answer(response.status_code, dict(response.headers), bytes(body))


def _classified(error: Exception, progress: _Progress) -> OutgoingError:
    reason = "it took too long" if isinstance(error, TimeoutError) else str(error) or type(error).__name__
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol):
        return OutgoingRefusedError(f"This is not an address that can be called: {reason}")
    if not progress.sent:
        return OutgoingNotSentError(f"Nothing was sent: {reason}")
    return OutgoingUnknownError(f"The request was sent, but no complete answer came: {reason}", progress.status)
