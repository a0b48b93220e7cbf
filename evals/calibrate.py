"""Fits the confidence of extraction on the odd documents of each set, and tests it on the even ones.

`python evals/calibrate.py` tells how honest the product is now; `--write` fits the table in the product again;
`--plot FILE` draws the even halves. Nobody's samples are used for either.
"""

import argparse
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from compare import FIELDS, verdict
from make_layouts import HOLDOUT, LAYOUTS, made
from papers_score import ACCEPT, Point, error_of, paper_of, plot, same
from tally import ALIASES

from docchain.features.documents import decode
from docchain.features.documents.parsing.parse import parse
from docchain.features.extraction.calibration import calibrated
from docchain.features.extraction.extract import read_fields
from docchain.features.extraction.schema import parse_schema, preset_names

HERE = Path(__file__).parent
TABLE = HERE.parent / "src/docchain/features/extraction/calibration.py"
HINTS = {"today": "2026-11-22"}
EDGES = (0.0, 0.35, 0.55, 0.7, 0.8, 0.85, 0.9, 0.95, 1.01)
ACCEPT_FROM = {"invoice": 0.85, "label": 0.8}
"""The least evidence that may be accepted, by who read: below it, values of invoices nobody had seen were wrong."""
HIGHEST, BELOW = 0.99, ACCEPT - 0.01
SETS = {"layouts": LAYOUTS, "holdout": HOLDOUT}
PAPERS = ("papers", "papers2", "papers3", "papers4")
NEVER = "papers4"
"""Written and scored after the rest: no table is fitted on it."""


class Seen(NamedTuple):
    """A value of a document: who read it, its bare evidence, and whether it is right."""

    group: str
    odd: bool
    reader: str
    evidence: float
    right: bool

    @property
    def told(self) -> Point:
        return calibrated(self.reader, self.evidence), self.right


def of_layouts(group: str) -> Iterator[Seen]:
    asked = parse_schema("invoice")
    for at, path in enumerate(sorted(SETS[group].glob("*.json"))):
        name, data, answers = made(path)
        found = read_fields(decode(parse(data, name, None, ("es", "en"))), asked, HINTS).fields
        for field in FIELDS:
            value = next((found[key] for key in (field, *ALIASES.get(field, ())) if key in found), None)
            said = verdict(field, value.value, answers["fields"].get(field)) if value else None
            if value and said:
                yield Seen(group, at % 2 == 1, "invoice", value.confidence, said == "right")


def of_papers(group: str) -> Iterator[Seen]:
    for at, path in enumerate(sorted((HERE / group).glob("*.txt"))):
        paper = paper_of(path)
        asked = parse_schema(paper.name.split("_")[0])
        own = preset_names(asked)
        for name, value in read_fields(paper.document, asked, HINTS).fields.items():
            if name not in {"lines", "currency"}:
                right = name in paper.answers and same(value.value, paper.answers[name])
                odd = at % 2 == 1 and group != NEVER
                yield Seen(group, odd, "invoice" if name in own else "label", value.confidence, right)


def fitted(seen: Sequence[Seen], reader: str) -> list[tuple[float, float]]:
    """Shares right between the edges, never sinking; none reaches what is accepted before its evidence does."""
    blocks: list[list[float]] = []
    for low, high in pairwise(EDGES):
        held = [one for one in seen if one.reader == reader and low <= one.evidence < high]
        if held:
            middle = sum(one.evidence for one in held) / len(held)
            blocks.append([middle, sum(one.right for one in held) + 1, len(held) + 2])
            while len(blocks) > 1 and blocks[-2][1] / blocks[-2][2] >= blocks[-1][1] / blocks[-1][2]:
                middle, right, count = blocks.pop()
                earlier = blocks[-1]
                share = count / (count + earlier[2])
                blocks[-1] = [earlier[0] * (1 - share) + middle * share, earlier[1] + right, earlier[2] + count]
    first = ACCEPT_FROM[reader]
    under = [(middle, min(right / count, BELOW)) for middle, right, count in blocks if middle < first]
    over = [(middle, max(right / count, ACCEPT)) for middle, right, count in blocks if middle >= first]
    steps = [(first - 0.001, BELOW), (first, max(ACCEPT, min((share for _, share in over), default=ACCEPT)))]
    points = [(0.0, 0.0), *under, *steps, *over, (1.0, HIGHEST)]
    return [(round(at, 3), round(min(share, HIGHEST), 3)) for at, share in points]


def write(seen: Sequence[Seen]) -> None:
    rows = [f'    "{reader}": {tuple(fitted(seen, reader))},\n' for reader in ACCEPT_FROM]
    table = "CURVES: Final[dict[Reader, tuple[tuple[float, float], ...]]] = {\n" + "".join(rows) + "}\n"
    text = TABLE.read_text("utf-8")
    TABLE.write_text(re.sub(r"(?s)(: begin\n).*(# written)", lambda m: m[1] + table + m[2], text), "utf-8")


def report(title: str, before: Sequence[Point], after: Sequence[Point]) -> str:
    cells = [title, str(len(after))]
    for points in (before, after):
        taken = [right for sure, right in points if sure >= ACCEPT]
        cells += [f"{error_of(points):.3f}", f"{sum(taken)} of {len(taken)} ({len(taken) / max(1, len(points)):.0%})"]
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="fit the table again, on the odd documents")
    parser.add_argument("--plot", type=Path, help="draw the even halves as the product tells them")
    wished = parser.parse_args()
    seen = [
        *(one for group in SETS for one in of_layouts(group)),
        *(one for group in PAPERS for one in of_papers(group)),
    ]
    if wished.write:
        write([one for one in seen if one.odd])
        return
    halves: dict[str, list[Seen]] = defaultdict(list)
    for one in seen:
        half = "odd (fitted on)" if one.odd else "all (never fitted on)" if one.group == NEVER else "even"
        halves[f"{one.group}, {half}"].append(one)
    halves["all not fitted on"] = [one for one in seen if not one.odd]
    print(
        "| set | values | ECE of the evidence | accepted, right by it | ECE told | accepted, right |\n"
        "|---|--:|--:|--:|--:|--:|"
    )
    for title, half in halves.items():
        print(report(title, [(one.evidence, one.right) for one in half], [one.told for one in half]))
    if wished.plot:
        plot([one.told for one in halves["all not fitted on"]], wished.plot)


if __name__ == "__main__":
    main()
