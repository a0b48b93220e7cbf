"""Streams to real files, sockets and an HTTP server: in order, at least once, going on where they were."""

import asyncio
import base64
import hmac
import ipaddress
import json
import socket
import ssl
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from docchain.features.audit.senders import Senders
from docchain.features.audit.stream_schemas import StreamRequest
from docchain.features.audit.streaming import Streamer
from docchain.features.audit.streams import StreamService
from docchain.platform.guarded_lines import GuardedLines
from docchain.platform.outgoing import Outgoing
from docchain.platform.pagination import PageRequest

TYPES = ("workflow.created", "document.uploaded", "session.sign_in_failed")


def streamer(house, *pairs, file_bytes=1_000_000):
    senders = Senders(house.folder / "streams", file_bytes, Outgoing(pairs), GuardedLines(pairs, 5), "secret")
    return Streamer(house.database, senders, 0.1)


async def stream(house, kind, target, types=()):
    wanted = StreamRequest(name="siem", kind=kind, target=target, types=list(types))
    return await house.database.write(lambda work: StreamService(work).create(wanted, 20), house.ana)


async def shown(house):
    page = await house.database.read(lambda work: StreamService(work).list(PageRequest()), house.ana)
    return page.items[0]


@asynccontextmanager
async def listener(answer=b"", tls=None):
    """A server that keeps what each connection sent."""
    received, arrived = [], asyncio.Event()

    async def take(reader, writer):
        if answer:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
            received.append((head, await reader.readexactly(length)))
            writer.write(answer)
            await writer.drain()
        else:
            received.append(await reader.read())
        writer.close()
        arrived.set()

    server = await asyncio.start_server(take, "127.0.0.1", 0, ssl=tls)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}", received, arrived
    finally:
        server.close()


def messages(octets):
    """What RFC 6587 counted."""
    found = []
    while octets:
        length, _, octets = octets.partition(b" ")
        found.append(octets[: int(length)])
        octets = octets[int(length) :]
    return found


def told(message):
    return json.loads(message.partition(b"\xef\xbb\xbf")[2])


async def test_a_file_gets_what_happens_from_now_on_in_order_and_once(house):
    await house.happen("workflow.created")
    await stream(house, "file", "security")
    await house.happen(*TYPES)
    await house.happen("workflow.created", actor=house.eve)
    await streamer(house).catch_up()
    await streamer(house).catch_up()
    (file,) = (house.folder / "streams" / str(house.ours)).iterdir()
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [line["type"] for line in lines] == ["audit_stream.created", *TYPES]
    assert (await shown(house)).delivered == 4


async def test_only_wanted_types_and_a_new_file_when_one_is_full(house):
    await stream(house, "file", "security", ["session.*"])
    for _ in range(3):
        await house.happen(*TYPES)
        await streamer(house, file_bytes=10).catch_up()
    files = sorted(path.name for path in (house.folder / "streams" / str(house.ours)).iterdir())
    assert files == ["security-10.jsonl", "security-7.jsonl", "security.jsonl"]


async def test_syslog_over_tcp(house):
    async with listener() as (pair, received, arrived):
        await stream(house, "syslog", f"syslog+tcp://{pair}", ["session.*", "workflow.*"])
        await house.happen(*TYPES)
        await streamer(house, pair).catch_up()
        await arrived.wait()
    first, second = messages(received[0])
    assert first.startswith(b"<110>1 2026-05-01T12:00:00.000000Z ")
    assert b" docchain " in first
    assert b" workflow.created - \xef\xbb\xbf{" in first
    assert second.startswith(b"<108>1 ")
    assert told(second)["type"] == "session.sign_in_failed"


async def test_syslog_over_udp(house):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(5)
        pair = f"127.0.0.1:{receiver.getsockname()[1]}"
        await stream(house, "syslog", f"syslog+udp://{pair}", ["session.*"])
        await house.happen(*TYPES)
        await streamer(house, pair).catch_up()
        message = await asyncio.to_thread(receiver.recv, 65_536)
    assert told(message)["type"] == "session.sign_in_failed"


def certificate(folder):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = (
        builder.not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(address, critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, private = folder / "cert.pem", folder / "key.pem"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    forms = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    private.write_bytes(key.private_bytes(serialization.Encoding.PEM, *forms))
    return pem, private


async def test_syslog_over_tls_trusts_only_who_is_trusted(house, tmp_path, monkeypatch):
    pem, private = certificate(tmp_path)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(pem, private)
    async with listener(tls=tls) as (pair, received, arrived):
        await stream(house, "syslog", f"syslog+tls://{pair}", ["session.*"])
        await house.happen(*TYPES)
        await streamer(house, pair).catch_up()
        assert "certificate verify failed" in (await shown(house)).trouble
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
        await streamer(house, pair).catch_up()
        await arrived.wait()
    assert told(messages(received[-1])[0])["type"] == "session.sign_in_failed"
    assert (await shown(house)).trouble == ""


async def test_a_webhook_is_signed_and_a_refusal_is_tried_again(house):
    made = streamer(house)
    async with listener(b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n") as (pair, refused, _):
        url = f"http://{pair}/hook"
        kept = await stream(house, "webhook", url, ["session.*"])
        await house.happen(*TYPES)
        await streamer(house, pair).catch_up()
        assert len(refused) == 1
        found = await shown(house)
        assert (found.trouble, found.delivered) == ("It answered 503.", 0)
    port = int(pair.rpartition(":")[2])

    received = []

    async def take(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
        received.append((head.decode(), await reader.readexactly(length)))
        writer.write(b"HTTP/1.1 204 Good\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", port)
    await streamer(house, pair).catch_up()
    server.close()
    head, body = received[0]
    headers = dict(line.split(": ", 1) for line in head.lower().split("\r\n")[1:] if line)
    original = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
    key = base64.b64decode(made.senders.signing_key(kept.id).removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    mac = base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
    assert {name.lower(): value for name, value in original.items()}["webhook-signature"] == f"v1,{mac}"
    assert [entry["type"] for entry in json.loads(body)["entries"]] == ["session.sign_in_failed"]
    found = await shown(house)
    assert (found.trouble, found.delivered) == ("", 1)


async def test_who_fails_waits_longer_and_longer(house):
    async with listener(b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n") as (pair, refused, _):
        made, attempts = streamer(house, pair), []
        await stream(house, "webhook", f"http://{pair}/")
        since = house.clock.now()
        for seconds in (0, 0.9, 0.2, 1.7, 0.4):
            house.clock.advance(seconds=seconds)
            await made.catch_up()
            attempts.append(len(refused))
    assert attempts == [1, 1, 2, 2, 3]
    assert (await shown(house)).troubled_since == since


@pytest.mark.parametrize("target", ["syslog+tcp://127.0.0.1:514", "syslog+udp://[::1]:514"])
async def test_private_addresses_are_not_sent_to(house, target):
    await stream(house, "syslog", target)
    await streamer(house).catch_up()
    assert (await shown(house)).trouble.endswith(
        "which is not public. List it in DOCCHAIN_OUTGOING_ALLOW to permit it."
    )


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("file", "../etc/passwd"),
        ("file", "/tmp/x"),  # noqa: S108 - refused
        ("syslog", "http://logs.example.com"),
        ("syslog", "syslog+tcp://logs.example.com"),
        ("webhook", "file:///etc/passwd"),
        ("webhook", "https://user:password@example.com/"),
    ],
)
def test_targets_that_are_none(kind, target):
    with pytest.raises(ValueError, match="target\n  Value error"):
        StreamRequest(name="x", kind=kind, target=target)
