"""Reading pictures of text with the models that ship in the rapidocr wheel; nothing is ever downloaded.

The model knows one small ring, a degree; Spanish writes an ordinal there. Lines are built with the skew taken out.
"""

import math
import re
from collections.abc import Iterable
from statistics import median
from typing import Any

import msgspec

from docchain.features.documents.parsing.lines import Line, reading_order
from docchain.features.documents.parsing.model import Box, Word

SURE = 0.75
TALL = 1.5
WITH_IDEOGRAPHS = frozenset({"zh", "ja"})
ORDINAL = re.compile(r"(?<=\d)°(?![CF\d])|(?<=[NnMm])°")

Quad = list[tuple[float, float]]


class Read(msgspec.Struct, frozen=True):
    """One recognized word: text, confidence, corners."""

    text: str
    confidence: float
    quad: Quad


def read(image: Any, scale: float, languages: tuple[str, ...] = ()) -> tuple[list[Line], int]:
    """Lines of words on the picture made upright, and the quarter turns against the clock that make it so.

    Boxes are multiplied by `scale`.
    """
    words, turns = _upright(image, not WITH_IDEOGRAPHS.isdisjoint(languages))
    skew = _skew(words)
    level = [Word(word.text, _box(_turn(word.quad, -skew)), number) for number, word in enumerate(words)]
    lines = [
        [_placed(words[word.line], number, scale, languages) for word in line]
        for number, line in enumerate(reading_order(level))
    ]
    return lines, turns


def _placed(word: Read, line: int, scale: float, languages: tuple[str, ...]) -> Word:
    x0, y0, x1, y1 = (round(value * scale, 2) for value in _box(word.quad))
    text = ORDINAL.sub("º", word.text) if "es" in languages else word.text
    return Word(text, (x0, y0, x1, y1), line, round(word.confidence, 3))


def _upright(image: Any, ideographs: bool) -> tuple[list[Read], int]:
    words, lying = _recognize(image, ideographs)
    if not words or (not lying and _sureness(words) >= SURE):
        return words, 0
    others = (1, 3) if lying else (2,)
    tries = [(_recognize(image.rotate(90 * turns, expand=True), ideographs)[0], turns) for turns in others]
    if not lying:
        tries.append((words, 0))
    return max(tries, key=lambda found: _sureness(found[0]) * sum(len(word.text) for word in found[0]))


def _recognize(image: Any, ideographs: bool) -> tuple[list[Read], bool]:
    """Words, and whether most of the text runs up or down."""
    import numpy as np  # noqa: PLC0415 -- only in children

    from docchain.features.documents.parsing.recognizer import recognize  # noqa: PLC0415 -- only in children

    pixels = np.ascontiguousarray(np.asarray(image.convert("RGB"))[:, :, ::-1])  # else each line copies the page
    found = recognize(pixels, ideographs=ideographs)
    if not found.txts:
        return [], False
    words = [
        Read(text.strip(), float(confidence), [(float(x), float(y)) for x, y in corners])
        for line in found.word_results
        for text, confidence, corners in line
        if corners is not None and text.strip()
    ]
    tall = sum(len(text) for text, quad in zip(found.txts, found.boxes, strict=True) if _is_tall(quad))
    return words, tall * 2 > sum(map(len, found.txts))


def _sureness(words: list[Read]) -> float:
    letters = sum(len(word.text) for word in words)
    return sum(word.confidence * len(word.text) for word in words) / letters if letters else 0.0


def _skew(words: list[Read]) -> float:
    """The text's angle in radians, by its longer words."""
    angles = [
        math.atan2(word.quad[1][1] - word.quad[0][1], word.quad[1][0] - word.quad[0][0])
        for word in words
        if len(word.text) > 4  # noqa: PLR2004 -- short words tell no angle
    ]
    return median(angles) if angles else 0.0


def _turn(quad: Quad, angle: float) -> Quad:
    cos, sin = math.cos(angle), math.sin(angle)
    return [(x * cos - y * sin, x * sin + y * cos) for x, y in quad]


def _is_tall(quad: Iterable[tuple[float, float]]) -> bool:
    x0, y0, x1, y1 = _box(quad)
    return y1 - y0 > TALL * (x1 - x0)


def _box(quad: Iterable[tuple[float, float]]) -> Box:
    xs, ys = zip(*quad, strict=True)
    return (min(xs), min(ys), max(xs), max(ys))
