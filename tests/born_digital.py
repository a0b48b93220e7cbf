"""PDFs with a text layer, as many pages as wanted, written as they are made: memory stays flat here, too."""

import random
from collections.abc import Iterator
from pathlib import Path

TEXT = """invoice order contract payment supplier customer delivery agreement service period amount reference
the of and to in for with by on as is was from under between within according including"""
WORDS = TEXT.split()
HEAD = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"
LINES, LINE_WORDS, ROWS = 36, 12, 12


def write_pdf(path: Path, pages: int) -> Path:
    """Every page: a heading, 36 lines of prose and a table of 12 rows and 5 columns; some 500 words."""
    words = random.Random(7)  # noqa: S311 - the same pages whenever they are made
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(pages))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Count {pages}/Kids[{kids}]>>".encode(),
        HEAD,
    ]
    places = []
    with path.open("wb") as file:
        file.write(b"%PDF-1.7\n")
        for number, body in enumerate(_objects(objects, pages, words), start=1):
            places.append(file.tell())
            file.write(b"%d 0 obj\n%b\nendobj\n" % (number, body))
        start = file.tell()
        file.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1))
        file.writelines(b"%010d 00000 n \n" % place for place in places)
        file.write(b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(places) + 1, start))
    return path


def _objects(first: list[bytes], pages: int, words: random.Random) -> Iterator[bytes]:
    yield from first
    for number in range(1, pages + 1):
        content = "\n".join(_page(number, words)).encode("cp1252")
        yield (
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F 3 0 R>>>>/Contents %d 0 R>>"
            % (3 + 2 * number)
        )
        yield b"<</Length %d>>stream\n%b\nendstream" % (len(content), content)


def _page(number: int, words: random.Random) -> Iterator[str]:
    yield f"BT /F 14 Tf 50 790 Td (Page {number}) Tj ET"
    for line in range(LINES):
        text = " ".join(words.choice(WORDS) for _ in range(LINE_WORDS))
        yield f"BT /F 9 Tf 50 {765 - 13 * line} Td ({text}) Tj ET"
    for row in range(ROWS):
        for column in range(5):
            yield f"BT /F 9 Tf {50 + 100 * column} {270 - 13 * row} Td ({words.randrange(10_000)}.00) Tj ET"
