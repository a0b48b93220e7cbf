"""The command line as its users meet it: real processes in a folder of their own, their output and exit codes."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "invoice_intake"
_PATIENCE = 60


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass
class CommandLine:
    """`docchain` in a folder of its own, with the data directory `data` there."""

    folder: Path
    variables: dict[str, str]

    def environment(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith("DOCCHAIN_")}
        return own | {"DOCCHAIN_DATA_DIR": str(self.folder / "data"), "COLUMNS": "200"} | self.variables

    def __call__(self, *arguments: object) -> Outcome:
        process = self.begin(*arguments)
        out, err = process.communicate(timeout=_PATIENCE)
        assert "Traceback" not in err, err
        return Outcome(process.returncode, out, err)

    @property
    def command(self) -> list[str]:
        return [sys.executable, "-m", "docchain"]

    def begin(self, *arguments: object) -> "subprocess.Popen[str]":
        return subprocess.Popen(  # noqa: S603 - the product itself
            [*self.command, *map(str, arguments)],
            cwd=self.folder,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    @contextmanager
    def serving(self) -> Iterator[str]:
        """A server on the same data directory; its address."""
        with socket.create_server(("127.0.0.1", 0)) as found:
            port = found.getsockname()[1]
        log = self.folder / "server.log"
        with log.open("w") as stream:
            process = subprocess.Popen(  # noqa: S603 - the product itself
                [sys.executable, "-m", "docchain", "serve", "--port", str(port)],
                cwd=self.folder,
                env=self.environment(),
                stdout=stream,
                stderr=stream,
            )
            try:
                eventually(lambda: process.poll() is not None or "Stop with" in log.read_text())
                assert process.poll() is None, log.read_text()
                yield f"http://127.0.0.1:{port}"
            finally:
                process.terminate()
                process.wait(20)


def eventually(found: Callable[[], Any]) -> Any:
    """Ask again until there is an answer."""
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        if answer := found():
            return answer
        time.sleep(0.02)
    pytest.fail("It did not come about.")


def sign_in(url: str) -> dict[str, str]:
    answer = httpx.post(f"{url}/api/v3/auth/login", json={"username": "admin", "password": "admin123"})
    return {"authorization": f"Bearer {answer.json()['access_token']}"}
