"""How a sealed blob is laid out: a header that says how to read it, chunks, an index of them, a footer.

Chunk `n` is up to `chunk` bytes of content, compressed by itself, then sealed under the nonce `prefix ‖ n ‖ flag`; the
flag tells chunks, the last chunk and the index apart, so none can be cut off, repeated or moved (STREAM).
"""

import hashlib
import struct
from dataclasses import dataclass
from typing import Final

SUFFIX: Final = ".sealed"
MAGIC: Final = b"\x8fDCBLOB\n"
END: Final = b"\nDCBEND\x8f"
VERSION: Final = 1
CHUNK: Final = 256 * 1024
WRAPPED: Final = 60
MIDDLE, LAST, INDEX = 0, 1, 2
_SAID = struct.Struct(">8sBBBxI7sx")
_HEAD = struct.Struct(f">{_SAID.size}sI{WRAPPED}s")
_CHECK: Final = 8
HEADER: Final = 128
_FOOTER = struct.Struct(">Q8s")
FOOTER: Final = _FOOTER.size
_INDEX = struct.Struct(">32sQI")


class Unreadable(Exception):
    """Part of a blob is not what was written; the text says which part."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a blob says of itself, before its first chunk."""

    codec: int
    cipher: int
    prefix: bytes
    key_number: int = 0
    wrapped: bytes = bytes(WRAPPED)
    chunk: int = CHUNK

    def said(self) -> bytes:
        """What every chunk is bound to; not the wrapped key, so that it can be wrapped anew."""
        return _SAID.pack(MAGIC, VERSION, self.codec, self.cipher, self.chunk, self.prefix)

    def nonce(self, number: int, flag: int) -> bytes:
        return self.prefix + number.to_bytes(4, "big") + bytes([flag])

    def encode(self) -> bytes:
        made = _HEAD.pack(self.said(), self.key_number, self.wrapped).ljust(HEADER - _CHECK, b"\0")
        return made + _check(made)

    @classmethod
    def decode(cls, data: bytes) -> "Header":
        if len(data) != HEADER or _check(data[:-_CHECK]) != data[-_CHECK:]:
            raise Unreadable("its header was changed")
        said, number, wrapped = _HEAD.unpack_from(data)
        magic, version, codec, cipher, chunk, prefix = _SAID.unpack(said)
        if magic != MAGIC or version != VERSION:
            raise Unreadable(f"its header says format {version}, which this release does not know")
        return cls(codec, cipher, prefix, number, wrapped, chunk)


@dataclass(frozen=True, slots=True)
class Index:
    """What a blob holds, and how long each sealed chunk is."""

    sha256: str
    size: int
    lengths: tuple[int, ...]

    def encode(self) -> bytes:
        count = len(self.lengths)
        return _INDEX.pack(bytes.fromhex(self.sha256), self.size, count) + struct.pack(f">{count}I", *self.lengths)

    @classmethod
    def decode(cls, data: bytes) -> "Index":
        digest, size, count = _INDEX.unpack_from(data)
        return cls(digest.hex(), size, struct.unpack_from(f">{count}I", data, _INDEX.size))


def footer(index_length: int) -> bytes:
    return _FOOTER.pack(index_length, END)


def index_length(data: bytes, size: int) -> int:
    """How long the sealed index before the footer is."""
    length, end = _FOOTER.unpack(data)
    if end != END or not _INDEX.size < length <= size - HEADER - FOOTER:
        raise Unreadable("its footer was changed, or its end is missing")
    return int(length)


def _check(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=_CHECK).digest()
