"""How much local methods of language get right on own-made sentences: `python evals/language/score.py [--details]`."""

import argparse
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from docchain.features.ai.local.answering import Source
from docchain.features.ai.local.answering import answer as answer_of
from docchain.features.ai.local.entities import NAMES, PERSONAL, Level, personal_in
from docchain.features.ai.local.labels import classify
from docchain.features.ai.local.language import language_of
from docchain.features.ai.local.sentiment import sentiment_of
from docchain.features.ai.local.vectors import embedded

HERE: Final = Path(__file__).parent
SETS: Final = ("tuning", "holdout", "blind")
LEVELS: Final[tuple[Level, ...]] = ("identifiers", "names", "strict")
LABELS: Final = {
    "invoice": "factura, amount due, taxes, payment terms",
    "contract": "contrato, agreement between parties, clauses, duration",
    "complaint": "reclamación, a customer is unhappy and complains",
    "application": "solicitud de empleo, somebody applies for a job, CV, experience",
    "delivery note": "albarán, packages handed over, carrier, signature of the recipient",
    "order": "pedido, somebody orders goods, quantities",
}
_MARK: Final = re.compile(r"\{(\w+)\|([^}]*)\}")


@dataclass
class Tally:
    """How many were right of how many, and what was not."""

    right: int = 0
    of: int = 0
    wrong: list[str] = field(default_factory=list)

    def add(self, *, right: bool, told: str) -> None:
        self.of += 1
        self.right += right
        if not right:
            self.wrong.append(told)

    def __str__(self) -> str:
        return f"{self.right} of {self.of}"


def rows(which: str, name: str) -> Iterator[list[str]]:
    for line in (HERE / which / name).read_text("utf-8").splitlines():
        yield line.split("\t")


def judged(which: str, name: str, guess: Callable[[str, str], str]) -> Tally:
    """Lines of an answer, perhaps a language, and a text."""
    tally = Tally()
    for answer, *told, text in rows(which, name):
        found = guess(text, told[0] if told else "")
        tally.add(right=found == answer, told=f"{answer} is not {found}: {text}")
    return tally


def marked(line: str) -> tuple[str, list[tuple[str, int, int]]]:
    """The text without its marks, and what was marked."""
    plain, place, spans = "", 0, []
    for match in _MARK.finditer(line):
        plain += line[place : match.start()]
        spans.append((match[1], len(plain), len(plain) + len(match[2])))
        plain, place = plain + match[2], match.end()
    return plain + line[place:], spans


def personal(which: str, level: Level) -> tuple[Tally, Tally, int]:
    """Spans whose every letter and digit is found; those that are found as what they are; and what is found besides."""
    covered, named, besides = Tally(), Tally(), 0
    wanted = PERSONAL if level == "identifiers" else PERSONAL | NAMES | {"number"}
    for (line,) in rows(which, "personal.txt"):
        text, spans = marked(line)
        found = personal_in(text, level)
        seen = {place for find in found for place in range(find.start, find.end)}
        for kind, start, end in spans:
            if kind not in wanted:
                continue
            told = f"{kind} {text[start:end]!r} in: {text}"
            covered.add(right=all(at in seen or not text[at].isalnum() for at in range(start, end)), told=told)
            same = [find for find in found if find.kind == kind and find.start == start and find.end >= end - 1]
            named.add(right=bool(same), told=told)
        besides += sum(all(find.start >= end or find.end <= start for _, start, end in spans) for find in found)
    return covered, named, besides


def answered(which: str) -> tuple[Tally, Tally]:
    """Questions whose answer holds what was asked for and cites its paper; and those that have none, and got none."""
    papers = [Source(*line[0].split(": ", 1)) for line in rows(which, "papers.txt")]
    right, none = Tally(), Tally()
    for wanted, paper, question in rows(which, "questions.tsv"):
        found = answer_of(question, papers, embedded)
        if paper == "-":
            none.add(right=not found.found, told=f"{question} has no answer, not {found.answer!r}")
        else:
            cited = found.found and found.citations[0].document == paper
            told = f"{question} is {wanted!r}, not {found.answer!r} ({found.confidence})"
            right.add(right=cited and wanted in found.answer, told=told)
    return right, none


def tallies(which: str) -> Iterator[tuple[str, Tally]]:
    has = {path.name for path in (HERE / which).iterdir()}
    if "language.tsv" in has:
        yield "language", judged(which, "language.tsv", lambda text, _: language_of(text).code)
    yield "sentiment, words alone", judged(which, "sentiment.tsv", lambda text, code: sentiment_of(text, code).label)
    yield "sentiment", judged(which, "sentiment.tsv", lambda text, code: sentiment_of(text, code, embedded).label)
    if "labels.tsv" in has:
        bare = dict.fromkeys(LABELS, "")
        yield "labels, bare", judged(which, "labels.tsv", lambda text, _: str(_label(text, bare)))
        yield "labels, described", judged(which, "labels.tsv", lambda text, _: str(_label(text, LABELS)))
    for level in LEVELS:
        covered, named, besides = personal(which, level)
        yield f"personal data covered, {level} ({besides} besides)", covered
        yield f"personal data named, {level}", named
    if "questions.tsv" in has:
        right, none = answered(which)
        yield "questions answered and cited", right
        yield "questions without an answer left alone", none


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--details", action="store_true", help="name what is not right")
    parser.add_argument("--set", choices=SETS, help="one of the sets alone")
    chosen = parser.parse_args()
    for which in [chosen.set] if chosen.set else SETS:
        print(which)
        for name, tally in tallies(which):
            print(f"  {name:52} {tally}")
            for told in tally.wrong if chosen.details else ():
                print(f"    {told}")


def _label(text: str, labels: dict[str, str]) -> str | None:
    return classify(text, labels, embedded).label


if __name__ == "__main__":
    main()
