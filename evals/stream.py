"""Does a correction help the next paper of the same layout, and hurt no other? 200 made papers, before and after.

`python evals/stream.py [--plot FILE] [--details]`. Papers come in mixed; of the first three of each layout a person
corrects every value that is wrong. The papers are frozen by `stream.lock`.
"""

import argparse
import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from PIL import Image, ImageDraw
from stream_papers import EACH, FIELDS, LAYOUTS, Made, digest, stream

from docchain.features.extraction.correcting import lesson_of
from docchain.features.extraction.extract import extract
from docchain.features.extraction.fingerprints import Fingerprint, likeness
from docchain.features.extraction.geometry import fold
from docchain.features.extraction.memory import MOST

HERE = Path(__file__).parent
CORRECTED = 3
GROUPS = {"1": range(1, 2), "2-5": range(2, 6), "6-20": range(6, EACH + 1)}
WIDE, HIGH, EDGE = 640, 400, 40
Values = dict[str, Any]
Marks = dict[str, bool]


def frozen(papers: Sequence[Made]) -> list[str]:
    """What is not as it was frozen."""
    known = dict(line.split("  ")[::-1] for line in (HERE / "stream.lock").read_text().splitlines())
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in LAYOUTS.glob("*.txt")}
    found["stream"] = digest(list(papers))
    return sorted(name for name in known.keys() | found.keys() if known.get(name) != found.get(name))


def read(made: Made, examples: Sequence[Mapping[str, Any]]) -> Values:
    """What is read, with the newest examples of papers like it."""
    found = extract(made.document, "invoice", {"memory": newest(made, examples)}).fields
    return {name: found[name].value if name in found else None for name in FIELDS}


def newest(made: Made, examples: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """What the product asks its table for: those of like papers, the newest first."""
    if not examples:
        return []
    own = Fingerprint.of(lesson_of(made.document, "invoice", {}).fingerprint)
    like = [item for item in reversed(examples) if likeness(own, Fingerprint.of(item["fingerprint"]))]
    return like[:MOST]


def right(value: Any, answer: str | None) -> bool:
    said = value["amount"] if isinstance(value, dict) else value
    return said is None if answer is None or said is None else fold(str(said)) == fold(answer)


def marks_of(made: Made, values: Values) -> Marks:
    return {
        name: values[name] is not None and right(values[name], answer) if answer is not None else values[name] is None
        for name, answer in made.answers.items()
    }


def corrected(made: Made, marks: Marks) -> dict[str, Any] | None:
    """What a person corrects of a paper, as the product keeps it; None where all is right."""
    wrong = {name: _written(name, made) for name, good in marks.items() if not good}
    if not wrong:
        return None
    lesson = msgspec.to_builtins(lesson_of(made.document, "invoice", wrong))
    kept = ("value", "anchors", "before", "method")
    fields = {name: {key: told[key] for key in kept} for name, told in lesson["fields"].items()}
    return {"id": f"{made.layout} {made.place}", "fingerprint": lesson["fingerprint"], "fields": fields}


def _written(name: str, made: Made) -> Any:
    answer = made.answers[name]
    is_money = name in ("net", "tax", "total") and answer is not None
    return {"amount": answer, "currency": made.answers["currency"]} if is_money else answer


class Run:
    """The stream, read once without memory and once with it; the papers of one layout beside others' memory."""

    def __init__(self, papers: Sequence[Made]) -> None:
        self.papers = papers
        self.before = [marks_of(made, read(made, [])) for made in papers]
        self.examples: list[dict[str, Any]] = []
        self.after = [self._with_memory(made) for made in papers]

    def _with_memory(self, made: Made) -> Marks:
        marks = marks_of(made, read(made, self.examples))
        if made.place <= CORRECTED and (lesson := corrected(made, marks)):
            self.examples.append(lesson)
        return marks

    def beside_others(self) -> tuple[int, int]:
        """Values that other layouts' corrections changed, and those that they made wrong."""
        changed = worse = 0
        for made, before in zip(self.papers, self.before, strict=True):
            others = [item for item in self.examples if not item["id"].startswith(f"{made.layout} ")]
            extracted = extract(made.document, "invoice", {"memory": others[::-1]}).fields
            after = marks_of(made, {name: extracted[name].value if name in extracted else None for name in FIELDS})
            plain = read(made, [])
            changed += sum((extracted[name].value if name in extracted else None) != plain[name] for name in FIELDS)
            worse += sum(before[name] and not after[name] for name in FIELDS)
        return changed, worse


def share(marks: Sequence[Marks]) -> float:
    every = [good for one in marks for good in one.values()]
    return sum(every) / max(1, len(every))


def report(run: Run) -> None:
    layouts = sorted({made.layout for made in run.papers})
    print(f"{'layout':<22}" + "".join(f"{'at ' + name:>18}" for name in GROUPS))
    for layout in [*layouts, "all"]:
        line = f"{layout:<22}"
        for places in GROUPS.values():
            chosen = [
                at for at, made in enumerate(run.papers) if layout in (made.layout, "all") and made.place in places
            ]
            before, after = share([run.before[at] for at in chosen]), share([run.after[at] for at in chosen])
            line += f"{f'{before:.1%} > {after:.1%}':>18}"
        print(line)
    lost = sum(one[name] and not two[name] for one, two in zip(run.before, run.after, strict=True) for name in FIELDS)
    won = sum(two[name] and not one[name] for one, two in zip(run.before, run.after, strict=True) for name in FIELDS)
    total = len(run.papers) * len(FIELDS)
    print(f"all fields: {share(run.before):.1%} without, {share(run.after):.1%} with memory ({total} values)")
    print(f"{won} values became right, {lost} became wrong; {len(run.examples)} papers were corrected")
    changed, worse = run.beside_others()
    print(f"with the corrections of the other nine layouts only: {changed} values changed, {worse} became wrong")


def details(run: Run) -> None:
    wrong: dict[tuple[str, str], list[str]] = defaultdict(list)
    for made, before, after in zip(run.papers, run.before, run.after, strict=True):
        for name in FIELDS:
            if not after[name]:
                wrong[made.layout, name].append(f"{made.place}{'!' if before[name] else ''}")
    for (layout, name), places in sorted(wrong.items()):
        print(f"  {layout}.{name}: wrong at {' '.join(places)}")


def plot(run: Run, path: Path) -> None:
    """Share of right values by place in the stream of a layout: grey without memory, blue with it."""
    image = Image.new("RGB", (WIDE, HIGH), "white")
    draw = ImageDraw.Draw(image)
    for percent in range(50, 101, 10):
        y = HIGH - EDGE - (percent - 50) / 50 * (HIGH - 2 * EDGE)
        draw.line((EDGE, y, WIDE - EDGE, y), fill="gainsboro")
        draw.text((8, y - 6), f"{percent} %", fill="gray")
    for marks, colour in ((run.before, "darkgray"), (run.after, "steelblue")):
        points = []
        for place in range(1, EACH + 1):
            good = share([one for one, made in zip(marks, run.papers, strict=True) if made.place == place])
            x = EDGE + (place - 1) / (EACH - 1) * (WIDE - 2 * EDGE)
            points.append((x, HIGH - EDGE - (good - 0.5) * 2 * (HIGH - 2 * EDGE)))
            draw.text((x - 4, HIGH - EDGE + 8), str(place), fill="gray")
        draw.line(points, fill=colour, width=3)
    draw.text(
        (EDGE, 10), "right values by place among papers of a layout: grey without memory, blue with it", fill="black"
    )
    image.save(path)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--details", action="store_true")
    wished = parser.parse_args()
    papers = stream()
    if changed := frozen(papers):
        raise SystemExit(f"These papers are not as they were frozen: {', '.join(changed)}")
    run = Run(papers)
    report(run)
    if wished.details:
        details(run)
    if wished.plot:
        plot(run, wished.plot)


if __name__ == "__main__":
    main()
