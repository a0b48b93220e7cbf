"""A large document through compression and encryption: in, parts of it, out; beside plain storage and a copy."""

import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from bench.figures import Figure, below, busy, percentile, show
from bench.files import copy_of, read_whole
from bench.places import Place, Places

MEGABYTES: Final = 1_024
RANGES: Final = 300
RANGE: Final = 64 * 1024
MEMORY_BUDGET: Final = 256
_MIB: Final = 1024 * 1024
_PLAIN: Final = {"DOCCHAIN_ENCRYPTION": "none", "DOCCHAIN_COMPRESSION": "none"}


@dataclass(frozen=True, slots=True)
class Passed:
    """Megabytes a second in and out, milliseconds a part, what it takes on the disk, the server's highest memory."""

    up: float
    down: float
    parts: list[float]
    stored: float
    peak: float


@cache
def _lines() -> list[bytes]:
    """Thirty-two blocks of lines as ledgers have them; a chunk never sees the same line twice."""
    made = []
    for block in range(32):
        rows = (
            f"2026-{row % 12 + 1};invoice {block}{row:06};supplier {row * 7919 % 9973};{row * 31337 % 99991},56 EUR\n"
            for row in range(24_000)
        )
        made.append("".join(rows).encode()[:_MIB])
    return made


def _content(megabytes: int) -> Iterator[bytes]:
    blocks = _lines()
    for number in range(megabytes):
        yield blocks[number % len(blocks)]


def _speed(amount: float, began: float) -> float:
    return amount / (time.perf_counter() - began)


def _pass(place: Place, name: str, megabytes: int, settings: dict[str, str]) -> Passed:
    data = place.folder / name
    with import_module("watched_server").WatchedServer(data, **settings) as server, server.watched() as peaks:
        began = time.perf_counter()
        headers = {"content-type": "text/csv", "content-length": str(megabytes * _MIB), "accept-encoding": "identity"}
        answer = server.client.post("/documents?name=ledger.csv", content=_content(megabytes), headers=headers)
        up = _speed(megabytes, began)
        address = f"/documents/{answer.json()['id']}/content"
        parts = list(_parts(server.client, address, megabytes * _MIB))
        began = time.perf_counter()
        with server.client.stream("GET", address, headers={"accept-encoding": "identity"}) as content:
            size = sum(map(len, content.iter_raw()))
        down = _speed(size / _MIB, began)
    if size != megabytes * _MIB:
        raise RuntimeError(f"{size} bytes came back")
    stored = sum(path.stat().st_size for path in (data / "blobs").rglob("*") if path.is_file())
    return Passed(up, down, parts, stored / _MIB, peaks.server)


def _parts(client: Any, address: str, size: int) -> Iterator[float]:
    chance = random.Random(7)  # noqa: S311 - the same places each time
    blocks = _lines()
    for _ in range(RANGES):
        start = chance.randrange(max(size - RANGE, 1))
        began = time.perf_counter()
        got = client.get(address, headers={"range": f"bytes={start}-{start + RANGE - 1}"}).content
        yield (time.perf_counter() - began) * 1_000
        block, place = blocks[start // _MIB % len(blocks)], start % _MIB
        if not block[place:].startswith(got[: _MIB - place]):
            raise RuntimeError(f"The part at {start} is another one")


def run(places: Places, scale: float) -> None:
    sys.path.append(str(Path(__file__).parent.parent / "tests"))
    megabytes = max(int(MEGABYTES * scale), 2)
    with places.empty() as place, busy(f"{megabytes:,} MB through compression and encryption, and plain"):
        sealed = _pass(place, "sealed", megabytes, {})
        plain = _pass(place, "plain", megabytes, _PLAIN)
        began = time.perf_counter()
        copy_of(place.folder / "copy", _content(megabytes))
        copied, began = _speed(megabytes, began), time.perf_counter()
        read_whole(place.folder / "copy")
        read = _speed(megabytes, began)
    show(
        f"storage: {megabytes:,} MB of text, zstd and AES-256-GCM, a folder",
        [
            Figure("in", f"{sealed.up:,.0f} MB/s", f"plain {plain.up:,.0f}; copy {copied:,.0f}"),
            Figure("out", f"{sealed.down:,.0f} MB/s", f"plain {plain.down:,.0f}; read {read:,.0f}"),
            _part("a part of 64 KiB, p50", 0.5, sealed, plain),
            _part("a part of 64 KiB, p95", 0.95, sealed, plain),
            Figure("on the disk", f"{sealed.stored:,.0f} MB", f"plain {plain.stored:,.0f}"),
            below("highest memory of the server", sealed.peak, "MB", MEMORY_BUDGET, f"plain {plain.peak:,.0f}"),
        ],
    )


def _part(what: str, share: float, sealed: Passed, plain: Passed) -> Figure:
    return Figure(what, f"{percentile(sealed.parts, share):.1f} ms", f"plain {percentile(plain.parts, share):.1f}")
