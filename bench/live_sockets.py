"""A thousand sockets in one process, as cheap as they get: when each of them heard of what happened."""

import asyncio
import re
import socket
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any, Final

_HEAD: Final = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{headers}\r\n"
)
_WINDOW: Final = 50
_PATIENCE: Final = 60
_SHORT: Final = 126


class Count:
    """Grows, and wakes who waits until it has grown so far."""

    def __init__(self) -> None:
        self.value = self._wanted = 0
        self._reached = asyncio.Event()

    def add(self) -> None:
        self.value += 1
        if self.value >= self._wanted:
            self._reached.set()

    async def until(self, wanted: int) -> None:
        self._wanted = wanted
        if self.value < wanted:
            self._reached.clear()
            async with asyncio.timeout(_PATIENCE):
                await self._reached.wait()


class Ears:
    """What all sockets heard, by the moment that a message carries.

    Args:
        moment: finds it.
        seconds: reads it.
    """

    def __init__(self, moment: bytes, seconds: Callable[[bytes], float]) -> None:
        self.ready, self.total = Count(), Count()
        self._moment = re.compile(moment)
        self._seconds = seconds
        self._heard: defaultdict[bytes, list[float]] = defaultdict(list)

    def took(self, data: bytes) -> None:
        now = time.time()
        for moment in self._moment.findall(data):
            self._heard[moment].append(now)
            self.total.add()

    def delays(self) -> list[float]:
        return [now - self._seconds(moment) for moment, heard in self._heard.items() for now in heard]


class Ear(asyncio.Protocol):
    """Says nothing but its handshake; frames are searched for moments, not read."""

    def __init__(self, ears: Ears, hello: bytes, awaited: bytes) -> None:
        self._ears = ears
        self._hello = hello
        self._awaited = awaited
        self._ready = False

    def connection_made(self, transport: Any) -> None:
        transport.write(self._hello)

    def data_received(self, data: bytes) -> None:
        if self._ready:
            self._ears.took(data)
        elif self._awaited in data:
            self._ready = True
            self._ears.ready.add()


async def open_sockets(count: int, port: int, hello: bytes, awaited: bytes, ears: Ears) -> list[Any]:
    """Open them, some at a time; all have got what the server says first."""
    transports, loop = [], asyncio.get_running_loop()
    for number in range(count):
        transport, _ = await loop.create_connection(lambda: Ear(ears, hello, awaited), "127.0.0.1", port)
        transports.append(transport)
        await ears.ready.until(number - _WINDOW)
    await ears.ready.until(count)
    return transports


def handshake(path: str, headers: str = "") -> bytes:
    return _HEAD.format(path=path, headers=headers).encode()


def open_slow(port: int, hello: bytes, order: bytes) -> socket.socket:
    """A client that gives one short order and then reads nothing; its system keeps little for it."""
    own = socket.socket()
    own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    own.connect(("127.0.0.1", port))
    own.sendall(hello)
    while b'"welcome"' not in own.recv(4_096):
        pass
    assert len(order) < _SHORT  # noqa: S101 - longer ones are framed otherwise
    own.sendall(bytes((0x81, 0x80 | len(order))) + bytes(4) + order)
    return own
