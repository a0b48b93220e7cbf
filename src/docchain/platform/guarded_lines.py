"""Guarded plain connections: lines over TCP, TLS and UDP, to addresses that were checked, never to a name."""

import asyncio
import socket
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from docchain.platform.outgoing import OutgoingNotSentError, OutgoingUnknownError, as_refused
from docchain.platform.outgoing_rules import PrivateAddressError, check_addresses, check_leaving, within_rules

if TYPE_CHECKING:
    import ssl

    from docchain.platform.outgoing_rules import Watch

Transport = Literal["udp", "tcp", "tls"]


class GuardedLines:
    """Sends messages to public addresses, and to the listed `host:port` pairs.

    Args:
        allow: pairs that may be private.
        timeout: seconds for one delivery.
        watch: knows the rules of workspaces; without it, the operator's are all there are.
    """

    def __init__(self, allow: Iterable[str] = (), timeout: float = 10.0, watch: "Watch | None" = None) -> None:
        self._watch = watch
        self._allow = {pair.lower() for pair in allow}
        self._timeout = timeout

    async def send(
        self, transport: Transport, host: str, port: int, messages: Sequence[bytes], *, workspace: UUID | None = None
    ) -> None:
        """Send messages, with a workspace by its rules; over TCP and TLS each behind its length, as RFC 6587 counts.

        Raises:
            OutgoingRefusedError: the address is not allowed; nothing was sent.
            OutgoingNotSentError: no connection; nothing was sent.
            OutgoingUnknownError: the connection broke; nobody knows what arrived.
        """
        try:
            async with asyncio.timeout(self._timeout):
                async with within_rules(self._watch, workspace):
                    address = await self._checked(host, port, transport)
                if transport == "udp":
                    await _datagrams(address, port, messages)
                else:
                    await _stream(address, port, messages, host if transport == "tls" else None)
        except PrivateAddressError as error:
            raise as_refused(error) from None
        except TimeoutError:
            raise OutgoingUnknownError(f"{host}:{port} did not take everything within {self._timeout:g} s.") from None

    async def _checked(self, host: str, port: int, transport: Transport) -> str:
        check_leaving(host)
        kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=kind)
        except (OSError, UnicodeError) as error:
            raise OutgoingNotSentError(f"{host} has no address: {error}") from None
        addresses = [str(info[4][0]) for info in found]
        check_addresses(host, port, addresses, self._allow)
        return addresses[0]


async def _datagrams(address: str, port: int, messages: Sequence[bytes]) -> None:
    loop = asyncio.get_running_loop()
    try:
        transport, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=(address, port))
    except OSError as error:
        raise OutgoingNotSentError(f"{address}:{port} cannot be reached: {error}") from None
    try:
        for message in messages:
            transport.sendto(message)
            await asyncio.sleep(0)
    finally:
        transport.close()


def _trusting() -> "ssl.SSLContext":
    import ssl  # noqa: PLC0415 - few streams need it, and every start would load it

    return ssl.create_default_context()


async def _stream(address: str, port: int, messages: Sequence[bytes], tls_host: str | None) -> None:
    context = None if tls_host is None else _trusting()
    try:
        _, writer = await asyncio.open_connection(address, port, ssl=context, server_hostname=tls_host)
    except OSError as error:
        raise OutgoingNotSentError(f"{address}:{port} cannot be reached: {error}") from None
    try:
        for message in messages:
            writer.write(b"%d %s" % (len(message), message))
            await writer.drain()
        writer.close()
        await writer.wait_closed()
    except OSError as error:
        raise OutgoingUnknownError(f"{address}:{port} broke off: {error}") from None
    finally:
        with suppress(OSError):
            writer.close()
