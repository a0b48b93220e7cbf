"""Where documents begin in a stack of pages; its one rule: a proposal says why, and a person decides."""

from collections.abc import Sequence
from typing import Final, Literal

from docchain.features.documents.page_work.looking import Seen
from docchain.features.documents.page_work.schemas import ProposedPart

By = Literal["layout", "blank", "barcode"]
_LIKELY: Final = 0.5
_WEIGHTS: Final = {
    "page 1 of its own count": 0.9,
    "another number": 0.8,
    "the page before is the last of its count": 0.6,
    "the same letterhead begins again": 0.35,
    "another letterhead": 0.35,
    "another page size": 0.4,
    "after a blank page": 0.5,
}
_AGAINST: Final = 0.9


def propose(pages: Sequence[Seen], by: By, separator: str | None = None, *, keep: bool = False) -> list[ProposedPart]:
    """The parts; separator pages belong to none, unless they are to be kept as first pages."""
    if by == "layout":
        return _by_layout(pages)
    marks = [page.blank if by == "blank" else _is_separator(page, separator) for page in pages]
    reason = "after a blank page" if by == "blank" else "after a separator"
    parts: list[list[int]] = [[]]
    for page, mark in zip(pages, marks, strict=True):
        if mark:
            parts.append([page.number] if keep and by == "barcode" else [])
        else:
            parts[-1].append(page.number)
    found = [part for part in parts if part]
    return [
        ProposedPart(first=part[0], last=part[-1], pages=len(part), confidence=1.0, reasons=[reason] if index else [])
        for index, part in enumerate(found)
    ]


def _is_separator(page: Seen, separator: str | None) -> bool:
    """Any code, or one that the pattern fits; `*` stands for anything."""
    if separator is None:
        return bool(page.codes)
    return any(_fits(code, separator.split("*")) for code in page.codes)


def _fits(code: str, parts: Sequence[str]) -> bool:
    """Whether a text has these parts one after the other, beginning with the first and ending with the last."""
    if len(parts) == 1:
        return code == parts[0]
    first, *middle, last = parts
    place, end = len(first), len(code) - len(last)
    if not code.startswith(first) or not code.endswith(last) or place > end:
        return False
    for part in middle:
        found = code.find(part, place, end)
        if found < 0:
            return False
        place = found + len(part)
    return True


def _by_layout(pages: Sequence[Seen]) -> list[ProposedPart]:
    starts: list[tuple[int, float, list[str]]] = []
    for index, page in enumerate(pages):
        if page.blank:
            continue
        before = pages[index - 1] if index else None
        sure, reasons = (1.0, []) if not starts else _begins(page, before, pages[starts[-1][0]])
        if sure >= _LIKELY:
            starts.append((index, sure, reasons))
    if not starts:
        return []
    ends = [start for start, _, _ in starts[1:]] + [len(pages)]
    return [_part(pages, start, end, sure, reasons) for (start, sure, reasons), end in zip(starts, ends, strict=True)]


def _part(pages: Sequence[Seen], start: int, end: int, sure: float, reasons: list[str]) -> ProposedPart:
    """Blank pages at the end belong to the paper, not to the document."""
    last = end - 1
    while last > start and pages[last].blank:
        last -= 1
    first = pages[start].number
    return ProposedPart(
        first=first, last=pages[last].number, pages=last - start + 1, confidence=round(sure, 2), reasons=reasons
    )


def _begins(page: Seen, before: Seen | None, first: Seen) -> tuple[float, list[str]]:
    """How sure it is that a document begins here, and why."""
    if page.page_of and page.page_of[0] > 1:
        return 1 - _AGAINST, []
    reasons = list(_reasons(page, before, first))
    doubt = 1.0
    for reason in reasons:
        doubt *= 1 - _WEIGHTS[reason]
    return 1 - doubt, reasons


def _reasons(page: Seen, before: Seen | None, first: Seen) -> list[str]:
    found = {
        "page 1 of its own count": bool(page.page_of and page.page_of[0] == 1),
        "another number": bool(page.reference and first.reference and page.reference != first.reference),
        "the page before is the last of its count": bool(
            before and before.page_of and before.page_of[0] == before.page_of[1]
        ),
        "the same letterhead begins again": bool(page.top and page.top[:1] == first.top[:1] and page.reference),
        "another letterhead": bool(page.top and first.top and page.top[:1] != first.top[:1] and page.reference),
        "another page size": bool(before and page.size != before.size),
        "after a blank page": bool(before and before.blank),
    }
    if page.reference and page.reference == first.reference:
        return []
    return [reason for reason, holds in found.items() if holds]
