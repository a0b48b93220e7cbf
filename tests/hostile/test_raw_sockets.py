"""Bytes that no client library would send: each is refused or cut, and the server goes on answering."""

import socket
import time
from collections.abc import Iterator

import pytest
from real_server import RealServer

PATIENCE = 20
LOGIN = b'{"username": "admin", "password": "admin123"}'


@pytest.fixture(scope="module")
def victim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    with RealServer(tmp_path_factory.mktemp("victim"), DOCCHAIN_HEAD_TIMEOUT="1") as started:
        yield started


def spoken(server: RealServer, *parts: bytes, end: bool = True) -> bytes:
    """Send these bytes, one packet after the other; return everything that is answered until the server closes."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        heard = bytearray()
        try:
            for part in parts:
                connection.sendall(part)
                time.sleep(0.02)
            if end:
                connection.shutdown(socket.SHUT_WR)
            while chunk := connection.recv(65536):
                heard += chunk
        except TimeoutError:
            raise
        except OSError:
            pass  # the server has closed the connection already
        return bytes(heard)


def statuses(heard: bytes) -> list[int]:
    """The status of each answer on the connection."""
    lines = heard.split(b"HTTP/1.1 ")[1:]
    return [int(line[:3]) for line in lines]


def head(*lines: bytes, path: bytes = b"/health/live", method: bytes = b"GET") -> bytes:
    return b"\r\n".join([method + b" " + path + b" HTTP/1.1", b"Host: x", *lines]) + b"\r\n\r\n"


REFUSED = {
    "no HTTP at all": b"hello\r\n\r\n",
    "no method": b" / HTTP/1.1\r\nHost: x\r\n\r\n",
    "no version": b"GET /health/live\r\nHost: x\r\n\r\n",
    "an unknown version": b"GET /health/live HTTP/9.9\r\nHost: x\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(200)),
    "a space in the path": head(path=b"/health/live x"),
    "raw bytes in the path": head(path=b"/health/\xff\xfe"),
    "a header without a colon": head(b"Nonsense"),
    "a space before the colon": head(b"Accept : */*"),
    "a NUL in a header": head(b"Accept: \x00"),
    "a folded header": head(b"Accept: a", b" b: c"),
    "a negative length": head(b"Content-Length: -1"),
    "a length that is no number": head(b"Content-Length: 1e3"),
    "two lengths": head(b"Content-Length: 5", b"Content-Length: 6"),
    "an endless header": head(b"X-Long: " + b"a" * 2_000_000),
    "an endless path": head(path=b"/" + b"a" * 2_000_000),
    "ten thousand headers": head(*(b"X-%d: a" % number for number in range(10_000))),
}


@pytest.mark.parametrize("sent", REFUSED.values(), ids=REFUSED)
def test_what_is_no_request_is_refused(victim, sent):
    heard = spoken(victim, sent)
    assert all(400 <= status < 500 for status in statuses(heard)), heard[:200]
    assert b"Traceback" not in heard
    assert statuses(spoken(victim, head(b"Connection: close"), end=False)) == [200]


def test_a_request_in_tiny_pieces_is_one_request(victim):
    request = head(b"Connection: close")
    assert statuses(spoken(victim, *(request[at : at + 3] for at in range(0, len(request), 3)), end=False)) == [200]


SECRET = head(path=b"/api/v3/auth/me")
SMUGGLED = {
    "length and chunks": (b"Content-Length: %d" % len(b"0\r\n\r\n" + SECRET), b"Transfer-Encoding: chunked"),
    "chunks under another name": (b"Content-Length: 5", b"Transfer-Encoding: xchunked"),
    "chunks twice": (b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity"),
    "a tab before chunked": (b"Content-Length: 5", b"Transfer-Encoding:\x0bchunked"),
}


@pytest.mark.parametrize("framing", SMUGGLED.values(), ids=SMUGGLED)
def test_no_request_hides_in_the_body_of_another(victim, framing):
    """A proxy that believes one header and a server that believes the other would see different requests."""
    sent = head(b"Content-Type: application/json", *framing, path=b"/api/v3/auth/login", method=b"POST")
    heard = spoken(victim, sent + b"0\r\n\r\n" + SECRET)
    told = statuses(heard)
    assert len(told) <= 1 or told[0] == 400, heard[:400]
    assert 200 not in told


BROKEN_BODIES = {
    "a chunk size that is no number": b"zz\r\nhello\r\n0\r\n\r\n",
    "a chunk larger than said": b"2\r\nhello\r\n0\r\n\r\n",
    "a chunk size without end": b"f" * 100_000,
    "no last chunk": b"5\r\nhello\r\n",
}


@pytest.mark.parametrize("body", BROKEN_BODIES.values(), ids=BROKEN_BODIES)
def test_a_body_that_breaks_off_has_no_effect(victim, body):
    lines = (b"Content-Type: application/json", b"Transfer-Encoding: chunked")
    heard = spoken(victim, head(*lines, path=b"/api/v3/auth/login", method=b"POST") + body)
    assert all(400 <= status < 500 for status in statuses(heard)), heard[:200]
    assert statuses(spoken(victim, head(b"Connection: close"), end=False)) == [200]


@pytest.mark.parametrize("begun", [b"", b"GET /health/live HTTP/1.1\r\nHos"], ids=["nothing", "half a head"])
def test_who_connects_and_says_nothing_is_sent_away(victim, begun):
    began = time.monotonic()
    heard = spoken(victim, begun, end=False)
    assert time.monotonic() - began < PATIENCE
    assert statuses(heard) in ([], [408])


def test_five_hundred_silent_connections_keep_nobody_out(victim):
    silent = [socket.create_connection(("127.0.0.1", victim.port)) for _ in range(500)]
    try:
        for connection in silent:
            connection.sendall(b"POST /api/v3/auth/login HTTP/1.1\r\nHost: x\r\nContent-Le")
        began = time.monotonic()
        sign_in = head(
            b"Content-Type: application/json",
            b"Content-Length: %d" % len(LOGIN),
            b"Connection: close",
            path=b"/api/v3/auth/login",
            method=b"POST",
        )
        assert statuses(spoken(victim, sign_in + LOGIN, end=False)) == [200]
        assert time.monotonic() - began < 5
    finally:
        for connection in silent:
            connection.close()
