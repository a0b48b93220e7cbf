"""How a text reads, as a short signature: MinHash over shingles of words, so that like texts have like signatures."""

import re
import unicodedata
from collections.abc import Iterator
from hashlib import blake2b
from typing import Final

SIZE: Final = 96
"""Numbers in a signature: the share of equal ones estimates the similarity, give or take a tenth."""
BANDS: Final = 24
"""Who agrees in all numbers of one band is looked at: of pairs with a similarity of 0.5 three in four, of 0.8 all."""
SHORTEST: Final = 8
_ROWS: Final = SIZE // BANDS
_SHINGLE: Final = 3
_MOST_WORDS: Final = 20_000
_DROPPED: Final = 33
"""Bits; what is left tells texts apart well enough."""
_SEED: Final = 0x646F6363
_WORD: Final = re.compile(r"[^\W_]+")


def signature_of(text: str) -> list[int]:
    """The signature; empty for a text that is too short to tell anything."""
    shingles = sorted(set(_shingles(text)))
    if not shingles:
        return []
    import numpy as np  # noqa: PLC0415 - heavy, and only in children

    hashes = np.array(shingles, np.uint64)
    multipliers, offsets = _lines()
    with np.errstate(over="ignore"):
        mixed = [
            int((hashes * np.uint64(one) + np.uint64(other)).min())
            for one, other in zip(multipliers, offsets, strict=True)
        ]
    return [number >> 33 for number in mixed]


def bands_of(signature: list[int]) -> list[int]:
    """The names of its bands, as numbers that a database takes."""
    found = []
    for index in range(0, len(signature), _ROWS):
        told = f"{index}:{signature[index : index + _ROWS]}".encode()
        found.append(int.from_bytes(blake2b(told, digest_size=8).digest(), "big", signed=True))
    return found


def similarity(one: list[int], other: list[int]) -> float:
    """The share of shingles that both have, as far as signatures tell."""
    if not one or len(one) != len(other):
        return 0.0
    return round(sum(a == b for a, b in zip(one, other, strict=True)) / len(one), 3)


def written(signature: list[int]) -> str:
    return ",".join(f"{number:x}" for number in signature)


def read(text: str | None) -> list[int]:
    return [int(number, 16) for number in text.split(",")] if text else []


def _shingles(text: str) -> Iterator[int]:
    """Words without case and accents, a few in a row: what recognition gets wrong hurts only its neighbours."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    words = _WORD.findall("".join(mark for mark in plain if not unicodedata.combining(mark)))[:_MOST_WORDS]
    if len(words) < SHORTEST:
        return
    for index in range(len(words) - _SHINGLE + 1):
        told = " ".join(words[index : index + _SHINGLE]).encode()
        yield int.from_bytes(blake2b(told, digest_size=8).digest(), "big")


def _lines() -> tuple[list[int], list[int]]:
    """The same in every process: odd multipliers and offsets of 64 bits."""
    numbers = [
        int.from_bytes(blake2b(f"{_SEED}:{index}".encode(), digest_size=8).digest(), "big") for index in range(2 * SIZE)
    ]
    return [number | 1 for number in numbers[:SIZE]], numbers[SIZE:]
