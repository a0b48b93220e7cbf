"""Codecs: how content is made smaller, each chunk by itself, so that any part of a blob can be read alone."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal

CodecName = Literal["none", "gzip", "zip", "lz4", "zstd"]
WORTH: Final = 0.95
"""Content whose first chunk shrinks less than to this share is compressed already, most likely."""
_ZSTD_LEVEL: Final = 3
_GZIP, _RAW = 31, -15


@dataclass(frozen=True, slots=True)
class Codec:
    """`open` is told how many bytes there may be at most."""

    name: str
    number: int
    pack: Callable[[bytes], bytes]
    open: Callable[[bytes, int], bytes]


class Overlong(ValueError):
    """A chunk that holds more than a chunk."""


@cache
def codec_named(name: str) -> Codec:
    """Load a codec; only who uses one pays for its import."""
    return {"none": _none, "gzip": _gzip, "zip": _zip, "lz4": _lz4, "zstd": _zstd}[name]()


@cache
def codec_numbered(number: int) -> Codec:
    """What the header of a blob says.

    Raises:
        KeyError: if no release so far has written it.
    """
    return codec_named({0: "none", 1: "gzip", 2: "zip", 3: "lz4", 4: "zstd"}[number])


def _none() -> Codec:
    return Codec("none", 0, lambda data: data, lambda data, _most: data)


def _gzip() -> Codec:
    from isal import isal_zlib  # noqa: PLC0415 (as above)

    return Codec("gzip", 1, lambda data: isal_zlib.compress(data, 2, _GZIP), _inflate(isal_zlib, _GZIP))


def _zip() -> Codec:
    import zlib  # noqa: PLC0415 (the same)

    return Codec("zip", 2, lambda data: zlib.compress(data, 6, _RAW), _inflate(zlib, _RAW))


def _lz4() -> Codec:
    from lz4 import block  # noqa: PLC0415 (the same)

    def opened(data: bytes, most: int) -> bytes:
        if int.from_bytes(data[:4], "little") > most:
            raise Overlong
        made: bytes = block.decompress(data)
        return made

    return Codec("lz4", 3, block.compress, opened)


def _zstd() -> Codec:
    if sys.version_info >= (3, 14):
        from compression import zstd  # noqa: PLC0415 (the same)
    else:
        from backports import zstd  # noqa: PLC0415 (the same)

    def opened(data: bytes, most: int) -> bytes:
        return _bounded(zstd.ZstdDecompressor().decompress(data, most + 1), most)

    return Codec("zstd", 4, lambda data: zstd.compress(data, _ZSTD_LEVEL), opened)


def _inflate(library: Any, wbits: int) -> Callable[[bytes, int], bytes]:
    def opened(data: bytes, most: int) -> bytes:
        return _bounded(library.decompressobj(wbits).decompress(data, most + 1), most)

    return opened


def _bounded(made: bytes, most: int) -> bytes:
    if len(made) > most:
        raise Overlong
    return made
