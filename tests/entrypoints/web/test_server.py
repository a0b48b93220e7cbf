"""The server as a real process: it comes up fast, says where to look, and leaves in good order."""

import asyncio
import os
import re
import signal
import socket
import sys
import time

import httpx
import pytest

EVERYWHERE = "0.0.0.0"  # noqa: S104 - what is refused


class Process:
    """A server process and what it printed when it was ready."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.printed = ""
        self.url = ""

    async def until_ready(self) -> None:
        assert self.process.stderr
        async with asyncio.timeout(30):
            while "Stop with" not in self.printed:
                line = await self.process.stderr.readline()
                assert line, f"The server ended: {self.printed}"
                self.printed += line.decode()
        self.url = re.search(r"http://[\d.]+:\d+", self.printed)[0]

    async def rest(self) -> str:
        assert self.process.stderr
        return self.printed + (await self.process.stderr.read()).decode()


@pytest.fixture
async def start(tmp_path):
    started = []
    hup = signal.signal(signal.SIGHUP, signal.SIG_DFL)  # a suite in the background hands down that they are ignored
    interrupt = signal.signal(signal.SIGINT, signal.default_int_handler)

    async def start(**settings: str) -> Process:
        environment = os.environ | {"DOCCHAIN_DATA_DIR": str(tmp_path), "DOCCHAIN_PORT": "0"} | settings
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "docchain", "serve", env=environment, stderr=asyncio.subprocess.PIPE
        )
        started.append(process)
        return Process(process)

    yield start
    signal.signal(signal.SIGHUP, hup)
    signal.signal(signal.SIGINT, interrupt)
    for process in started:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
async def test_whoever_stops_it_is_named_in_its_last_lines(start, number):
    server = await start()
    await server.until_ready()
    server.process.send_signal(number)
    said = await server.rest()
    assert await server.process.wait() == 0
    assert re.search(rf"stopping +reason={number.name}", said)


async def test_a_crash_of_native_code_says_where_it_was(start):
    server = await start()
    await server.until_ready()
    server.process.send_signal(signal.SIGSEGV)
    said = await server.rest()
    assert await server.process.wait() == -signal.SIGSEGV
    assert "Fatal Python error: Segmentation fault" in said


async def test_it_outlives_those_who_read_its_log(start):
    server = await start()
    await server.until_ready()
    server.process._transport.get_pipe_transport(2).close()  # noqa: SLF001 - there is no other way to hang up
    async with httpx.AsyncClient(base_url=server.url) as client:
        for _ in range(5):
            assert (await client.get("/api/v3/workflows")).status_code == 401
    server.process.send_signal(signal.SIGTERM)
    assert await server.process.wait() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_serves_and_stops_within_three_seconds(start, number):
    server = await start()
    await server.until_ready()
    assert "Sign in   admin / admin123  (development only)" in server.printed
    assert "WARNING   Everybody knows this password." in server.printed
    async with httpx.AsyncClient(base_url=server.url) as client:
        assert (await client.get("/health")).json()["status"] == "ok"
        body = {"username": "admin", "password": "admin123"}
        token = (await client.post("/api/v3/security/auth/login", json=body)).json()["access_token"]
        me = await client.get("/api/v3/auth/me", headers={"authorization": f"Bearer {token}"})
        assert me.json()["user"]["username"] == "admin"
        began = time.monotonic()
        server.process.send_signal(number)  # with a connection still open
        async with asyncio.timeout(10):
            assert await server.process.wait() == 0
        assert time.monotonic() - began < 3
    told = [" ".join(line.split()[3:]) for line in (await server.rest()).splitlines() if "[info" in line]
    stopping = [line for line in told if line.startswith("stop")]  # a text under way may still be told of in between
    assert stopping == [f"stopping reason={number.name}", "stopped unfinished_requests=False"]
    assert told[-1] == stopping[-1]


BODY = b'{"username": "admin", "password": "admin123"}'
HEAD = (
    b"POST /api/v3/auth/login HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
    b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(BODY)
)


async def request_under_way(server: Process) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Begin a request; the server has it in hand and reads its body."""
    host, _, port = server.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(HEAD)
    assert await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10) == b"HTTP/1.1 100 Continue\r\n\r\n"
    return reader, writer


async def test_a_request_under_way_is_finished(start):
    server = await start()
    await server.until_ready()
    reader, writer = await request_under_way(server)
    server.process.terminate()
    writer.write(BODY)
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert await asyncio.wait_for(server.process.wait(), 10) == 0


async def test_a_request_that_never_ends_does_not_hold_the_stop(start):
    server = await start(DOCCHAIN_STOP_TIMEOUT="0.5")
    await server.until_ready()
    _, writer = await request_under_way(server)
    began = time.monotonic()
    server.process.terminate()
    assert await asyncio.wait_for(server.process.wait(), 10) == 0
    assert time.monotonic() - began < 3
    writer.close()


async def test_a_second_signal_ends_it_at_once(start):
    server = await start(DOCCHAIN_STOP_TIMEOUT="60")
    await server.until_ready()
    _, writer = await request_under_way(server)
    server.process.terminate()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(server.process.wait(), 0.3)
    server.process.terminate()
    assert await asyncio.wait_for(server.process.wait(), 5) == 130
    writer.close()


async def test_a_busy_port_is_named(start):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = await start(DOCCHAIN_PORT=str(port))
        assert f"Cannot listen on 127.0.0.1:{port}: Address already in use." in await server.rest()
    assert await server.process.wait() != 0


async def test_the_default_password_is_for_this_machine_only(start):
    server = await start(DOCCHAIN_HOST=EVERYWHERE)
    assert "Not listening on 0.0.0.0 with the default password." in await server.rest()
    assert await server.process.wait() != 0


async def test_an_own_password_is_not_printed(start):
    server = await start(DOCCHAIN_HOST=EVERYWHERE, DOCCHAIN_ADMIN_PASSWORD="own secret")
    await server.until_ready()
    assert "own secret" not in server.printed


class Caller:
    """One connection that asks, reads the answer, and asks again, until it is told to connect elsewhere."""

    def __init__(self, url: str, token: str) -> None:
        host, _, port = url.removeprefix("http://").partition(":")
        self._place = host, int(port)
        head = f"Host: x\r\nAuthorization: Bearer {token}\r\nContent-Length: 0\r\n"
        self._request = f"POST /api/v3/workflows/1/execute HTTP/1.1\r\n{head}\r\n".encode()
        self.answered: list[int] = []
        self.lost = 0
        self.began = asyncio.Event()

    async def ask(self) -> None:
        reader, writer = await asyncio.open_connection(*self._place)
        last = False
        while not last:
            writer.write(self._request)
            try:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(re.search(rb"(?i)content-length: (\d+)", head)[1])
                await reader.readexactly(length)
            except (asyncio.IncompleteReadError, ConnectionError):
                self.lost += 1
                break
            self.answered.append(int(head.split(b" ", 2)[1]))
            self.began.set()
            last = b"connection: close" in head.lower()
        writer.close()


async def test_a_stop_under_load_answers_whatever_it_accepted(start):
    server = await start()
    await server.until_ready()
    async with httpx.AsyncClient(base_url=f"{server.url}/api/v3") as client:
        body = {"username": "admin", "password": "admin123"}
        token = (await client.post("/auth/login", json=body)).json()["access_token"]
        client.headers["authorization"] = f"Bearer {token}"
        definition = {"workflow": "empty", "steps": []}
        assert (await client.post("/workflows", json={"definition": definition})).status_code == 201
    callers = [Caller(server.url, token) for _ in range(32)]
    asking = [asyncio.create_task(caller.ask()) for caller in callers]
    async with asyncio.timeout(30):
        await asyncio.gather(*(caller.began.wait() for caller in callers))
    began = time.monotonic()
    server.process.terminate()
    await asyncio.wait_for(asyncio.gather(*asking), 10)
    assert await asyncio.wait_for(server.process.wait(), 10) == 0
    assert time.monotonic() - began < 3
    assert sum(caller.lost for caller in callers) == 0
    answers = [status for caller in callers for status in caller.answered]
    assert set(answers) == {202}

    again = await start()
    await again.until_ready()
    async with httpx.AsyncClient(
        base_url=f"{again.url}/api/v3", headers={"authorization": f"Bearer {token}"}
    ) as client:
        listed = (await client.get("/runs?limit=1&total=true")).json()
    assert listed["total"] == len(answers)


async def test_a_server_that_stops_says_so_while_it_still_answers(start):
    server = await start(DOCCHAIN_STOP_LINGER="5")
    await server.until_ready()
    async with httpx.AsyncClient(base_url=server.url) as client:
        assert (await client.get("/health/ready")).status_code == 200
        _, writer = await request_under_way(server)
        server.process.terminate()
        async with asyncio.timeout(5):
            while (answer := await client.get("/health/ready")).status_code == 200:
                pass
    assert (answer.status_code, answer.headers["connection"]) == (503, "close")
    assert answer.json()["checks"]["stopping"]["detail"] == "The server stops; ask another one."
    writer.close()
