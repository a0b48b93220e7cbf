"""An e-invoice in business terms (BT, BG of EN 16931); its one rule: every term knows the XML it was read from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cached_property

from docchain.platform.xml_tree import Node

ZERO = Decimal(0)


@dataclass(frozen=True)
class Term:
    """A value as written, and where."""

    text: str
    node: Node
    attribute: str = ""

    @property
    def path(self) -> str:
        return f"{self.node.path}/@{self.attribute}" if self.attribute else self.node.path

    @cached_property
    def number(self) -> Decimal | None:
        """The amount; `None` for anything that is no plain decimal number."""
        return number_of(self.text)

    @property
    def decimals(self) -> int:
        return len(self.text.partition(".")[2])


def number_of(text: str) -> Decimal | None:
    """A plain decimal number as XML writes it: no thousands, no exponent, no infinity."""
    plain = text.strip().removeprefix("+")
    if len(plain) > 60 or not plain.removeprefix("-").replace(".", "", 1).isdecimal():  # noqa: PLR2004 - no amount is
        return None
    try:
        return Decimal(plain)
    except InvalidOperation:
        return None


@dataclass(eq=False)
class Group:
    """Terms that stand together: the invoice itself, a line, a row of the VAT breakdown, an allowance."""

    node: Node
    terms: dict[str, Term] = field(default_factory=dict)
    groups: dict[str, list["Group"]] = field(default_factory=dict)

    def __contains__(self, term: str) -> bool:
        return term in self.terms

    def get(self, term: str) -> Term | None:
        return self.terms.get(term)

    def text(self, term: str) -> str:
        found = self.terms.get(term)
        return found.text if found else ""

    def number(self, term: str) -> Decimal | None:
        found = self.terms.get(term)
        return found.number if found else None

    def amount(self, term: str) -> Decimal:
        """What is not there counts nothing."""
        return self.number(term) or ZERO

    def all(self, name: str) -> list["Group"]:
        return self.groups.get(name, [])

    def path_of(self, term: str) -> str:
        """Of the term, or of the group that lacks it."""
        found = self.terms.get(term)
        return found.path if found else self.node.path

    def within(self, way: str) -> list["Group"]:
        """Groups by their way, such as `line/allowance`."""
        first, _, rest = way.partition("/")
        found = self.all(first)
        return [inner for group in found for inner in group.within(rest)] if rest else found

    @cached_property
    def elements(self) -> dict[str, list[Node]]:
        """All elements by name, those that no term is read from as well; looked through once for all rules."""
        found: dict[str, list[Node]] = {}
        for node in self.node.walk():
            found.setdefault(node.name, []).append(node)
        return found

    def every(self) -> Iterator["Group"]:
        yield self
        for groups in self.groups.values():
            for group in groups:
                yield from group.every()


def parts(node: Node, table: Mapping[str, tuple[str, Mapping[str, str]]]) -> dict[str, list[Group]]:
    """Read the groups of a table: the path of each, and its terms; a group that says nothing is there, too."""
    return {
        name: [Group(place, take(place, terms)) for place in node.all(path)] for name, (path, terms) in table.items()
    }


def take(node: Node, table: Mapping[str, str]) -> dict[str, Term]:
    """Read terms by a table of paths: `A/B`, `A/@unitCode`, alternatives parted by ` | `; the first that is there."""
    found = ((name, _term(node, paths)) for name, paths in table.items())
    return {name: term for name, term in found if term is not None}


def _term(node: Node, paths: str) -> Term | None:
    for path in paths.split(" | "):
        way, _, attribute = path.partition("@")
        way = way.strip("/")
        for place in node.all(way) if way else [node]:
            text = place.attributes.get(attribute, "").strip() if attribute else place.text
            if text:
                return Term(text, place, attribute)
    return None
