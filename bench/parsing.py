"""Reading: pages a second of a core, born digital to searchable text and scanned, and the share of words found.

`python -m bench --only parsing`. Files of your own, each beside its text: `DOCCHAIN_BENCH_SAMPLES=folder` (`a.pdf` with
`a.txt`; without one, the PDF's own text layer is the truth and the page is read again from its picture).
"""

import io
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from bench.figures import Figure, busy, show
from bench.places import Places

PAGES: Final = 300
SCANS: Final = 6
DPI: Final = 200
PAGES_BUDGET: Final = 20
RECALL_BUDGET: Final = 0.98
SAMPLES: Final = "DOCCHAIN_BENCH_SAMPLES"


@dataclass(frozen=True, slots=True)
class Read:
    """Pages a second of a core, and the share of the words that were found."""

    speed: float
    recall: float


def recall(found: Iterable[str], known: Iterable[str]) -> float:
    """How many of the known words were found, each as often as it stands there."""
    wanted, got = Counter(known), Counter(found)
    return sum(min(count, got[word]) for word, count in wanted.items()) / max(wanted.total(), 1)


def _read(data: bytes, name: str, known: Iterable[str]) -> Read:
    from docchain.features.documents.parsing.model import decode  # noqa: PLC0415 - heavy
    from docchain.features.documents.parsing.parse import parse  # noqa: PLC0415 - heavy

    began = time.process_time()
    pages = decode(parse(data, name)).pages
    speed = len(pages) / (time.process_time() - began)
    return Read(speed, recall((word.text for page in pages for word in page.words), known))


def _truth(data: bytes) -> list[str]:
    """The words of a PDF's own text layer."""
    import pypdfium2  # noqa: PLC0415 - heavy

    return [word for page in pypdfium2.PdfDocument(data) for word in page.get_textpage().get_text_range().split()]


def scanned(data: bytes, pages: int | None = None) -> bytes:
    """The same pages as pictures, in a PDF."""
    import pypdfium2  # noqa: PLC0415 - heavy

    document = pypdfium2.PdfDocument(data)
    pictures = [page.render(scale=DPI / 72, grayscale=True).to_pil() for page in list(document)[:pages]]
    out = io.BytesIO()
    pictures[0].save(out, "PDF", save_all=True, append_images=pictures[1:], resolution=DPI, quality=80)
    return out.getvalue()


def _first_pages(data: bytes, pages: int) -> bytes:
    import pypdfium2  # noqa: PLC0415 - heavy

    whole, some = pypdfium2.PdfDocument(data), pypdfium2.PdfDocument.new()
    some.import_pages(whole, list(range(pages)))
    out = io.BytesIO()
    some.save(out)
    return out.getvalue()


def _text_alone(data: bytes) -> float:
    """The probe: the library's own text of every page, without boxes, lines and tables."""
    began = time.process_time()
    _truth(data)
    import pypdfium2  # noqa: PLC0415 - heavy

    return len(pypdfium2.PdfDocument(data)) / (time.process_time() - began)


def _samples() -> list[Figure]:
    folder = os.environ.get(SAMPLES)
    return [figure for path in sorted(Path(folder).glob("*.pdf")) for figure in _sample(path)] if folder else []


def _sample(path: Path) -> list[Figure]:
    data, text = path.read_bytes(), path.with_suffix(".txt")
    known = text.read_text().split() if text.exists() else _truth(data)
    layer, picture = _read(data, path.name, known), _read(scanned(data), path.name, known)
    beside = f"as a scan {picture.recall:.1%}, {picture.speed:.2f} pages/s"
    return [Figure(f"words found: {path.stem[:20]}", f"{layer.recall:.1%}", beside)]


def _speed(what: str, read: Read, beside: str, least: float | None = None) -> Figure:
    budget = {} if least is None else {"budget": f"≥ {least:g}", "met": read.speed >= least}
    shown: dict[str, Any] = budget
    return Figure(what, f"{read.speed:,.2f} pages/s", beside, **shown)


def _found(what: str, read: Read) -> Figure:
    met = read.recall >= RECALL_BUDGET
    return Figure(what, f"{read.recall:.1%}", "words of the made pages", f"≥ {RECALL_BUDGET:.0%}", met)


def run(places: Places, scale: float) -> None:
    """The database makes no difference here."""
    if not places.database.startswith("SQLite"):
        return
    sys.path.append(str(Path(__file__).parent.parent / "tests"))
    pages, scans = max(int(PAGES * scale), 1), max(int(SCANS * scale), 1)
    with places.empty() as place, busy(f"{pages:,} pages, {scans:,} scans"):
        data = import_module("born_digital").write_pdf(place.folder / "digital.pdf", pages).read_bytes()
        some = _first_pages(data, scans)
        _read(scanned(some, 1), "warm.pdf", ())
        digital, probe = _read(data, "digital.pdf", _truth(data)), _text_alone(data)
        scan = _read(scanned(some), "scan.pdf", _truth(some))
        samples = _samples()
    show(
        f"reading: {pages:,} pages born digital, {scans:,} scanned at {DPI} dpi; of a core",
        [
            _speed("born digital to searchable", digital, f"probe: text alone {probe:,.0f}", PAGES_BUDGET),
            _found("words found, born digital", digital),
            _speed("scanned", scan, "recognized, upright"),
            _found("words found, scanned", scan),
            *samples,
        ],
    )
