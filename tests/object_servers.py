"""Real object stores in processes of our own: S3 (moto), Google Cloud's way of speaking to it, Azure (Azurite).

Run as a program it serves S3; Google's XML API is nearly the same, so a few headers are told in S3's words.
"""

import base64
import contextlib
import hashlib
import hmac
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx

BUCKET = "archive"
ACCOUNT = "devstoreaccount1"
ACCOUNT_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="  # published
AZURITE = Path(__file__).parent / "servers" / "node_modules" / ".bin" / "azurite-blob"
HOW_TO_GET_AZURITE = "Azurite is not installed: run `npm ci --prefix tests/servers` (Node 20 or newer)."
PATIENCE = 60


@contextlib.contextmanager
def s3_server() -> Iterator[str]:
    """The URL of an empty bucket."""
    with _moto() as port:
        yield f"s3://{BUCKET}/docs?{_S3.format(port=port)}"


@contextlib.contextmanager
def google_server() -> Iterator[str]:
    with _moto() as port:
        yield f"gs://{BUCKET}/docs?endpoint=http://127.0.0.1:{port}&bearer_token=test"


@contextlib.contextmanager
def azure_server(folder: Path) -> Iterator[str]:
    node = shutil.which("node")
    if node is None or not AZURITE.exists():
        raise RuntimeError(HOW_TO_GET_AZURITE)
    port = _free_port()
    options = ["--disableTelemetry", "--silent", "--skipApiVersionCheck", "--blobPort", str(port)]
    with _process([node, str(AZURITE.resolve()), *options, "--location", str(folder)], port):
        _make_container(port)
        yield (
            f"az://{BUCKET}/docs?account_name={ACCOUNT}&endpoint=http://127.0.0.1:{port}/{ACCOUNT}&access_key="
            + ACCOUNT_KEY.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")
        )


_S3 = "endpoint=http://127.0.0.1:{port}&region=eu-west-1&access_key_id=test&secret_access_key=test"


@contextlib.contextmanager
def _moto() -> Iterator[int]:
    port = _free_port()
    with _process([sys.executable, __file__, str(port)], port):
        httpx.put(f"http://127.0.0.1:{port}/{BUCKET}").raise_for_status()
        yield port


@contextlib.contextmanager
def _process(command: list[str], port: int) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603 - ours
    try:
        _wait_for(port, process)
        yield
    finally:
        process.kill()
        process.wait()


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        if process.poll() is not None:
            raise RuntimeError(f"The server ended with {process.returncode}.")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"Nothing listens on port {port}.")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _make_container(port: int) -> None:
    """Signed with the account's shared key, as the service documents it."""
    at = datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
    headers = {"x-ms-date": at, "x-ms-version": "2021-08-06"}
    named = "".join(f"{name}:{value}\n" for name, value in headers.items())
    text = "PUT" + "\n" * 12 + f"{named}/{ACCOUNT}/{ACCOUNT}/{BUCKET}\nrestype:container"
    signature = hmac.digest(base64.b64decode(ACCOUNT_KEY), text.encode(), hashlib.sha256)
    headers["Authorization"] = f"SharedKey {ACCOUNT}:{base64.b64encode(signature).decode()}"
    url = f"http://127.0.0.1:{port}/{ACCOUNT}/{BUCKET}?restype=container"
    httpx.put(url, headers=headers).raise_for_status()


def _serve(port: int) -> None:
    from moto.server import DomainDispatcherApplication, create_backend_app  # noqa: PLC0415 - heavy, and only here
    from werkzeug.serving import WSGIRequestHandler, run_simple  # noqa: PLC0415 - the same

    moto = DomainDispatcherApplication(create_backend_app)

    def translated(environ, start_response):
        source = environ.pop("HTTP_X_GOOG_COPY_SOURCE", None)
        if source is not None:
            environ["HTTP_X_AMZ_COPY_SOURCE"] = source
        if environ.pop("HTTP_X_GOOG_IF_GENERATION_MATCH", None) == "0":
            environ["HTTP_IF_NONE_MATCH"] = "*"
        return moto(environ, start_response)

    WSGIRequestHandler.protocol_version = "HTTP/1.1"
    run_simple("127.0.0.1", port, translated, threaded=True)


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
