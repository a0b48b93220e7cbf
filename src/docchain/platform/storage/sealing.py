"""Sealing and opening one blob; plain computation over bytes, for threads."""

import hashlib
import itertools
import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from docchain.platform.blobs import Stored
from docchain.platform.storage.ciphers import (
    AES_256_GCM,
    KEY,
    NONCE,
    PLAIN,
    Changed,
    Cipher,
    Digested,
    Encrypted,
    unwrap,
    wrap,
)
from docchain.platform.storage.codecs import WORTH, Codec, codec_named, codec_numbered
from docchain.platform.storage.damage import BlobDamaged
from docchain.platform.storage.keyring import WorkspaceKey
from docchain.platform.storage.layout import CHUNK, HEADER, INDEX, LAST, MIDDLE, Header, Index, Unreadable, footer

_PREFIX: Final = 7


class PlainSealer:
    """Leaves bytes as they are."""

    suffix = ""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self._size = 0

    def take(self, data: bytes) -> bytes:
        self._hash.update(data)
        self._size += len(data)
        return data

    def finish(self) -> bytes:
        return b""

    @property
    def stored(self) -> Stored:
        return Stored(self._hash.hexdigest(), self._size)


class Sealer(PlainSealer):
    """Seals content as it comes: every byte that goes in comes out once its chunk is full.

    Args:
        workspace_id: whose it is; chunks are bound to it.
        codec: how to compress, unless the first chunk shows that it is not worth it.
        key: wraps the blob's own key; without one, chunks are digested, not encrypted.
    """

    suffix = ".sealed"

    def __init__(self, workspace_id: UUID, codec: str, key: WorkspaceKey | None) -> None:
        super().__init__()
        self._workspace = workspace_id
        self._codec = codec_named(codec)
        self._key = key
        self._rest = bytearray()
        self._lengths: list[int] = []
        self._header: Header | None = None
        self._cipher: Cipher = Digested()
        self._about = b""

    def take(self, data: bytes) -> bytes:
        super().take(data)
        self._rest += data
        made: list[bytes] = []
        with memoryview(self._rest) as view:
            whole = max(0, (len(view) - 1) // CHUNK) * CHUNK  # the last one is known at the end only
            for start in range(0, whole, CHUNK):
                made += self._sealed(bytes(view[start : start + CHUNK]), MIDDLE)
        del self._rest[:whole]
        return b"".join(made)

    def finish(self) -> bytes:
        made = self._sealed(bytes(self._rest), LAST)
        stored = self.stored
        index = Index(stored.sha256, stored.size, tuple(self._lengths)).encode()
        assert self._header is not None  # noqa: S101 - there is at least one chunk, maybe empty
        sealed = self._cipher.seal(self._header.nonce(len(self._lengths), INDEX), index, self._about)
        return b"".join([*made, sealed, footer(len(sealed))])

    def _sealed(self, data: bytes, flag: int) -> list[bytes]:
        head = [] if self._header else [self._begin(data)]
        assert self._header is not None  # noqa: S101 - begun right above
        nonce = self._header.nonce(len(self._lengths), flag)
        sealed = self._cipher.seal(nonce, self._codec.pack(data), self._about)
        self._lengths.append(len(sealed))
        return [*head, sealed]

    def _begin(self, first: bytes) -> bytes:
        if len(self._codec.pack(first)) > WORTH * len(first):
            self._codec = codec_named("none")
        cipher = AES_256_GCM if self._key else PLAIN
        header = Header(self._codec.number, cipher, os.urandom(_PREFIX))
        self._about = self._workspace.bytes + header.said()
        if self._key:
            own = os.urandom(KEY)
            wrapped = wrap(self._key.key, os.urandom(NONCE), own, self._about)
            header = replace(header, key_number=self._key.number, wrapped=wrapped)
            self._cipher = Encrypted(own)
        self._header = header
        return header.encode()


class Opened:
    """A sealed blob whose header and index were read and found to be what was written.

    Raises:
        BlobDamaged: when they were not.
    """

    def __init__(self, workspace_id: UUID, sha256: str, header: Header, key: WorkspaceKey | None) -> None:
        self._named = (workspace_id, sha256)
        self._header = header
        self._about = workspace_id.bytes + header.said()
        self._cipher = self._cipher_of(header, key)
        self.codec = self._codec_of(header)
        self.index = Index(sha256, 0, ())
        self._starts: list[int] = []

    def take_index(self, sealed: bytes, chunks_length: int) -> None:
        """Read the index; the blob must be what its name says, and as long as its index says."""
        count = (len(sealed) - 16 - 44) // 4
        try:
            data = self._cipher.open(self._header.nonce(count, INDEX), sealed, self._about)
        except (Changed, OverflowError):
            raise self.damaged("its index was changed") from None
        self.index = Index.decode(data)
        if self.index.sha256 != self._named[1]:
            raise self.damaged(f"it holds the content {self.index.sha256}")
        if sum(self.index.lengths) != chunks_length:
            raise self.damaged("chunks are missing")
        self._starts = list(itertools.accumulate(self.index.lengths, initial=HEADER))

    def chunks_of(self, start: int, end: int) -> range:
        """The chunks that bytes from `start` up to `end` are in."""
        return range(start // self._header.chunk, -(-end // self._header.chunk))

    def place_of(self, chunks: range) -> tuple[int, int]:
        """Where these chunks are in the stored object."""
        return self._starts[chunks.start], self._starts[chunks.stop]

    def open(self, numbers: Sequence[int], sealed: Sequence[bytes]) -> list[bytes]:
        return [self._open(number, data) for number, data in zip(numbers, sealed, strict=True)]

    def _open(self, number: int, sealed: bytes) -> bytes:
        last = number == len(self.index.lengths) - 1
        try:
            packed = self._cipher.open(self._header.nonce(number, LAST if last else MIDDLE), sealed, self._about)
        except Changed:
            raise self.damaged(self._where(number)) from None
        return self.codec.open(packed, self._header.chunk)

    def _where(self, number: int) -> str:
        first = number * self._header.chunk
        end = min(first + self._header.chunk, self.index.size)
        return (
            f"chunk {number + 1} of {len(self.index.lengths)} was changed (bytes {first:,} to {end:,} of its content)"
        )

    def _cipher_of(self, header: Header, key: WorkspaceKey | None) -> Cipher:
        if header.cipher == PLAIN or key is None:
            return Digested()
        try:
            return Encrypted(unwrap(key.key, header.wrapped, self._about))
        except Changed:
            raise self.damaged("the key in its header was changed") from None

    def _codec_of(self, header: Header) -> Codec:
        try:
            return codec_numbered(header.codec)
        except KeyError:
            raise self.damaged(f"its header says codec {header.codec}, which this release does not know") from None

    def damaged(self, part: str) -> BlobDamaged:
        return BlobDamaged(*self._named, part)


def read_header(workspace_id: UUID, sha256: str, data: bytes) -> Header:
    try:
        return Header.decode(data)
    except Unreadable as error:
        raise BlobDamaged(workspace_id, sha256, str(error)) from None
