"""The probe of live events: an ASGI application that tells all sockets what one says, on the same server.

`python -m bench.live_bare PORT`; sockets at /listen listen, those at /say are heard.
"""

import asyncio
import sys
import time
from typing import Any

import uvloop
from granian.constants import Interfaces
from granian.server.embed import Server

Inbox = asyncio.Queue[str]
_listening: set[Inbox] = set()


async def app(scope: Any, receive: Any, send: Any) -> None:
    message = await receive()
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})
        return
    await send({"type": "websocket.accept"})
    if scope["path"] == "/say":
        while (message := await receive())["type"] == "websocket.receive":
            told = f'{{"at":"{time.time()}","body":{message["text"]}}}'
            for inbox in _listening:
                inbox.put_nowait(told)
        return
    inbox = Inbox()
    _listening.add(inbox)
    await send({"type": "websocket.send", "text": '{"type":"welcome"}'})
    while True:
        await send({"type": "websocket.send", "text": await inbox.get()})


async def serve(port: int) -> None:
    server = Server(app, address="127.0.0.1", port=port, interface=Interfaces.ASGINL, backlog=1024, log_enabled=False)
    await asyncio.shield(server.serve())


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
