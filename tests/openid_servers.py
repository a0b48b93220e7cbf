"""OpenID providers: a real one in a process of its own, and one of ours that says whatever a test wants."""

import contextlib
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from joserfc import jwk, jwt

PATIENCE = 60


@contextlib.contextmanager
def real_provider() -> Iterator[str]:
    """The issuer of a provider that lets in whoever is named."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    issuer = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce", "true"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603 - ours
    try:
        _until_there(issuer, process)
        yield issuer
    finally:
        process.kill()
        process.wait()


def known_to(issuer: str, subject: str, **claims: Any) -> None:
    """Let a real provider say this of somebody."""
    httpx.put(f"{issuer}/users/{subject}", json=claims).raise_for_status()


def consent(address: str, subject: str, **form: str) -> str:
    """Sign in at a real provider as a person would; where it sends the browser back to."""
    answer = httpx.post(address, data={"sub": subject} | form)
    assert answer.status_code == 302, answer.text
    return answer.headers["location"]


def _until_there(issuer: str, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        assert process.poll() is None, "The provider ended."
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{issuer}/.well-known/openid-configuration").is_success:
                return
        time.sleep(0.05)
    raise AssertionError("The provider did not come up.")


class MadeProvider:
    """Signs what it is told to, with the key it is told to; counts how often its keys were asked for."""

    def __init__(self) -> None:
        self.key = new_key("first")
        self.published = [self.key]
        self.claims: dict[str, Any] = {}
        self.header: dict[str, Any] = {}
        self.token: str | None = None
        self.description: dict[str, Any] = {}
        self.asked: list[str] = []
        self.form: dict[str, str] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.host = f"127.0.0.1:{self._server.server_port}"
        self.issuer = f"http://{self.host}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def says(self, address: str, now: int, **claims: Any) -> None:
        """Say the right thing to whoever was sent to `address`, except for these claims; None leaves one out."""
        asked = parse_qs(urlsplit(address).query)
        right = {
            "iss": self.issuer,
            "aud": "docchain",
            "sub": "subject-1",
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"][0],
            "preferred_username": "carla",
        }
        self.claims = {name: value for name, value in (right | claims).items() if value is not None}

    def _answer(self, path: str) -> Any:
        if path == "/.well-known/openid-configuration":
            named = {"authorization_endpoint": "/authorize", "token_endpoint": "/token", "jwks_uri": "/keys"}
            return {"issuer": self.issuer} | {name: self.issuer + at for name, at in named.items()} | self.description
        if path == "/keys":
            return {"keys": [key.as_dict(private=False) for key in self.published]}
        signed = jwt.encode({"alg": "RS256", "kid": self.key.kid} | self.header, self.claims, self.key)
        return {"access_token": "a", "token_type": "Bearer", "id_token": self.token or signed}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.asked.append(self.path)
                body = json.dumps(provider._answer(self.path)).encode()
                self.send_response(200)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self) -> None:
                sent = self.rfile.read(int(self.headers["content-length"])).decode()
                provider.form = {name: values[0] for name, values in parse_qs(sent).items()}
                self.do_GET()

            def log_message(self, *_: Any) -> None:
                pass

        return Handler


def new_key(name: str) -> jwk.RSAKey:
    return jwk.RSAKey.generate_key(2048, {"kid": name, "use": "sig"})
