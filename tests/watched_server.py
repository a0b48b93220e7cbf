"""A server in a process of its own on an empty folder, signed in, with the highest memory it and its children had."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

LOOK_SECONDS = 0.02
PATIENCE = 30.0


class Peaks:
    """Megabytes; `child` is the largest single child process."""

    server = 0.0
    child = 0.0


class WatchedServer:
    """Use with `with`; `client` is signed in.

    Args:
        folder: its data.
        settings: `DOCCHAIN_…` variables.
    """

    def __init__(self, folder: Path, **settings: str) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DOCCHAIN_")}
        self._environment = kept | {"DOCCHAIN_DATA_DIR": str(folder), "DOCCHAIN_PORT": "0"} | settings
        self.folder = folder
        self.workflow = ""
        self._process: Any = None
        self._reading: threading.Thread | None = None
        self.client = httpx.Client(timeout=300)

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "docchain", "serve"], env=self._environment, stderr=subprocess.PIPE, text=True
        )
        try:
            self.client.base_url = f"{self._ready()}/api/v3"
            self._reading = threading.Thread(target=self._process.stderr.read)
            self._reading.start()
            answer = self.client.post("/auth/login", json={"username": "admin", "password": "admin123"})
            self.client.headers["authorization"] = f"Bearer {answer.json()['access_token']}"
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.close()
        self._process.kill()
        self._process.wait()
        if self._reading is not None:
            self._reading.join()
        self._process.stderr.close()

    def _ready(self) -> str:
        """Its address, once it answers there."""
        printed = ""
        while "Stop with" not in printed:
            line = self._process.stderr.readline()
            if not line:
                raise RuntimeError(f"The server ended: {printed}")
            printed += line
        found = re.search(r"http://[\d.]+:\d+", printed)
        return found[0] if found else ""

    @property
    def pid(self) -> int:
        pid: int = self._process.pid
        return pid

    def children(self) -> list[int]:
        """The processes of its pool; one that is only just being started still looks like the server itself."""
        found: list[int] = []
        for listed in Path(f"/proc/{self.pid}/task").glob("*/children"):
            with suppress(OSError):
                found += map(int, listed.read_text().split())
        return [pid for pid in found if _runs(pid, b"docchain.platform.child")]

    def cpu(self, pid: int) -> float:
        """Seconds that one of its children has used."""
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def spooled(self) -> list[Path]:
        """Files that pass between it and its children just now."""
        return list((self.folder / "spool").glob("*/*"))

    def left_in_spool(self) -> list[Path]:
        """What is still there after all work beside the runs had time to end."""
        until = time.monotonic() + PATIENCE
        while (left := self.spooled()) and time.monotonic() < until:
            self.client.get("/health")
        return left

    def memory(self) -> float:
        """Megabytes that it has now."""
        return _said(self.pid, "VmRSS")

    def reading(self) -> list[int]:
        """Children that work on such a file."""
        return [pid for pid in self.children() if any("/spool/" in opened for opened in _opened(pid))]

    def stopped_at_a_page(self) -> int | None:
        """One of them, stopped while it was at a page and had read others; looked at while it cannot go on."""
        for pid in self.reading():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
                if _is_stopped(pid) and _is_at_a_page(pid):
                    return pid
                os.kill(pid, signal.SIGCONT)
        return None

    @contextmanager
    def watched(self) -> Iterator[Peaks]:
        """Memory from here to the end of the block; the kernel keeps the peaks, so none is missed between two looks."""
        peaks, ended = Peaks(), threading.Event()
        for pid in (self.pid, *self.children()):
            _forget_peak(pid)

        def look() -> None:
            while not ended.wait(LOOK_SECONDS):
                peaks.child = max([peaks.child, *map(_peak, self.children())])

        looking = threading.Thread(target=look)
        looking.start()
        try:
            yield peaks
        finally:
            ended.set()
            looking.join()
            peaks.server = _peak(self.pid)


def _runs(pid: int, module: bytes) -> bool:
    try:
        return module in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _opened(pid: int) -> Iterator[str]:
    with suppress(OSError):
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                yield str(link.readlink())


def _is_at_a_page(pid: int) -> bool:
    """What it has open says both: pages that were read, and the one that is being read."""
    begins = {_begin(opened) for opened in _opened(pid) if "/spool/" in opened}
    return {b'{"page":', b"reading "} <= begins


def _begin(opened: str) -> bytes:
    try:
        with Path(opened).open("rb") as file:
            return file.read(8)
    except OSError:  # gone meanwhile
        return b""


def _is_stopped(pid: int) -> bool:
    """The signal is on its way for a moment."""
    for _ in range(1_000):
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        if state in "TZX":
            return state == "T"
        time.sleep(0.001)
    return False


def _forget_peak(pid: int) -> None:
    with suppress(OSError):
        Path(f"/proc/{pid}/clear_refs").write_text("5")


def _peak(pid: int) -> float:
    return _said(pid, "VmHWM")


def _said(pid: int, what: str) -> float:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith(what)), 0.0)
