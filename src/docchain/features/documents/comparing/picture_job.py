"""What a child process does to compare pictures of pages: what differs, in boxes, and a picture that marks it."""

from itertools import pairwise
from pathlib import Path
from typing import Any, Final

_CELL: Final = 8
"""Pixels of a cell: what differs within one is one thing."""
_LOUD: Final = 40
"""Of 255: what two renderings of the same differ by at their edges is less."""
_LOUD_PIXELS: Final = 3
_MARK: Final = (220, 30, 30)
_MOST_BOXES: Final = 200
Box = tuple[int, int, int, int]


def compare(old: str, new: str, made: str) -> dict[str, Any]:
    """Write the new picture as PNG with what differs framed in red.

    Returns:
        How alike the two are, and the boxes that differ, in shares of width and height.
    """
    from PIL import ImageDraw  # noqa: PLC0415 - only in children

    image, cells = _compared(old, new)
    width, height = image.size
    boxes = _boxes(cells)
    draw = ImageDraw.Draw(image)
    for x0, y0, x1, y1 in boxes:
        draw.rectangle((x0 - 2, y0 - 2, x1 + 1, y1 + 1), outline=_MARK, width=2)
    with Path(made).open("r+b") as file:
        image.save(file, "PNG")
    shares = [
        (round(x0 / width, 4), round(y0 / height, 4), round(min(x1 / width, 1), 4), round(min(y1 / height, 1), 4))
        for x0, y0, x1, y1 in boxes
    ]
    return {"similarity": round(1 - float(cells.sum()) / cells.size, 4), "changed": shares}


def _compared(old: str, new: str) -> tuple[Any, Any]:
    """The new picture, and which of its cells differ from the old one in its size."""
    import numpy as np  # noqa: PLC0415 - heavy, and only in children
    from PIL import Image  # noqa: PLC0415 - the same

    with Image.open(new, formats=("PNG",)) as opened:
        image = opened.convert("RGB")
    with Image.open(old, formats=("PNG",)) as opened:
        other = opened.convert("RGB")
    if other.size != image.size:
        other = other.resize(image.size)
    gap = np.abs(np.asarray(image.convert("L"), np.int16) - np.asarray(other.convert("L"), np.int16)) > _LOUD
    rows, columns = -(-gap.shape[0] // _CELL), -(-gap.shape[1] // _CELL)
    padded = np.zeros((rows * _CELL, columns * _CELL), bool)
    padded[: gap.shape[0], : gap.shape[1]] = gap
    return image, padded.reshape(rows, _CELL, columns, _CELL).sum(axis=(1, 3)) >= _LOUD_PIXELS


def _boxes(cells: Any) -> list[Box]:
    """Bands of rows that differ, cut where two empty columns part them; in pixels."""
    import numpy as np  # noqa: PLC0415 - only in children

    found: list[Box] = []
    for top, bottom in _stretches(np.flatnonzero(cells.any(axis=1)).tolist()):
        band = cells[top : bottom + 1]
        for left, right in _stretches(np.flatnonzero(band.any(axis=0)).tolist()):
            found.append((left * _CELL, top * _CELL, (right + 1) * _CELL, (bottom + 1) * _CELL))
    return found[:_MOST_BOXES]


def _stretches(places: list[int]) -> list[tuple[int, int]]:
    """`[1, 2, 3, 9]` as `(1, 3), (9, 9)`; gaps of two are bridged."""
    if not places:
        return []
    cuts = [index + 1 for index, (one, other) in enumerate(pairwise(places)) if other - one > 2]  # noqa: PLR2004
    edges = [0, *cuts, len(places)]
    return [(places[start], places[end - 1]) for start, end in pairwise(edges)]
