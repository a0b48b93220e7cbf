"""A search server that answers as its documentation says it does, and keeps what it was sent."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any


class Scripted:
    """`sent` is what came: method, path and body (lines, where there are several)."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self._answers = answers
        self.sent: list[tuple[str, str, Any]] = []
        self.url = ""

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        method, path, _ = head.split(" ", 2)
        lengths = [line.split(":")[1] for line in head.lower().splitlines() if line.startswith("content-length:")]
        body = (await reader.readexactly(int(lengths[0]))).decode() if lengths else ""
        lines = [json.loads(line) for line in body.splitlines()]
        self.sent.append((method, path, lines if len(lines) > 1 else lines[0] if lines else None))
        known = next((value for place, value in self._answers.items() if place in f"{method} {path}"), None)
        text = json.dumps({} if known is None else known).encode()
        status = "404 Not Found" if known is None else "200 OK"
        kind = "Content-Type: application/json\r\nConnection: close"
        writer.write(f"HTTP/1.1 {status}\r\n{kind}\r\nContent-Length: {len(text)}\r\n\r\n".encode() + text)
        await writer.drain()
        writer.close()

    def bodies(self, place: str) -> list[Any]:
        """What was sent to paths that have this in them."""
        return [body for method, path, body in self.sent if place in f"{method} {path}"]


@asynccontextmanager
async def scripted(answers: Mapping[str, Any]) -> AsyncIterator[Scripted]:
    script = Scripted(answers)
    server = await asyncio.start_server(script.answer, "127.0.0.1", 0)
    script.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield script
