"""Papers that are no invoices: how right their fields are, how honest the confidence, and where the boxes lie.

A paper is text on a grid of 6 by 12 points a character; `{field=value|printed}` says what is true and where it stands.
`python evals/papers_score.py` prints; `--set papers2` scores later ones. Each set is frozen by its lock.
`value~other` names two fair readings.
"""

import argparse
import hashlib
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from docchain.features.documents import Box, Page, ParsedDocument, Word
from docchain.features.extraction.extract import extract
from docchain.features.extraction.geometry import fold

HERE = Path(__file__).parent
MARK = re.compile(r"\{(\w+)=([^|{}]*)\|([^{}]*)\}")
WIDE, HIGH, EDGE, ACCEPT, OVERLAP = 6.0, 12.0, 36.0, 0.85, 0.5
BINS, SIZE, RIM = 10, 400, 40
Point = tuple[float, bool]


@dataclass
class Paper:
    """A drawn page, and the value and box of each field that it shows."""

    name: str
    document: ParsedDocument
    answers: dict[str, str]
    boxes: dict[str, Box]


@dataclass
class Score:
    """Counts over papers; `points` are (confidence, right) by half: 1 to fit on, 0 to report."""

    fields: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0, 0]))
    points: dict[int, list[Point]] = field(default_factory=lambda: {0: [], 1: []})
    boxes: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def frozen(of: str = "papers") -> list[str]:
    """The papers of a set that are not as they were frozen."""
    known = dict(reversed(line.split("  ")) for line in (HERE / f"{of}.lock").read_text().splitlines())
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (HERE / of).glob("*.txt")}
    return sorted(name for name in known.keys() | found.keys() if known.get(name) != found.get(name))


def paper_of(path: Path) -> Paper:
    words: list[Word] = []
    answers: dict[str, str] = {}
    boxes: dict[str, Box] = {}
    for line, marked in enumerate(path.read_text().splitlines()):
        plain, at = "", 0
        top = EDGE + line * HIGH
        for mark in MARK.finditer(marked):
            plain += marked[at : mark.start()]
            at, left = mark.end(), EDGE + len(plain) * WIDE
            plain += mark[3]
            answers[mark[1]], boxes[mark[1]] = mark[2], (left, top, EDGE + len(plain) * WIDE, top + HIGH - 2)
        plain += marked[at:]
        for word in re.finditer(r"\S+", plain):
            box = (EDGE + word.start() * WIDE, top, EDGE + word.end() * WIDE, top + HIGH - 2)
            words.append(Word(word[0], box, line))
    return Paper(path.stem, ParsedDocument("text/plain", "", [Page(1, 612, 842, "grid", words)]), answers, boxes)


def score(papers: Sequence[Paper]) -> Score:
    told = Score()
    for at, paper in enumerate(papers):
        preset = paper.name.split("_")[0]
        found = extract(paper.document, preset, {"today": "2026-11-22"}).fields
        for name in sorted((found.keys() | paper.answers.keys()) - {"lines", "currency"}):
            value, answer = found.get(name), paper.answers.get(name)
            right = value is not None and answer is not None and same(value.value, answer)
            counts = told.fields[f"{preset}.{name}"]
            counts[0] += right
            counts[1] += value is not None
            counts[2] += answer is not None
            if value is not None:
                told.points[at % 2].append((value.confidence, right))
                if not right:
                    told.wrong.append(f"{paper.name}.{name}: {value.value!r} ({value.confidence}), not {answer!r}")
            elif answer is not None:
                told.wrong.append(f"{paper.name}.{name}: nothing, not {answer!r}")
            if value is not None and right and value.box and name in paper.boxes:
                told.boxes.append(shared(value.box, paper.boxes[name]))
    return told


def same(value: Any, answer: str) -> bool:
    said = f"{value['amount']} {value['currency']}" if isinstance(value, dict) else str(value)
    return fold(said) in map(fold, answer.split("~"))


def shared(a: Box, b: Box) -> float:
    """Intersection over union."""
    width = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    height = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    both = width * height
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


def error_of(points: Sequence[Point]) -> float:
    """Expected calibration error over ten bins."""
    bins: dict[int, list[Point]] = defaultdict(list)
    for sure, right in points:
        bins[min(BINS - 1, int(sure * BINS))].append((sure, right))
    gaps = (abs(sum(sure - right for sure, right in held)) for held in bins.values())
    return sum(gaps) / max(1, len(points))


def plot(points: Sequence[Point], path: Path) -> None:
    """How often values of a confidence are right, with how many there are; on the line they are right."""
    image = Image.new("RGB", (SIZE + 2 * RIM, SIZE + 2 * RIM), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((RIM, RIM, RIM + SIZE, RIM + SIZE), outline="lightgray")
    draw.line((RIM, RIM + SIZE, RIM + SIZE, RIM), fill="gray")
    for tick in range(0, BINS + 1, 2):
        at, label = SIZE * tick / BINS, f"{tick / BINS:.1f}"
        draw.text((RIM + at - 8, RIM + SIZE + 6), label, fill="black")
        draw.text((RIM - 26, RIM + SIZE - at - 6), label, fill="black")
    draw.text((RIM + SIZE / 2 - 40, SIZE + 2 * RIM - 16), "told confidence", fill="black")
    draw.text((6, 8), "share right (and how many)", fill="black")
    for low in range(BINS):
        held = [(sure, right) for sure, right in points if min(BINS - 1, int(sure * BINS)) == low]
        if held:
            x = RIM + SIZE * sum(sure for sure, _ in held) / len(held)
            y = RIM + SIZE - SIZE * sum(right for _, right in held) / len(held)
            draw.ellipse((x - 5, y - 5, x + 5, y + 5), fill="steelblue")
            draw.text((x - 8, y + 8), str(len(held)), fill="steelblue")
    image.save(path)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--set", choices=["papers", "papers2", "papers3", "papers4"], default="papers")
    wished = parser.parse_args()
    if changed := frozen(wished.set):
        raise SystemExit(f"These papers are not as they were frozen: {', '.join(changed)}")
    told = score([paper_of(path) for path in sorted((HERE / wished.set).glob("*.txt"))])
    report(told)


def report(told: Score) -> None:
    for name, (right, got, asked) in sorted(told.fields.items()):
        print(f"  {name:<26} precision {right}/{got}  recall {right}/{asked}")
    right, got, asked = (sum(counts[at] for counts in told.fields.values()) for at in range(3))
    print(f"fields: precision {right / got:.1%} ({right} of {got}), recall {right / asked:.1%} ({right} of {asked})")
    every = [*told.points[0], *told.points[1]]
    accepted = [right for sure, right in every if sure >= ACCEPT]
    print(f"accepted without a person, right: {sum(accepted)} of {len(accepted)}")
    print(f"calibration error: {error_of(every):.3f}, on the even papers {error_of(told.points[0]):.3f}")
    good = sum(share >= OVERLAP for share in told.boxes)
    print(f"boxes with IoU of at least {OVERLAP}: {good} of {len(told.boxes)}")
    print("\n".join(told.wrong))


if __name__ == "__main__":
    main()
