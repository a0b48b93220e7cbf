"""A real IMAP server of the test, plain or with STARTTLS; before it, on wish, a door that speaks TLS at once."""

import asyncio
import datetime as dt
import ipaddress
import queue
import socket
import ssl
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

USER, PASSWORD = "demouser", "demopass"


@contextmanager
def imap_server(folder, *options):
    """Its port; without options of its own it speaks no TLS."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    chosen = options or ("--no-tls",)
    command = [str(Path(sys.executable).parent / "pymap"), *chosen, "--host", "127.0.0.1", "--port", str(number)]
    log = folder / "log"
    with log.open("wb") as out, subprocess.Popen([*command, "dict", "--demo-data"], stdout=out, stderr=out) as process:  # noqa: S603 - a server of the test
        try:
            _until_open(process, number, log)
            yield number
        finally:
            process.kill()


def _until_open(process, port, log):
    end = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.05)
        else:
            return


@contextmanager
def tls_door(port, certificate, key):
    """A port where TLS is spoken at once, before a plain server."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    opened = queue.SimpleQueue()

    async def passed(reader, writer):
        with suppress(OSError, ssl.SSLError):
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
        writer.close()

    async def serve(reader, writer):
        inner, out = await asyncio.open_connection("127.0.0.1", port)
        try:
            await asyncio.gather(passed(reader, out), passed(inner, writer))
        finally:
            out.close()
            writer.close()

    async def run():
        over = asyncio.Event()
        async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context) as server:
            opened.put((server.sockets[0].getsockname()[1], asyncio.get_running_loop(), over))
            await over.wait()

    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()
    number, loop, over = opened.get(timeout=30)
    try:
        yield number
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()


def an_authority(name):
    """A certificate that may sign others, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    return _signed(name, key.public_key(), (name, key), x509.BasicConstraints(ca=True, path_length=None)), key


def written_by(folder, authority, *hosts):
    """Files with a certificate for these hosts and its key, signed by an authority; and one with the authority."""
    root, root_key = authority
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = root.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value
    named = [x509.IPAddress(ipaddress.ip_address(host)) if host[0].isdigit() else x509.DNSName(host) for host in hosts]
    made = _signed(hosts[0], key.public_key(), (issuer, root_key), x509.SubjectAlternativeName(named))
    paths = folder / "cert.pem", folder / "key.pem", folder / "authority.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem = serialization.Encoding.PEM
    for path, data in zip(paths, (made.public_bytes(pem), private, root.public_bytes(pem)), strict=True):
        path.write_bytes(data)
    return paths


def _signed(name, public, signer, extension):
    issuer, key = signer
    now = dt.datetime.now(dt.UTC)
    named = [x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)]) for text in (name, issuer)]
    return (
        x509.CertificateBuilder()
        .subject_name(named[0])
        .issuer_name(named[1])
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        .sign(key, hashes.SHA256())
    )
