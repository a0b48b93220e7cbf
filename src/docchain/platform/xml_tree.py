"""Foreign XML as a small tree; its one rule: no document types, no entities, no network, and a bound on everything."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from xml.parsers.expat import ErrorString, ExpatError, ParserCreate

MOST_BYTES: Final = 20 * 1024 * 1024
MOST_NODES: Final = 500_000
DEEPEST: Final = 100
_BETWEEN: Final = "}"


class BadXml(Exception):
    """What is wrong with the file, for the person who sent it. `code` is `damaged`, `forbidden` or `too_large`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(slots=True, eq=False)
class Node:
    """An element; names are local ones, for prefixes differ from file to file."""

    name: str
    space: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Node"] = field(default_factory=list)
    parent: "Node | None" = None
    pieces: list[str] = field(default_factory=list)
    place: str = ""
    """Its number among those of its name, such as `[2]`; known once `numbered` says so of its parent."""
    numbered: bool = False

    @property
    def text(self) -> str:
        return "".join(self.pieces).strip()

    @property
    def path(self) -> str:
        """Where it stands, such as `/Invoice/InvoiceLine[2]/ID`."""
        if self.parent is None:
            return f"/{self.name}"
        if not self.parent.numbered:
            self.parent.number()
        return f"{self.parent.path}/{self.name}{self.place}"

    def number(self) -> None:
        """Tell all children their places at once, so that asking each costs no look at its siblings."""
        many, seen = Counter(child.name for child in self.children), Counter[str]()
        for child in self.children:
            seen[child.name] += 1
            child.place = f"[{seen[child.name]}]" if many[child.name] > 1 else ""
        self.numbered = True

    def all(self, path: str) -> Iterator["Node"]:
        """Every element below that a path of names leads to."""
        first, _, rest = path.partition("/")
        for child in self.children:
            if child.name == first:
                if rest:
                    yield from child.all(rest)
                else:
                    yield child

    def walk(self) -> Iterator["Node"]:
        """Itself and every element within, in the order of the file."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.children))

    def ancestors(self) -> Iterator["Node"]:
        """What it stands in, the innermost first."""
        over = self.parent
        while over is not None:
            yield over
            over = over.parent

    def first(self, path: str) -> "Node | None":
        return next(self.all(path), None)


def read_xml(data: bytes, most_bytes: int = MOST_BYTES) -> Node:
    """The root element.

    Raises:
        BadXml: it is not well-formed, declares a document type, or is larger or deeper than any honest file.
    """
    if len(data) > most_bytes:
        raise BadXml("too_large", f"The XML is larger than {most_bytes // 1024:,} KiB; no invoice needs that much.")
    reader = _Reader()
    parser = ParserCreate(namespace_separator=_BETWEEN)
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = reader.refuse
    parser.EntityDeclHandler = reader.refuse
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.characters
    try:
        parser.Parse(data, True)  # noqa: FBT003 - the parser takes no names
    except ExpatError as error:
        raise BadXml("damaged", f"The XML is broken in line {error.lineno}: {ErrorString(error.code)}.") from None
    except (ValueError, LookupError):  # an encoding that nobody knows
        raise BadXml("damaged", "The XML is in an encoding that cannot be read; save it as UTF-8.") from None
    assert reader.root is not None  # noqa: S101 - the parser refuses documents without an element
    return reader.root


class _Reader:
    """Builds the tree as the parser goes."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self._open: list[Node] = []
        self._count = 0

    def refuse(self, *_: object) -> None:
        message = "The XML declares a document type or entities, which can hide attacks; invoices never need them."
        raise BadXml("forbidden", message + " Ask the sender for a clean file.")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > MOST_NODES or len(self._open) >= DEEPEST:
            raise BadXml("too_large", f"The XML has over {MOST_NODES:,} elements or {DEEPEST} levels; it is refused.")
        space, _, local = name.rpartition(_BETWEEN)
        plain = {key.rpartition(_BETWEEN)[2]: value for key, value in attributes.items()}
        node = Node(local, space, plain)
        if self._open:
            node.parent = self._open[-1]
            node.parent.children.append(node)
        else:
            self.root = node
        self._open.append(node)

    def end(self, _: str) -> None:
        self._open.pop()

    def characters(self, text: str) -> None:
        self._open[-1].pieces.append(text)
