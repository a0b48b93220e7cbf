"""A chain as one document: its tree, then each link with its prompt and what came of it."""

import re
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from docchain.engine.kinds import StepError
from docchain.features.ai_workflows.chain_schemas import Chain, ChainLink, Format
from docchain.features.ai_workflows.errors import ChainTooLarge, NotRendered
from docchain.features.documents import Children, Contents

_JOB: Final = "docchain.features.documents.rendering.render:render_file"
_TEXT: Final = re.compile(r"text/(markdown|plain|csv)|application/json")
_HEADING: Final = re.compile(r"^(#{1,6})(?=\s)", re.MULTILINE)
_MARKS: Final = re.compile(r"([\\`*_\[\]<>#|])")
MEDIA_TYPES: Final[Mapping[Format, str]] = {
    "md": "text/markdown; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
}


async def texts_of(chain: Chain, contents: Contents, workspace: UUID, most: int) -> dict[UUID, str]:
    """What the documents of the links say, as far as they are text.

    Raises:
        ChainTooLarge: together they are more than `most` bytes.
    """
    wanted = {link.id: link.document for link in chain.links if link.document and _is_text(link.document)}
    if sum(int(document["size"]) for document in wanted.values()) > most:
        raise ChainTooLarge(most)
    return {
        link: (await contents.get(workspace, document["sha256"])).decode("utf-8", "replace")
        for link, document in wanted.items()
    }


def as_markdown(title: str, chain: Chain, texts: Mapping[UUID, str]) -> str:
    tree = [f"{'  ' * link.place.count('.')}- {link.place} {_plain(link.title)}" for link in chain.links]
    return "\n\n".join([f"# {_plain(title)}", "\n".join(tree), *(_section(link, texts) for link in chain.links)]) + "\n"


async def rendered(markdown: str, title: str, to: Format, children: Children) -> bytes:
    """In a child process.

    Raises:
        NotRendered: it cannot be set, or took too long.
    """
    if to == "md":
        return markdown.encode()
    try:
        async with children.file() as made:
            await children.call(_JOB, str(made), markdown, {}, "markdown", to, title, "es")
            return made.read_bytes()
    except StepError as error:
        raise NotRendered(str(error), hint="Take `format=md`.") from None


def _section(link: ChainLink, texts: Mapping[UUID, str]) -> str:
    depth = "#" * min(link.place.count(".") + 2, 6)
    said = texts.get(link.id)
    if said is None:
        name = link.document["name"] if link.document else ""
        said = f"*{_plain(name)}*" if name else f"*{link.run}: {link.status}*"
    quoted = "\n".join(f"> {_plain(line)}" for line in link.prompt.splitlines())
    below = _HEADING.sub(lambda match: "#" * min(len(match[1]) + len(depth), 6), said.strip())
    return f"{depth} {link.place} {_plain(link.title)}\n\n{quoted}\n\n{below}"


def _plain(text: str) -> str:
    """Words of a person, never markup."""
    return _MARKS.sub(r"\\\1", text)


def _is_text(document: Mapping[str, object]) -> bool:
    return _TEXT.match(str(document.get("media_type"))) is not None
