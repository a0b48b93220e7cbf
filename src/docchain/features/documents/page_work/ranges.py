"""Page numbers as people write them, `1-3,5,8-`; its one rule: what names no page of the document is refused."""

import re
from collections.abc import Iterable

_PART = re.compile(r"\s*+(\d{1,6})?\s*+(-)?\s*+(\d{1,6})?\s*+")


class BadPages(Exception):
    """The pages are not pages of this document; says which."""


def pages_of(text: str, count: int) -> list[int]:
    """The numbers, in the order they are written; `-` alone and `8-` reach to the last page."""
    pages: list[int] = []
    for part in text.split(","):
        match = _PART.fullmatch(part)
        if match is None or not part.strip():
            raise BadPages(f"“{part.strip()[:40]}” names no pages; write them like 1-3,5.")
        first, dash, last = match.groups()
        start = int(first or 1)
        end = int(last or count) if dash else start
        if first and last and end < start:
            raise BadPages(f"“{part.strip()}” runs backwards; write it as {end}-{start}.")
        if not 1 <= start <= end <= count:
            raise BadPages(f"“{part.strip()}” is not within the document's {count} pages.")
        pages += range(start, end + 1)
        if len(pages) > count:
            break
    if len(set(pages)) != len(pages):
        raise BadPages(f"“{text[:40]}” names a page twice.")
    return pages


def written(pages: Iterable[int]) -> str:
    """The other way round: `1-3,5`."""
    parts: list[list[int]] = []
    for page in pages:
        if parts and parts[-1][-1] == page - 1:
            parts[-1].append(page)
        else:
            parts.append([page])
    return ",".join(str(part[0]) if len(part) == 1 else f"{part[0]}-{part[-1]}" for part in parts)
