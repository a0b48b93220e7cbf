"""The guarded transport: resolves a host, checks every address, and connects to a checked one, never to the name."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterable
from types import TracebackType
from typing import Any, Self

import httpcore
import httpx
from anyio import CancelScope
from httpcore import SOCKET_OPTION

from docchain.platform.outgoing_rules import PrivateAddressError, check_addresses, check_leaving


class GuardedNetwork(httpcore.AsyncNetworkBackend):
    """Opens connections to public addresses, and to the listed `host:port` pairs.

    Args:
        allow: pairs that may be private.
    """

    def __init__(self, allow: Iterable[str] = ()) -> None:
        self._allow = {pair.lower() for pair in allow}
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        check_leaving(host)
        addresses = await self._resolve(host, port, timeout)
        check_addresses(host, port, addresses, self._allow)
        failure: Exception | None = None
        for address in addresses:
            try:
                stream = await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _Stream(stream)
        raise failure or httpcore.ConnectError(f"{host} has no address.")

    async def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        raise PrivateAddressError("Unix sockets are never reached.")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def _resolve(self, host: str, port: int, seconds: float | None) -> list[str]:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(seconds):
                found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except TimeoutError:
            raise httpcore.ConnectTimeout(f"{host} was not resolved in time.") from None
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host} has no address: {error}") from None
        return list(dict.fromkeys(str(info[4][0]) for info in found))


class _Stream(httpcore.AsyncNetworkStream):
    """A connection that is closed when its TLS handshake is given up, which the one inside forgets."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream
        self.read = stream.read  # type: ignore[method-assign]  # passed on as they are
        self.write = stream.write  # type: ignore[method-assign]  # the same
        self.aclose = stream.aclose  # type: ignore[method-assign]  # the same
        self.get_extra_info = stream.get_extra_info  # type: ignore[method-assign]  # the same

    async def start_tls(self, *args: Any, **options: Any) -> httpcore.AsyncNetworkStream:
        try:
            return await self._stream.start_tls(*args, **options)
        except BaseException:
            with CancelScope(shield=True):
                await self._stream.aclose()
            raise


class GuardedTransport(httpx.AsyncBaseTransport):
    """An httpx transport over the guarded network. Every request has a connection of its own.

    A kept connection that the other side just closed would look like an answer that never came.
    """

    def __init__(self, allow: Iterable[str] = ()) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=httpx.create_ssl_context(trust_env=False),
            max_connections=None,
            max_keepalive_connections=0,
            network_backend=GuardedNetwork(allow),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        assert isinstance(request.stream, httpx.AsyncByteStream)  # noqa: S101 - an async client makes no other
        answer = await self._pool.handle_async_request(
            httpcore.Request(
                request.method,
                httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer), extensions=answer.extensions)

    async def __aenter__(self) -> Self:
        await self._pool.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        await self._pool.__aexit__(kind, error, trace)

    async def aclose(self) -> None:
        await self._pool.aclose()


class _Body(httpx.AsyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._answer.aiter_stream():
            yield chunk

    async def aclose(self) -> None:
        await self._answer.aclose()
