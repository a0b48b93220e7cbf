"""Large documents through a server process: how fast they come in, go out and are parsed, and what memory it takes."""

import hashlib
import os
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from bench.figures import Figure, below, busy, show
from bench.places import Place, Places

MEGABYTES: Final = 1_024
PAGES: Final = 1_000
PATIENCE: Final = 300
PAGES_BUDGET: Final = 20
MEMORY_BUDGET: Final = 256
_MIB: Final = 1024 * 1024
_PARSE: Final = {
    "workflow": "bench_parse",
    "inputs": {"document": {"type": "document"}},
    "steps": [{"id": "text", "use": "document.parse", "with": {"document": "${inputs.document}"}}],
    "output": "${steps.text.pages}",
}


@dataclass(frozen=True, slots=True)
class Moved:
    """Megabytes a second through the server and by the probe; the server's highest memory."""

    up: float
    down: float
    copied: float
    read: float
    peak: float


@dataclass(frozen=True, slots=True)
class Parsed:
    """Pages a second: of the wall clock, of the child's CPU, and of the CPU of the probe."""

    wall: float
    cpu: float
    probe: float
    server: float
    child: float


def _blocks(megabytes: int) -> Iterator[bytes]:
    """Nothing that compresses."""
    block = os.urandom(_MIB - 8)
    for number in range(megabytes):
        yield number.to_bytes(8, "big") + block


def copy_of(path: Path, blocks: Iterable[bytes]) -> None:
    """The probe of uploads: written, hashed and safe on the disk."""
    digest = hashlib.sha256()
    with path.open("wb", buffering=0) as file:
        for block in blocks:
            digest.update(block)
            file.write(block)
        os.fsync(file.fileno())


def read_whole(path: Path) -> None:
    with path.open("rb", buffering=0) as file:
        while file.read(_MIB):
            pass


def _speed(amount: int, began: float) -> float:
    return amount / (time.perf_counter() - began)


def _move(server: Any, folder: Path, megabytes: int) -> Moved:
    with server.watched() as peaks:
        began = time.perf_counter()
        headers = {"content-type": "application/octet-stream", "content-length": str(megabytes * _MIB)}
        answer = server.client.post("/documents?name=large.bin", content=_blocks(megabytes), headers=headers)
        up = _speed(megabytes, began)
        began = time.perf_counter()
        with server.client.stream("GET", f"/documents/{answer.json()['id']}/content") as content:
            size = sum(map(len, content.iter_raw()))
        down = _speed(size // _MIB, began)
    began = time.perf_counter()
    copy_of(folder / "copy", _blocks(megabytes))
    copied, began = _speed(megabytes, began), time.perf_counter()
    read_whole(folder / "copy")
    return Moved(up, down, copied, _speed(megabytes, began), peaks.server)


def _parse(server: Any, pdf: Path, pages: int) -> Parsed:
    workflow = server.client.post("/workflows", json={"definition": _PARSE}).json()["id"]
    document = server.client.post("/documents?name=large.pdf", content=pdf.read_bytes()).json()["id"]
    with server.watched() as peaks:
        began = time.perf_counter()
        order = {"inputs": {"document": document}, "wait": PATIENCE}
        ended = server.client.post(f"/workflows/{workflow}/execute", json=order).json()
        wall = _speed(pages, began)
    if ended["output"] != pages:
        raise RuntimeError(f"The PDF was not parsed: {ended}")
    return Parsed(wall, pages / sum(map(server.cpu, server.children())), _text_alone(pdf), peaks.server, peaks.child)


def _text_alone(pdf: Path) -> float:
    """The probe of parsing: the library's own text of every page, without boxes, lines and tables."""
    import pypdfium2  # noqa: PLC0415 - heavy

    began = time.process_time()
    document = pypdfium2.PdfDocument(pdf)
    for page in document:
        page.get_textpage().get_text_range()
    return len(document) / (time.process_time() - began)


def _measure(place: Place, megabytes: int, pages: int) -> tuple[Moved, Parsed]:
    sys.path.append(str(Path(__file__).parent.parent / "tests"))
    database = {} if place.on_sqlite else {"DOCCHAIN_DATABASE_URL": place.url}
    data = place.folder / "data"
    pdf = import_module("born_digital").write_pdf(place.folder / "large.pdf", pages)
    with import_module("watched_server").WatchedServer(data, **database) as server:
        return _move(server, place.folder, megabytes), _parse(server, pdf, pages)


def run(places: Places, scale: float) -> None:
    megabytes, pages = max(int(MEGABYTES * scale), 1), max(int(PAGES * scale), 1)
    with places.empty() as place, busy(f"{megabytes:,} MB there and back, {pages:,} pages"):
        moved, parsed = _measure(place, megabytes, pages)
    cpu = Figure(
        "pages parsed a second of a core",
        f"{parsed.cpu:,.0f}",
        f"probe: text alone {parsed.probe:,.0f}",
        f"≥ {PAGES_BUDGET}",
        parsed.cpu >= PAGES_BUDGET,
    )
    show(
        f"large documents: {megabytes:,} MB, a PDF of {pages:,} pages, {places.database}",
        [
            Figure("upload", f"{moved.up:,.0f} MB/s", f"probe: copy with SHA-256 {moved.copied:,.0f}"),
            Figure("download", f"{moved.down:,.0f} MB/s", f"probe: plain read {moved.read:,.0f}"),
            below("highest memory of the server", moved.peak, "MB", MEMORY_BUDGET),
            cpu,
            Figure("the same by the clock", f"{parsed.wall:,.0f}", "the queue and the child's start in it"),
            below("highest memory of the server", parsed.server, "MB", MEMORY_BUDGET),
            below("highest memory of the parser", parsed.child, "MB", None, "a process of its own, capped"),
        ],
    )
