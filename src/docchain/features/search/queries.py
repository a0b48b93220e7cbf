"""What is asked of an index, as a small tree that every back end translates; no text of a user is syntax here."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

Value = str | float | bool | datetime
"""What a fact may be, and be compared with."""


@dataclass(frozen=True, slots=True)
class Everything:
    """All entries."""


@dataclass(frozen=True, slots=True)
class Words:
    """Words in any order and form; most of them have to be there, the more of them the better.

    `required`: somebody said that they have to be there, by `+` or `AND`.
    """

    text: str
    field: str = ""
    required: bool = False


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words one after the other, with up to `slop` others between them."""

    text: str
    field: str = ""
    slop: int = 0


@dataclass(frozen=True, slots=True)
class Prefix:
    """A word that begins like this."""

    text: str
    field: str = ""


@dataclass(frozen=True, slots=True)
class Fuzzy:
    """A word that differs in up to `distance` letters."""

    text: str
    field: str = ""
    distance: int = 1


@dataclass(frozen=True, slots=True)
class Exactly:
    """A fact has one of these values."""

    field: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Between:
    """A fact lies from `low` to `high`, both included; `None` is open."""

    field: str
    low: Value | None = None
    high: Value | None = None


@dataclass(frozen=True, slots=True)
class AllOf:
    nodes: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class AnyOf:
    nodes: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    node: "Node"


Node = Everything | Words | Phrase | Prefix | Fuzzy | Exactly | Between | AllOf | AnyOf | Not
Filter = Exactly | Between


def stated(node: Node) -> Node | None:
    """What was said in so many words and holds however similar something is: the rest of a query is its meaning."""
    match node:
        case Words(_, field, required):
            return node if field or required else None
        case Fuzzy(_, field):
            return node if field else None
        case Everything():
            return None
        case AllOf(nodes):
            said = tuple(inner for inner in map(stated, nodes) if inner is not None)
            return AllOf(said) if said else None
        case AnyOf(nodes):
            each = [stated(inner) for inner in nodes]
            return None if None in each else AnyOf(tuple(inner for inner in each if inner is not None))
        case _:
            return node


def texts_of(node: Node) -> Iterator[str]:
    """What the query says in words, without what it excludes or only narrows by; its meaning."""
    match node:
        case Words(text) | Phrase(text) | Fuzzy(text):
            yield text
        case AllOf(nodes) | AnyOf(nodes):
            for inner in nodes:
                yield from texts_of(inner)
        case _:
            return
