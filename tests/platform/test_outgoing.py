"""Nothing private is reached unless listed, and every failure says whether anything was sent."""

import asyncio
import socket

import pytest

from docchain.platform.addresses import is_public
from docchain.platform.outgoing import (
    Outgoing,
    OutgoingNotSentError,
    OutgoingRefusedError,
    OutgoingTooLargeError,
    OutgoingUnknownError,
)

PRIVATE = [
    "127.0.0.1",
    "127.8.9.10",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "0.0.0.0",  # noqa: S104 - the point
    "255.255.255.255",
    "224.0.0.1",
    "240.0.0.1",
    "::1",
    "::",
    "fe80::1%eth0",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "64:ff9b::10.0.0.1",
    "2002:7f00:1::",
    "2001:0:4136:e378:8000:63bf:f5ff:fffe",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_private_however_it_is_written(address):
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "93.184.215.14", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_a_public_address_is_public(address):
    assert is_public(address)


class Server:
    """A real server that answers every connection with prepared bytes."""

    def __init__(self):
        self.requests = []
        self.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Seen: yes\r\n\r\nok"
        self.hold = False
        self.writers = []

    async def __aenter__(self):
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]
        self.pair = f"127.0.0.1:{self.port}"
        self.released, self.dropped = asyncio.Event(), asyncio.Event()
        return self

    async def __aexit__(self, *_):
        self.released.set()
        for writer in self.writers:
            writer.close()
        self.server.close()
        await self.server.wait_closed()

    async def _serve(self, reader, writer):
        self.writers.append(writer)
        try:
            self.requests.append(await reader.readuntil(b"\r\n\r\n"))
        except asyncio.IncompleteReadError:
            self.dropped.set()
            return
        writer.write(self.answer)
        if self.hold:
            await writer.drain()
            await self.released.wait()
        writer.close()


@pytest.fixture
async def server():
    async with Server() as running:
        yield running


@pytest.fixture
async def outgoing(server):
    made = Outgoing([server.pair, f"localhost:{server.port}", "redirected:80"], timeout=10, max_bytes=1000)
    yield made
    await made.close()


async def test_a_listed_address_is_called(server, outgoing):
    answer = await outgoing.send("POST", f"http://{server.pair}/in?x=1", headers={"X-Key": "7"}, content=b"hi")
    assert (answer.status, answer.body, answer.headers["x-seen"]) == (200, b"ok", "yes")
    assert server.requests[0].startswith(b"POST /in?x=1 HTTP/1.1\r\nHost: 127.0.0.1:")
    assert b"X-Key: 7" in server.requests[0]


async def test_a_listed_name_is_called(server, outgoing):
    assert (await outgoing.send("GET", f"http://localhost:{server.port}/")).status == 200


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "0"])
async def test_an_unlisted_private_address_is_refused_before_anything_is_sent(server, host):
    outgoing = Outgoing()
    with pytest.raises(OutgoingRefusedError, match=r"which is not public. List it in DOCCHAIN_OUTGOING_ALLOW"):
        await outgoing.send("GET", f"http://{host}:{server.port}/")
    assert server.requests == []
    await outgoing.close()


async def test_a_listing_is_for_one_port_only(server, outgoing):
    with pytest.raises(OutgoingRefusedError):
        await outgoing.send("GET", f"http://127.0.0.1:{server.port + 1}/")


async def test_the_address_that_was_checked_is_the_one_that_is_called(server, monkeypatch):
    """A name that changes its address between two look-ups: there is no second look-up."""
    looked_up = []
    answers = [[(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.port))]] * 9

    async def look_up(host, _port, **_):
        looked_up.append(host)
        return answers.pop()

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", look_up)
    outgoing = Outgoing([f"rebind.test:{server.port}"])
    assert (await outgoing.send("GET", f"http://rebind.test:{server.port}/")).status == 200
    assert [host for host in looked_up if host == "rebind.test"] == ["rebind.test"]
    await outgoing.close()


async def test_one_private_address_among_public_ones_is_enough_to_refuse(monkeypatch):
    async def look_up(_host, port, **_):
        return [(2, 1, 6, "", ("8.8.8.8", port)), (2, 1, 6, "", ("10.0.0.1", port))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", look_up)
    outgoing = Outgoing()
    with pytest.raises(OutgoingRefusedError, match=r"two.test has the address 10.0.0.1"):
        await outgoing.send("GET", "http://two.test/")
    await outgoing.close()


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://example.org/", "nonsense", "http://", "gopher://x"])
async def test_only_web_addresses_are_called(outgoing, url):
    with pytest.raises(OutgoingRefusedError):
        await outgoing.send("GET", url)


async def test_a_redirect_is_an_answer_and_is_not_followed(server, outgoing):
    server.answer = b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n"
    assert (await outgoing.send("GET", f"http://{server.pair}/")).status == 302
    assert len(server.requests) == 1


async def test_a_proxy_of_the_environment_is_not_used(server, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    outgoing = Outgoing([server.pair])
    assert (await outgoing.send("GET", f"http://{server.pair}/")).status == 200
    await outgoing.close()


async def test_a_refused_connection_means_nothing_was_sent(server, outgoing):
    server.server.close()
    await server.server.wait_closed()
    with pytest.raises(OutgoingNotSentError, match="Nothing was sent"):
        await outgoing.send("POST", f"http://{server.pair}/", content=b"x")


async def test_a_failed_tls_handshake_means_nothing_was_sent(server, outgoing):
    with pytest.raises(OutgoingNotSentError):
        await outgoing.send("POST", f"https://{server.pair}/", content=b"x", timeout=0.5)
    async with asyncio.timeout(5):
        await server.dropped.wait()


async def test_an_unknown_name_means_nothing_was_sent(outgoing):
    with pytest.raises(OutgoingNotSentError, match=r"no-such-host.invalid has no address"):
        await outgoing.send("GET", "http://no-such-host.invalid/")


async def test_a_closed_connection_without_an_answer_leaves_the_outcome_unknown(server, outgoing):
    server.answer = b""
    with pytest.raises(OutgoingUnknownError, match="The request was sent") as caught:
        await outgoing.send("POST", f"http://{server.pair}/", content=b"x")
    assert caught.value.status is None


async def test_an_answer_that_does_not_come_in_time_leaves_the_outcome_unknown(server, outgoing):
    server.answer, server.hold = b"", True
    with pytest.raises(OutgoingUnknownError, match="it took too long"):
        await outgoing.send("POST", f"http://{server.pair}/", content=b"x", timeout=0.2)
    assert len(server.requests) == 1


async def test_a_cut_answer_is_unknown_but_tells_its_status(server, outgoing):
    server.answer = b"HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\nhalf"
    with pytest.raises(OutgoingUnknownError) as caught:
        await outgoing.send("POST", f"http://{server.pair}/", content=b"x")
    assert caught.value.status == 201


async def test_a_dripping_answer_ends_with_the_time_for_the_whole_call(server, outgoing):
    server.answer, server.hold = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", True
    with pytest.raises(OutgoingUnknownError) as caught:
        await outgoing.send("GET", f"http://{server.pair}/", timeout=0.2)
    assert caught.value.status == 200


async def test_an_answer_beyond_the_limit_is_cut_off(server, outgoing):
    server.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + b"x" * 5000
    with pytest.raises(OutgoingTooLargeError, match="larger than 1000 bytes") as caught:
        await outgoing.send("GET", f"http://{server.pair}/")
    assert caught.value.status == 200


async def test_many_calls_go_out_at_once(server, outgoing):
    answers = await asyncio.gather(*(outgoing.send("GET", f"http://{server.pair}/{n}") for n in range(100)))
    assert {answer.status for answer in answers} == {200}
    assert len({request.split(b" ")[1] for request in server.requests}) == 100
