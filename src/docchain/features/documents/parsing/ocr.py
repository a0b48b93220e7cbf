"""Reading pictures of text with the models that ship in the rapidocr wheel; nothing is ever downloaded.

Boxes are in the picture's own pixels; lines are built after the page's skew is taken out.
"""

import math
import re
from functools import cache
from statistics import median
from typing import Any

import msgspec

from docchain.features.documents.parsing.lines import Line, reading_order
from docchain.features.documents.parsing.model import Box, Word

DETECTION_SIDE = 1280
SURE = 0.75
TALL = 1.5
ORDINAL = re.compile(r"(?<=\d)°(?![CF\d])|(?<=[NnMm])°")

Quad = list[tuple[float, float]]


class Read(msgspec.Struct, frozen=True):
    """One recognized word: text, confidence, corners."""

    text: str
    confidence: float
    quad: Quad


def read(image: Any, scale: float, languages: tuple[str, ...] = ()) -> list[Line]:
    """Lines of words in a PIL image, boxes multiplied by `scale`."""
    words, turns = _upright(image)
    skew = _skew(words)
    level = [_word(word, _box(_turn(word.quad, -skew, (0, 0))), number) for number, word in enumerate(words)]
    lines = reading_order(level)
    size = image.size
    return [
        [
            Word(
                _spelled(word.text, languages),
                _scaled(_box(_turned_back(words[word.line].quad, turns, size)), scale),
                number,
                round(word.confidence, 3),
            )
            for word in line
        ]
        for number, line in enumerate(lines)
    ]


def _upright(image: Any) -> tuple[list[Read], int]:
    """The words, and by how many quarter turns the picture had to be turned to be read."""
    words = _recognize(image)
    sideways = [_is_tall(word.quad) for word in words if len(word.text) > 2]  # noqa: PLR2004 -- short words are square
    lying = sum(sideways) * 2 > len(sideways)
    if words and not lying and _sureness(words) >= SURE:
        return words, 0
    tries = [
        (words, 0),
        *((_recognize(image.rotate(90 * turns, expand=True)), turns) for turns in _turns(lying, words)),
    ]
    return max(tries, key=lambda found: _sureness(found[0]) * sum(len(word.text) for word in found[0]))


def _turns(lying: bool, words: list[Read]) -> tuple[int, ...]:
    if not words:
        return ()
    return (1, 3) if lying else (2,)


def _recognize(image: Any) -> list[Read]:
    import numpy as np  # noqa: PLC0415 -- only in children

    found = _engine()(np.asarray(image.convert("RGB"))[:, :, ::-1], return_word_box=True)
    if not found.txts:
        return []
    return [
        Read(text.strip(), float(confidence), [(float(x), float(y)) for x, y in corners])
        for line in found.word_results
        for text, confidence, corners in line
        if corners is not None and text.strip()
    ]


@cache
def _engine() -> Any:
    from rapidocr import RapidOCR  # noqa: PLC0415 -- heavy

    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.use_cls": False,
            "Global.max_side_len": 6000,
            "Det.limit_type": "max",
            "Det.limit_side_len": DETECTION_SIDE,
            "Rec.rec_batch_num": 1,
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )


def _spelled(text: str, languages: tuple[str, ...]) -> str:
    """The model knows one small ring; Spanish writes an ordinal there."""
    return ORDINAL.sub("º", text) if "es" in languages else text


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


def _turn(quad: Quad, angle: float, about: tuple[float, float]) -> Quad:
    cos, sin = math.cos(angle), math.sin(angle)
    return [
        (about[0] + (x - about[0]) * cos - (y - about[1]) * sin, about[1] + (x - about[0]) * sin + (y - about[1]) * cos)
        for x, y in quad
    ]


def _turned_back(quad: Quad, turns: int, size: tuple[int, int]) -> Quad:
    """Corners in the picture as it came; PIL turns against the clock."""
    width, height = size
    match turns:
        case 1:
            return [(width - y, x) for x, y in quad]
        case 2:
            return [(width - x, height - y) for x, y in quad]
        case 3:
            return [(y, height - x) for x, y in quad]
    return quad


def _is_tall(quad: Quad) -> bool:
    x0, y0, x1, y1 = _box(quad)
    return y1 - y0 > TALL * (x1 - x0)


def _word(word: Read, box: Box, number: int) -> Word:
    return Word(word.text, box, number, word.confidence)


def _box(quad: Quad) -> Box:
    xs, ys = [x for x, _ in quad], [y for _, y in quad]
    return (min(xs), min(ys), max(xs), max(ys))


def _scaled(box: Box, scale: float) -> Box:
    x0, y0, x1, y1 = (round(value * scale, 2) for value in box)
    return (x0, y0, x1, y1)
