"""Markdown as lines and tables of plain text, for the grid."""

from collections.abc import Iterator
from typing import Any

from docchain.features.documents.parsing.grid import Block, Rows, wrap

INDENT = 2


def blocks(text: str) -> Iterator[Block]:
    """Text lines without any markup, and tables as rows of cells; an empty line parts the blocks."""
    from markdown_it import MarkdownIt  # noqa: PLC0415 -- only in children

    tokens = MarkdownIt("commonmark", {"html": False}).enable("table").parse(text)
    markers: list[str] = []
    lists: list[Any] = []
    rows: Rows = []
    for token in tokens:
        if token.type in {"bullet_list_open", "ordered_list_open"}:
            lists.append(token)
        elif token.type in {"bullet_list_close", "ordered_list_close"}:
            lists.pop()
        elif token.type == "list_item_open":
            markers = [f"{token.info}. " if lists[-1].type == "ordered_list_open" else "- "]
        elif token.type == "tr_open":
            rows.append([])
        elif token.type == "inline" and rows:
            rows[-1].append(inline_text(token).replace("\n", " "))
        elif token.type == "table_close":
            yield from (rows, "")
            rows = []
        elif token.type == "inline":
            marker = markers.pop() if markers else ""
            yield from _paragraph(inline_text(token), " " * INDENT * (len(lists) - 1) + marker if lists else "")
        elif token.type in {"fence", "code_block"}:
            yield from (*token.content.splitlines(), "")


def inline_text(token: Any) -> str:
    """An inline token's text as a reader sees it."""
    parts = []
    for child in token.children or []:
        if child.type in {"softbreak", "hardbreak"}:
            parts.append("\n")
        elif child.type in {"image", "text", "text_special", "code_inline"}:
            parts.append(child.content)
    return "".join(parts)


def pipe_table(rows: Rows) -> str:
    """Rows as a Markdown table; nothing for rows without a cell."""
    width = max((len(row) for row in rows), default=0)
    if not width:
        return ""
    lines = [
        "| "
        + " | ".join(" ".join(cell.split()).replace("|", r"\|") for cell in [*row, *[""] * (width - len(row))])
        + " |"
        for row in rows
    ]
    return "\n".join([lines[0], "|" + " --- |" * width, *lines[1:]])


def _paragraph(text: str, prefix: str) -> Iterator[str]:
    for number, line in enumerate(text.split("\n")):
        for part in wrap(line):
            yield (prefix if number == 0 else " " * len(prefix)) + part
    if not prefix:
        yield ""
