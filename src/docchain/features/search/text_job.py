"""What a child process does to have a document's text: of a parsed form of any size, as much as is indexed."""

import mmap
from pathlib import Path

import msgspec


class _Parsed(msgspec.Struct):
    """All that search wants of it."""

    text: str = ""


def text_in(encoded: bytes | mmap.mmap, most: int) -> str:
    return msgspec.json.decode(encoded, type=_Parsed).text[:most]


def text_of(path: str, most: int) -> str:
    with Path(path).open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        return text_in(mapped, most)
