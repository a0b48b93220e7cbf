"""The server itself speaks TLS where the settings name a certificate, and no old version of it."""

import os
import re
import ssl
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of this machine that nobody else signed, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "certificate.pem", folder / "key.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return public, private


@pytest.fixture
def serve(tmp_path):
    """Start `docchain serve`; what it said, and the process."""
    started = []

    def start(**settings: str) -> tuple[str, subprocess.Popen]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DOCCHAIN_")}
        own = {"DOCCHAIN_DATA_DIR": str(tmp_path / "data"), "DOCCHAIN_PORT": "0", "DOCCHAIN_EXAMPLE_WORKSPACE": "false"}
        log = tmp_path / "server.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "docchain", "serve"], env=kept | own | settings, stdout=out, stderr=out
            )
        started.append(process)
        end = time.monotonic() + 60
        while "Stop with" not in (said := log.read_text()) and process.poll() is None and time.monotonic() < end:
            time.sleep(0.05)
        return said, process

    yield start
    for process in started:
        process.terminate()
        process.wait(20)


def test_a_server_with_a_certificate_speaks_tls_only(serve, tmp_path) -> None:
    public, private = certificate(tmp_path)
    said, _ = serve(DOCCHAIN_TLS_CERTIFICATE=str(public), DOCCHAIN_TLS_KEY=str(private))
    url = re.search(r"https://127\.0\.0\.1:\d+", said)
    assert url, said

    trusting = ssl.create_default_context(cafile=str(public))
    answer = httpx.get(f"{url[0]}/health/live", verify=trusting)
    assert answer.status_code == 200
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"

    with pytest.raises(httpx.TransportError):
        httpx.get(f"{url[0].replace('https', 'http')}/health/live")

    old = ssl.create_default_context(cafile=str(public))
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url[0]}/health/live", verify=old)


def test_a_key_of_another_certificate_is_told_before_anybody_is_served(serve, tmp_path) -> None:
    public, _ = certificate(tmp_path)
    (tmp_path / "other").mkdir()
    _, other = certificate(tmp_path / "other")
    said, process = serve(DOCCHAIN_TLS_CERTIFICATE=str(public), DOCCHAIN_TLS_KEY=str(other))

    assert process.wait(20) == 2
    assert "cannot be used together" in said


def test_a_certificate_without_its_key_is_refused(serve) -> None:
    said, process = serve(DOCCHAIN_TLS_CERTIFICATE="/nowhere.pem")
    assert process.wait(20) == 2
    assert "set both, or none" in said
