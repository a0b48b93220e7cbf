"""The items of a list in a YAML text: where each begins and ends, and which comments and blank lines are whose."""

from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import yaml


class Unsure(Exception):
    """The text is laid out in a way that is not edited in place."""


def line_start(text: str, place: int) -> int:
    return text.rfind("\n", 0, place) + 1


def line_end(text: str, place: int) -> int:
    """Behind the line that ends at or behind this place; a place at the start of a line is behind one already."""
    if place and text[place - 1] == "\n":
        return place
    found = text.find("\n", place)
    return len(text) if found < 0 else found + 1


def end_of(text: str, node: Any) -> int:
    """Behind the last character of a node, comments and blank lines below it not counted."""
    end: int = node.end_mark.index
    if isinstance(node, yaml.ScalarNode):
        if node.style in {"|", ">"}:
            head = text[node.start_mark.index : line_end(text, node.start_mark.index)]
            while "+" not in head and end > node.start_mark.index and text[end - 1].isspace():
                end -= 1
        return end
    if node.flow_style or not node.value:
        return end
    last = node.value[-1]
    return end_of(text, last[1] if isinstance(last, tuple) else last)


class Items:
    """A list in block style, cut into its items and the gaps between them.

    Comments right above an item and those below it that stand deeper than its dash are the item's own.
    """

    def __init__(self, text: str, node: Any) -> None:
        self._text = text
        self.column: int = node.start_mark.column
        self._parts: list[tuple[int, int]] = []
        free = 0
        for item in node.value:
            start, end = self._start(node, item, free), self._end(item)
            self._parts.append((start, end))
            free = end
        self.start, self.end = self._parts[0][0], self._parts[-1][1]
        between = zip(self._parts, self._parts[1:], strict=False)
        self._gaps = [text[end:start] for (_, end), (start, _) in between]
        blank = Counter(gap for gap in self._gaps if not gap.strip())
        self._usual = blank.most_common(1)[0][0] if blank else ""

    def part(self, place: int) -> tuple[int, int]:
        return self._parts[place]

    def joined(self, items: Sequence[tuple[int | None, str]]) -> str:
        """Items in a new order; each comes with the place that it had, if it had one."""
        leads, left = self._leads({place for place, _ in items})
        parts: list[str] = []
        for place, text in items:
            lead = self._usual if place is None else leads[place]
            parts.append(lead if parts else lead.lstrip("\r\n"))
            parts.append(text if text.endswith("\n") else text + "\n")
        return "".join([*parts, left])

    def _leads(self, kept: AbstractSet[int | None]) -> tuple[dict[int, str], str]:
        """What stands before each item that is kept, with the comments before those that are not; and what is left."""
        leads, left = {}, ""
        for place, gap in enumerate([self._usual, *self._gaps]):
            if place in kept:
                leads[place] = left + gap
                left = ""
            elif gap.strip():
                left += gap
        return leads, left

    def _start(self, node: Any, item: Any, free: int) -> int:
        dash = self._text.rfind("-", node.start_mark.index, item.start_mark.index)
        start = line_start(self._text, dash)
        if dash < 0 or self._text[dash + 1 : item.start_mark.index].strip() or self._text[start:dash].strip():
            raise Unsure
        while start > free and self._is_comment(line_start(self._text, start - 1)):
            start = line_start(self._text, start - 1)
        return start

    def _end(self, item: Any) -> int:
        end = line_end(self._text, end_of(self._text, item))
        while end < len(self._text) and self._is_comment(end) and self._depth(end) > self.column:
            end = line_end(self._text, end + 1)
        return end

    def _is_comment(self, start: int) -> bool:
        return self._text[start : line_end(self._text, start + 1)].lstrip().startswith("#")

    def _depth(self, start: int) -> int:
        line = self._text[start : line_end(self._text, start + 1)]
        return len(line) - len(line.lstrip())
