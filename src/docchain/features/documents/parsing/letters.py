"""The recognition model without letters that no document of ours is written in; what it knows of the others stays.

Its last layer has a column for each of 18,708 characters, most of them Chinese, and costs a quarter of a line's time.
The model is a protocol buffer (ONNX); what is rewritten: that layer, its output, the list of characters.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np

IDEOGRAPHS: Final = "\u2e80"
GRAPH, METADATA = 7, 14
INITIALIZER, OUTPUT, KNOWN_SHAPES = 5, 12, 13
DIMS, TYPE, NAME, RAW = 1, 2, 8, 9
FLOAT: Final = 1
DROPPED: Final = b""
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
CHARACTERS: Final = b"character"

Field = tuple[int, Any, memoryview]
"""Its number, its value, and all of it as it stood."""


def without_ideographs(model: bytes) -> bytes:
    """The same model with fewer letters; places count from the blank, and the space is the last one."""
    (known,) = (_characters(value) for number, value, _ in _fields(memoryview(model)) if number == METADATA)
    kept = [place for place, character in enumerate(known) if max(character) < IDEOGRAPHS]
    places = np.array([0, *(place + 1 for place in kept), len(known) + 1])
    listed = _entry(1, CHARACTERS) + _entry(2, "\n".join(known[place] for place in kept).encode())

    def layer(tensor: memoryview) -> bytes | None:
        return _columns(tensor, places, len(known) + 2)

    return _rewritten(
        memoryview(model),
        {GRAPH: lambda graph: _rewritten(graph, {INITIALIZER: layer, OUTPUT: _of_any_shape, KNOWN_SHAPES: _dropped})}
        | {METADATA: lambda _: listed},
    )


def _columns(tensor: memoryview, places: Any, whole: int) -> bytes | None:
    """The wanted columns of a tensor that has one for each character; others stay."""
    found: dict[int, list[Any]] = {}
    for number, value, _ in _fields(tensor):
        found.setdefault(number, []).append(value)
    shape = found.get(DIMS, [])
    if not shape or shape[-1] != whole:
        return None
    columns = np.frombuffer(found[RAW][0], "<f4").reshape(shape)[..., places]
    dims = b"".join(_number(DIMS, side) for side in columns.shape)
    return dims + _number(TYPE, FLOAT) + _entry(NAME, bytes(found[NAME][0])) + _entry(RAW, columns.tobytes())


def _of_any_shape(output: memoryview) -> bytes:
    (name,) = (bytes(value) for number, value, _ in _fields(output) if number == 1)
    return _entry(1, name) + _entry(2, _entry(1, _number(1, FLOAT)))


def _dropped(_: memoryview) -> bytes:
    return DROPPED


def _characters(entry: memoryview) -> list[str]:
    told = {number: bytes(value) for number, value, _ in _fields(entry)}
    return told[2].decode().splitlines() if told[1] == CHARACTERS else []


def _rewritten(message: memoryview, rules: dict[int, Callable[[memoryview], bytes | None]]) -> bytes:
    """The message with the fields that have a rule made anew, where the rule has something to say."""
    parts: list[bytes | memoryview] = []
    for number, value, whole in _fields(message):
        made = rules[number](value) if number in rules else None
        if made != DROPPED:
            parts.append(whole if made is None else _entry(number, made))
    return b"".join(parts)


def _fields(message: memoryview) -> Iterator[Field]:
    at = 0
    while at < len(message):
        key, start = _varint(message, at)
        end, kind = start, key & 7
        value: Any = None
        if kind == VARINT:
            value, end = _varint(message, start)
        elif kind == BYTES:
            size, start = _varint(message, start)
            end = start + size
            value = message[start:end]
        else:
            end += {FIXED32: 4, FIXED64: 8}[kind]
        yield key >> 3, value, message[at:end]
        at = end


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:  # noqa: PLR2004 -- the last byte of a number
            return value, at


def _packed(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:  # noqa: PLR2004 -- seven bits a byte
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _number(field: int, value: int) -> bytes:
    return _packed(field << 3 | VARINT) + _packed(value)


def _entry(field: int, value: bytes) -> bytes:
    return _packed(field << 3 | BYTES) + _packed(len(value)) + value
