"""XML as lines that people and the index can read; its one rule: what it says, never how it is marked up."""

from collections.abc import Iterator

from docchain.features.documents.parsing.failures import Unreadable
from docchain.platform.xml_tree import BadXml, Node, read_xml

LONGEST = 2_000
_CODES = {"too_large": "too_large"}


def readable(data: bytes, name: str) -> str:
    """A line for each element that says something; attachments inside, which are no text, are left out."""
    try:
        root = read_xml(data)
    except BadXml as error:
        raise Unreadable(_CODES.get(error.code, "damaged"), f"{name}: {error}") from None
    return "\n".join(_lines(root))


def _lines(node: Node) -> Iterator[str]:
    text = " ".join(node.text.split())
    for key, value in node.attributes.items():
        if not text and value and len(value) <= LONGEST:
            yield f"{key}: {value}"
    if text and len(text) <= LONGEST:
        yield f"{node.name}: {text}"
    for child in node.children:
        yield from _lines(child)
