"""Content codings that answers are sent in; the ETag of a coded answer ends with the name of its coding."""

import sys
import zlib
from collections.abc import Callable, Mapping
from typing import Final

_GZIP_WINDOW: Final = 31
_MOST_CODINGS: Final = 32


def _zstd(body: bytes) -> bytes:
    if sys.version_info >= (3, 14):
        from compression import zstd  # noqa: PLC0415 - a start that compresses nothing need not load it
    else:
        from backports import zstd  # noqa: PLC0415 - as above

    return zstd.compress(body, level=3)


def _brotli(body: bytes) -> bytes:
    import brotli  # type: ignore[import-untyped] # it has no types  # noqa: PLC0415 - as above

    coded: bytes = brotli.compress(body, quality=4)
    return coded


def _gzip(body: bytes) -> bytes:
    coder = zlib.compressobj(5, zlib.DEFLATED, _GZIP_WINDOW)  # has no time in its head: same body, same bytes
    return coder.compress(body) + coder.flush()


CODINGS: Final[Mapping[str, Callable[[bytes], bytes]]] = {"zstd": _zstd, "br": _brotli, "gzip": _gzip}
"""By preference: what costs least for what it saves is first."""


def coding_of(accept_encoding: str) -> str | None:
    """The coding that a client likes best, ours first where it likes several as much; `None` is none at all."""
    wanted = _qualities(accept_encoding)
    others = wanted.get("*", 0.0)
    plain = wanted.get("identity", 0.0)
    best, most = None, max(plain, 0.0005)
    for coding in CODINGS:
        quality = wanted.get(coding, wanted.get("x-gzip", others) if coding == "gzip" else others)
        if quality > most or (quality == most and best is None and quality >= plain):
            best, most = coding, quality
    return best


def _qualities(accept_encoding: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for part in accept_encoding.split(",")[:_MOST_CODINGS]:
        name, _, parameter = part.partition(";")
        key, _, value = parameter.strip().partition("=")
        try:
            quality = float(value) if key.strip().lower() == "q" else 1.0
        except ValueError:
            quality = 0.0
        found[name.strip().lower()] = quality if 0 <= quality <= 1 else 0.0
    return found
