"""Where on papers of one layout a value stands; its one rule: an anchor names words that stay, or a place."""

from collections.abc import Iterator, Sequence
from typing import Final, Literal, NamedTuple

import msgspec
from msgspec.structs import replace

from docchain.features.extraction import tax_ids
from docchain.features.extraction.field_spec import FieldSpec
from docchain.features.extraction.geometry import Row, fold
from docchain.features.extraction.labelled import reader_of
from docchain.features.extraction.reading import Reading
from docchain.features.extraction.spans import Found, Span

CONSTANT: Final = frozenset({"text", "tax_id", "iban", "currency", "enum"})
MOST_WORDS: Final = 4
_RIGHT, _UNDER, _PLACE, _CONSTANT = 1.0, 0.85, 0.5, 0.75
_FARTHER: Final = 0.85
_ROWS_UP: Final = 5
_REACH: Final = 6.0
_NEAR: Final = 0.03
_GAP: Final = 2
_LINE: Final = 0.7


class Anchor(msgspec.Struct, frozen=True):
    """How to come from words that stay to a value.

    `right`: the value follows `label` in its row. `under`: it stands `dy` rows under `label`, beginning `dx` from it.
    `place`: it begins at `x`, `y` of the page. `constant`: it is always the same words. Lengths are shares of the
    page's width and height, and heights of rows. A text goes to the end of its cell (`rest`), or has so many `words`.
    """

    kind: Literal["right", "under", "place", "constant"]
    label: str = ""
    x: float = 0.0
    y: float = 0.0
    dx: float = 0.0
    dy: float = 0.0
    words: int = 1
    rest: bool = False
    weight: float = 1.0


class Led(NamedTuple):
    """What an anchor leads to."""

    found: Found
    weight: float


def anchors_of(page: Reading, places: Sequence[Span], spec: FieldSpec) -> list[Anchor]:
    """All ways to a value; where it stands in several places, each way counts for less."""
    made = [anchor for span in places for anchor in _ways(page, span)]
    share = 1 / max(len(places), 1)
    known = [replace(anchor, weight=round(anchor.weight * share, 4)) for anchor in made]
    if spec.type in CONSTANT and places:
        words = " ".join(token.norm for token in places[0].row.tokens[places[0].start : places[0].end] if token.norm)
        known.append(Anchor("constant", words, words=places[0].end - places[0].start, weight=_CONSTANT))
    return known


def follow(page: Reading, name: str, spec: FieldSpec, anchors: Sequence[Anchor]) -> Iterator[Led]:
    """What anchors lead to on another paper."""
    for anchor in anchors:
        if anchor.kind == "constant":
            found = next(_sames(page, anchor, spec), None)
        elif anchor.kind == "place":
            found = _at_place(page, name, spec, anchor)
        else:
            found = _from_label(page, name, spec, anchor)
        if found is not None and _fits(found, spec):
            yield Led(found, anchor.weight)


def _ways(page: Reading, span: Span) -> Iterator[Anchor]:
    width, height = page.layout.sizes[span.row.page]
    cell = span.row.cell_at(span.start)
    shape = Anchor("place", words=span.end - span.start, rest=span.end == cell[1])
    if label := _before(span.row, span.start):
        box = label.box
        at = {"x": box[0] / width, "y": box[1] / height}
        yield replace(shape, kind="right", label=_words(label), weight=_RIGHT, **at)
    weight = _UNDER
    for over in _above(page, span):
        box = over.box
        dx, dy = (span.box[0] - box[0]) / width, (span.box[1] - box[1]) / page.layout.usual_height
        at = {"x": box[0] / width, "y": box[1] / height, "dx": dx, "dy": dy}
        yield replace(shape, kind="under", label=_words(over), weight=weight, **at)
        weight *= _FARTHER
    yield replace(shape, x=span.box[0] / width, y=span.box[1] / height, weight=_PLACE)


def _before(row: Row, start: int) -> Span | None:
    """The words right before a value, up to the value before."""
    end = start
    while end and not row.tokens[end - 1].norm:
        end -= 1
    first = end
    while first and end - first < MOST_WORDS and _is_label(row.tokens[first - 1].norm):
        first -= 1
        if row.cell_at(first)[0] == first:
            break
    return Span(row, first, end) if first < end else None


def _above(page: Reading, span: Span) -> Iterator[Span]:
    """Words that stand over a value, nearest first."""
    rows = page.layout.rows[max(0, span.row.index - _ROWS_UP) : span.row.index]
    for row in reversed(rows):
        if row.page != span.row.page or span.row.y0 - row.y1 > _REACH * page.layout.usual_height:
            return
        for start, end in row.cells:
            cell = Span(row, start, end)
            if min(cell.box[2], span.box[2]) - max(cell.box[0], span.box[0]) > 0 and _is_label(cell.norm):
                yield Span(row, start, min(end, start + MOST_WORDS))


def _is_label(norm: str) -> bool:
    return bool(norm) and not any(map(str.isdigit, norm))


def _words(span: Span) -> str:
    return " ".join(token.norm for token in span.row.tokens[span.start : span.end] if token.norm)


def _spelled(page: Reading, words: str) -> Iterator[Span]:
    """Wherever these words follow each other in a row."""
    wanted = words.split()
    for row in page.layout.rows:
        norms = [(at, token.norm) for at, token in enumerate(row.tokens) if token.norm]
        for first in range(len(norms) - len(wanted) + 1):
            part = norms[first : first + len(wanted)]
            if [norm for _, norm in part] == wanted:
                yield Span(row, part[0][0], part[-1][0] + 1)


def _from_label(page: Reading, name: str, spec: FieldSpec, anchor: Anchor) -> Found | None:
    """From the label nearest to where it stood: across counts more than down, for items push what is under them."""

    def far(span: Span) -> float:
        width, height = page.layout.sizes[span.row.page]
        return abs(span.box[0] / width - anchor.x) + 0.3 * abs(span.box[1] / height - anchor.y)

    for label in sorted(_spelled(page, anchor.label), key=far):
        found = (
            _right(page, name, spec, anchor, label)
            if anchor.kind == "right"
            else _under(page, name, spec, anchor, label)
        )
        if found is not None:
            return found
    return None


def _right(page: Reading, name: str, spec: FieldSpec, anchor: Anchor, label: Span) -> Found | None:
    row, start = label.row, label.end
    while start < len(row.tokens) and not row.tokens[start].norm:
        start += 1
    if start >= len(row.tokens):
        return None
    if spec.type == "text":
        return _text(row, start, anchor)
    values = reader_of(name, spec)(page, row, label.end, len(row.tokens))
    return next((item for item in values if item.start <= start + _GAP), None)


def _under(page: Reading, name: str, spec: FieldSpec, anchor: Anchor, label: Span) -> Found | None:
    tall = page.layout.usual_height
    width, _ = page.layout.sizes[label.row.page]
    for row in page.layout.below(label.row, _REACH * tall + tall):
        if abs((row.y0 - label.row.y0) / tall - anchor.dy) <= _LINE:
            return _in_row(page, name, spec, anchor, row, label.box[0] + anchor.dx * width)
    return None


def _at_place(page: Reading, name: str, spec: FieldSpec, anchor: Anchor) -> Found | None:
    rows = page.layout.rows
    first = rows[0].page if rows else 0
    for row in rows:
        width, height = page.layout.sizes[row.page]
        if row.page == first and abs(row.y0 - anchor.y * height) <= _LINE * page.layout.usual_height:
            return _in_row(page, name, spec, anchor, row, anchor.x * width)
    return None


def _in_row(page: Reading, name: str, spec: FieldSpec, anchor: Anchor, row: Row, left: float) -> Found | None:
    """The value that begins nearest to where it should."""
    width, _ = page.layout.sizes[row.page]
    near = _NEAR * width
    if spec.type == "text":
        at = min(range(len(row.tokens)), key=lambda index: abs(row.tokens[index].box[0] - left))
        return _text(row, at, anchor) if abs(row.tokens[at].box[0] - left) <= near else None
    values = [
        item
        for start, end in row.cells
        for item in reader_of(name, spec)(page, row, start, end)
        if min(abs(item.box[0] - left), abs((item.box[0] + item.box[2]) / 2 - left)) <= 3 * near
    ]
    return min(values, key=lambda item: abs(item.box[0] - left), default=None)


def _text(row: Row, start: int, anchor: Anchor) -> Found | None:
    cell_end = row.cell_at(start)[1]
    end = cell_end if anchor.rest else start + anchor.words
    if end > cell_end:
        return None
    return Found(row, start, end, "text", row.text(start, end).strip(" :;,"))


def _sames(page: Reading, anchor: Anchor, spec: FieldSpec) -> Iterator[Found]:
    """The same words again, as the type reads them."""
    for span in _spelled(page, anchor.label):
        if spec.type == "text":
            yield Found(span.row, span.start, span.end, "text", span.text.strip(" :;,"))
        else:
            values = reader_of("", spec)(page, span.row, span.start, span.end)
            yield from (item for item in values if item.start == span.start)


def _fits(found: Found, spec: FieldSpec) -> bool:
    """Whether it may be a value at all: an id that has check digits must pass them."""
    if spec.type == "tax_id":
        return not tax_ids.checkable(found.text) or tax_ids.proved_by_label(found.text) is not None
    return spec.type != "text" or bool(fold(str(found.value)))
