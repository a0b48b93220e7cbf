"""How like two papers are laid out, told by numbers; its one rule: labels and letterheads count, values do not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final

from docchain.features.extraction.geometry import Row
from docchain.features.extraction.reading import Reading

MOST, MOST_HEAD, MOST_IDS = 128, 32, 8
BANDS: Final = 12
LIKE, HEAD, HEAD_WITH_ID = 0.45, 0.5, 0.35
_HEAD_ROWS: Final = 3
_UPPER: Final = 0.4
_COLUMNS: Final = 12
_PRIME: Final = (1 << 61) - 1
_SHORTEST: Final = 2


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Hashes of what papers of one layout share: words where they stand, words of the head, ids of companies.

    `issuer` is the id of who wrote the paper, where somebody knows it: another's paper is of another layout.
    """

    words: Sequence[int]
    head: Sequence[int]
    ids: Sequence[int]
    issuer: int = 0

    @classmethod
    def of(cls, told: Any) -> "Fingerprint":
        """One that was kept as JSON."""
        return cls(told["words"], told["head"], told["ids"], told["issuer"])

    def plain(self) -> dict[str, Any]:
        """The same as JSON."""
        return {"words": [*self.words], "head": [*self.head], "ids": [*self.ids], "issuer": self.issuer}


def fingerprint_of(page: Reading, issuer: str | None = None) -> Fingerprint:
    """Of the first page that is read; `issuer` is a tax id."""
    rows = page.layout.rows
    first = rows[0].page if rows else 0
    rows = [row for row in rows if row.page == first]
    words = {_hash(word) for row in rows for word in _stable(page, row)}
    head = {_hash(token.norm) for row in rows[:_HEAD_ROWS] for token in row.tokens if _is_word(token.norm)}
    ids = {_hash(str(item.value)) for item in page.all("tax_id")}
    known = _hash(issuer) if issuer else 0
    return Fingerprint(sorted(words)[:MOST], sorted(head)[:MOST_HEAD], sorted(ids)[:MOST_IDS], known)


def likeness(own: Fingerprint, example: Fingerprint) -> float:
    """From 0 to 1; 0 where the papers are not of one layout, or not of one issuer."""
    if example.issuer and own.ids and example.issuer not in own.ids:
        return 0.0
    words, head = _shared(own.words, example.words), _shared(own.head, example.head)
    known = example.issuer in own.ids
    if words < LIKE or head < (HEAD_WITH_ID if known else HEAD):
        return 0.0
    return words


def buckets_of(one: Fingerprint) -> list[int]:
    """Numbers of which papers of one layout nearly always share some."""
    if not one.words:
        return []
    lowest = [min((word * _odd(seed) + seed) % _PRIME for word in one.words) for seed in range(1, 2 * BANDS + 1)]
    return [_hash(f"{band} {lowest[2 * band]} {lowest[2 * band + 1]}") for band in range(BANDS)]


def _stable(page: Reading, row: Row) -> Iterator[str]:
    """Words with their column: all of the upper part of the page, below it labels only, for items come and go there."""
    width, height = page.layout.sizes[row.page]
    labels = {at for hit in page.hits.get(row.index, ()) for at in range(hit.start, hit.end)}
    for at, token in enumerate(row.tokens):
        if _is_word(token.norm) and (row.y0 < _UPPER * height or at in labels or token.text.endswith(":")):
            yield f"{token.norm} {round(token.box[0] / max(width, 1.0) * _COLUMNS)}"


def _is_word(norm: str) -> bool:
    return len(norm) >= _SHORTEST and not any(map(str.isdigit, norm))


def _shared(one: Sequence[int], other: Sequence[int]) -> float:
    """The share of both that both have, estimated from the smallest hashes."""
    smallest = sorted({*one, *other})[:MOST]
    both = {*one} & {*other}
    return sum(value in both for value in smallest) / len(smallest) if smallest else 0.0


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=6).digest())


def _odd(seed: int) -> int:
    return _hash(f"seed {seed}") | 1
