"""The vocabularies in the text files beside; its one rule: words are data, code finds them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from docchain.features.extraction.geometry import fold


@dataclass(frozen=True, slots=True)
class Label:
    """One name of a role."""

    name: str
    role: str
    weight: float
    alone: bool
    language: str


@cache
def table(vocabulary: str = "labels") -> tuple[Label, ...]:
    text = files(__package__).joinpath(f"{vocabulary}.txt").read_text("utf-8")
    return tuple(label for line in text.splitlines() if line and not line.startswith("#") for label in _line(line))


@cache
def index(vocabulary: str = "labels") -> dict[str, tuple[Label, ...]]:
    """All labels by their folded, spaceless form, one for each role and language."""
    found: dict[str, list[Label]] = {}
    for label in table(vocabulary):
        found.setdefault(fold(label.name), []).append(label)
    return {key: tuple(labels) for key, labels in found.items()}


def names_of(role: str) -> list[str]:
    return [label.name for label in table() if label.role == role]


@cache
def words(name: str) -> frozenset[str]:
    """A word list of `words.txt`."""
    text = files(__package__).joinpath("words.txt").read_text("utf-8")
    lines = (line.partition(":") for line in text.splitlines())
    return frozenset(word for head, _, listed in lines if head == name for word in listed.split())


def _line(line: str) -> Iterator[Label]:
    head, _, names = line.partition(":")
    role, weight, language = head.split()
    for name in names.split(","):
        plain = name.strip()
        yield Label(plain.removeprefix("="), role, float(weight), plain.startswith("="), language)
