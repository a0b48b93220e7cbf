"""Passwords that are known to have leaked: looked up by SHA-1 in files that the operator provides, never sent away."""

from hashlib import sha1
from pathlib import Path
from typing import BinaryIO, Final

_PREFIX: Final = 5
_LONGEST_LINE: Final = 128


def is_breached(password: str, source: Path) -> bool:
    """Tell whether a sorted file, or a folder of files by prefix, holds the password."""
    digest = sha1(password.encode(), usedforsecurity=False).hexdigest().upper()
    if source.is_dir():
        return _in_folder(digest, source)
    with source.open("rb") as file:
        return _in_file(digest.encode(), file, source.stat().st_size)


def _in_folder(digest: str, folder: Path) -> bool:
    prefix, rest = digest[:_PREFIX], digest[_PREFIX:]
    for name in (prefix, f"{prefix}.txt", prefix.lower(), f"{prefix.lower()}.txt"):
        path = folder / name
        if path.is_file():
            return any(_hash_of(line) in {rest, digest} for line in path.read_text("ascii", "replace").splitlines())
    return False


def _in_file(digest: bytes, file: BinaryIO, size: int) -> bool:
    """Bisect by offset: the first line that begins behind `low` is never behind the one that is looked for."""
    low, high = 0, size
    while low < high:
        middle = (low + high) // 2
        file.seek(middle)
        if middle:
            file.readline(_LONGEST_LINE)
        line = file.readline(_LONGEST_LINE)
        found = line[: len(digest)].upper()
        if found == digest:
            return True
        if not found or found > digest:
            high = middle
        else:
            low = middle + 1
    file.seek(0)
    return file.readline(_LONGEST_LINE)[: len(digest)].upper() == digest


def _hash_of(line: str) -> str:
    return line.partition(":")[0].strip().upper()
