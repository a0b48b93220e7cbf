"""The guarded transport of model providers: checked addresses, our headers only, bounded answers, no unnoticed cuts.

The libraries of providers want httpx2; the rules are those of every other connection that leaves.
"""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Iterable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Final

import httpcore2
import httpx2
from anyio import CancelScope

from docchain.platform.outgoing_rules import PrivateAddressError, check_addresses, check_leaving

_PASSED: Final = frozenset(
    {b"accept", b"anthropic-beta", b"anthropic-version", b"content-length", b"content-type", b"host"}
    | {b"transfer-encoding"}
)
_OURS: Final = ((b"user-agent", b"docchain"), (b"accept-encoding", b"identity"))
_OVERLAP: Final = 64


class RedirectedError(httpx2.RemoteProtocolError):
    """The provider sends elsewhere, which is never followed: the key would go along."""


class TooMuchError(httpx2.RemoteProtocolError):
    """The answer is larger than what is read."""


class CutShortError(httpx2.RemoteProtocolError):
    """The stream ended where a provider's streams do not end."""


@dataclass(slots=True)
class ModelExchange:
    """What is known of one call: set in `EXCHANGE` around it, told by the connection.

    Args:
        credential: the header with the key; libraries of others never hold it.
        end: what a whole stream of this provider has.
        max_bytes: largest answer that is read.
        silence: seconds that the other side may stay silent.
    """

    credential: tuple[str, str] | None = field(repr=False)
    end: re.Pattern[bytes]
    max_bytes: int
    silence: float
    sent: bool = False
    status: int | None = None

    def check_size(self, taken: int) -> None:
        if taken > self.max_bytes:
            raise TooMuchError(f"The answer is larger than {self.max_bytes} bytes.")

    async def trace(self, name: str, _info: Any) -> None:
        if name.endswith(".send_request_headers.started"):
            self.sent = True


EXCHANGE: Final[ContextVar[ModelExchange]] = ContextVar("docchain_model_exchange")


class GuardedModelNetwork(httpcore2.AsyncNetworkBackend):
    """Opens connections to public addresses, and to the listed `host:port` pairs.

    Args:
        allow: pairs that may be private.
    """

    def __init__(self, allow: Iterable[str] = ()) -> None:
        self._allow = {pair.lower() for pair in allow}
        self._network = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore2's signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        check_leaving(host)
        addresses = await _resolved(host, port, timeout)
        check_addresses(host, port, addresses, self._allow)
        failure: Exception | None = None
        for address in addresses:
            try:
                return _Stream(await self._network.connect_tcp(address, port, timeout, local_address, socket_options))
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore2.ConnectError(f"{host} has no address.")

    async def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore2.AsyncNetworkStream:
        raise PrivateAddressError("Unix sockets are never reached.")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


async def _resolved(host: str, port: int, seconds: float | None) -> list[str]:
    try:
        async with asyncio.timeout(seconds):
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except TimeoutError:
        raise httpcore2.ConnectTimeout(f"{host} was not resolved in time.") from None
    except (OSError, UnicodeError) as error:
        raise httpcore2.ConnectError(f"{host} has no address: {error}") from None
    return list(dict.fromkeys(str(info[4][0]) for info in found))


class _Stream(httpcore2.AsyncNetworkStream):
    """A connection that is closed when its TLS handshake is given up, which the one inside forgets."""

    def __init__(self, stream: httpcore2.AsyncNetworkStream) -> None:
        self._stream = stream
        self.read = stream.read  # type: ignore[method-assign]  # passed on as they are
        self.write = stream.write  # type: ignore[method-assign]  # the same
        self.aclose = stream.aclose  # type: ignore[method-assign]  # the same
        self.get_extra_info = stream.get_extra_info  # type: ignore[method-assign]  # the same

    async def start_tls(self, *args: Any, **options: Any) -> httpcore2.AsyncNetworkStream:
        try:
            return await self._stream.start_tls(*args, **options)
        except BaseException:
            with CancelScope(shield=True):
                await self._stream.aclose()
            raise


class GuardedModelTransport(httpx2.AsyncBaseTransport):
    """An httpx2 transport over the guarded network; every request belongs to the `EXCHANGE` of its task."""

    def __init__(self, allow: Iterable[str] = ()) -> None:
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=httpx2.create_ssl_context(trust_env=False),
            max_connections=None,
            max_keepalive_connections=0,
            network_backend=GuardedModelNetwork(allow),
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        exchange = EXCHANGE.get()
        try:
            answer = await self._pool.handle_async_request(_as_sent(request, exchange))
        except Exception as error:
            raise _known(error) from error
        exchange.status = answer.status
        body = _Body(answer, exchange)
        if fault := _fault(answer):
            await body.aclose()
            raise fault
        return httpx2.Response(answer.status, headers=answer.headers, stream=body, extensions=answer.extensions)

    async def aclose(self) -> None:
        await self._pool.aclose()


def _as_sent(request: httpx2.Request, exchange: ModelExchange) -> httpcore2.Request:
    headers = [(name, value) for name, value in request.headers.raw if name.lower() in _PASSED]
    headers += _OURS
    if exchange.credential:
        name, value = exchange.credential
        headers.append((name.encode(), value.encode()))
    url = request.url
    return httpcore2.Request(
        request.method,
        httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
        headers=headers,
        content=request.stream,
        extensions={
            "timeout": dict.fromkeys(("connect", "read", "write", "pool"), exchange.silence),
            "trace": exchange.trace,
        },
    )


def _fault(answer: httpcore2.Response) -> httpx2.TransportError | None:
    if 300 <= answer.status < 400:  # noqa: PLR2004 - the redirects of HTTP
        return RedirectedError("The answer is a redirect.")
    packed = httpx2.Headers(answer.headers).get("content-encoding", "identity")
    if packed.lower() != "identity":
        return httpx2.RemoteProtocolError(f"The answer is packed as {packed[:40]!r}, which was not asked for.")
    return None


def _known(error: Exception) -> Exception:
    """The same as libraries of providers know it."""
    for kind in type(error).__mro__:
        ours = getattr(httpx2, kind.__name__, None)
        if (
            kind.__module__.startswith("httpcore2")
            and isinstance(ours, type)
            and issubclass(ours, httpx2.TransportError)
        ):
            return ours(str(error))
    return error


class _Body(httpx2.AsyncByteStream):
    """An answer as it comes: bounded, and, where it is a stream of events, whole."""

    def __init__(self, answer: httpcore2.Response, exchange: ModelExchange) -> None:
        self._answer, self._exchange = answer, exchange
        kind = httpx2.Headers(answer.headers).get("content-type", "")
        self._ended = not (answer.status == 200 and "event-stream" in kind)  # noqa: PLR2004 - OK

    async def __aiter__(self) -> AsyncIterator[bytes]:
        taken, tail = 0, b"\n"
        try:
            # Libraries read on after the end: `aiter_stream` would refuse the second time.
            async for chunk in self._answer.stream:  # type: ignore[union-attr]  # an async client has no other
                taken += len(chunk)
                self._exchange.check_size(taken)
                if not self._ended:
                    tail += chunk
                    self._ended = self._exchange.end.search(tail) is not None
                    tail = tail[-_OVERLAP:]
                yield chunk
        except Exception as error:
            raise _known(error) from error
        if not self._ended:
            raise CutShortError("The stream ended early.")

    async def aclose(self) -> None:
        await self._answer.aclose()
