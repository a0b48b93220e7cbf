"""One outgoing exchange over the guarded network, and what its failure means."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import httpcore
import httpx

from docchain.platform.guarded_network import GuardedTransport
from docchain.platform.outgoing import (
    Answer,
    OutgoingError,
    OutgoingNotSentError,
    OutgoingRefusedError,
    OutgoingTooLargeError,
    OutgoingUnknownError,
)

_FAILED = (httpx.HTTPError, httpx.InvalidURL, httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException)


@dataclass(slots=True)
class _Progress:
    """How far a call has come, as the connection itself reports it."""

    sent: bool = False
    status: int | None = None

    async def trace(self, name: str, _info: Any) -> None:
        if name.endswith(".send_request_headers.started"):
            self.sent = True


class Exchange:
    """Sends requests through httpx and classifies what happens to them."""

    def __init__(self, allow: Iterable[str], max_bytes: int) -> None:
        self._max_bytes = max_bytes
        transport = GuardedTransport(allow)
        # No time limit here: one deadline over the whole call, with the progress beside it, says more.
        self._client = httpx.AsyncClient(
            transport=transport, follow_redirects=False, trust_env=False, timeout=httpx.Timeout(None)
        )

    async def send(
        self, method: str, url: str, headers: Mapping[str, str] | None, content: bytes | None, seconds: float
    ) -> Answer:
        progress = _Progress()
        try:
            async with asyncio.timeout(seconds):
                return await self._exchange(progress, method, url, headers=headers, content=content)
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
