"""What is shown of words, from texts that were found: the same for every back end beside the embedded one."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, Protocol
from uuid import UUID

from docchain.features.search.beside.asked import Begins, Like, Row, Term, asked_of, terms_of
from docchain.features.search.embedded.asking import analyzed
from docchain.features.search.embedded.schema import TEXT, TITLE
from docchain.features.search.port import Highlight, Kept, Order, Ranked, Scope
from docchain.features.search.queries import Fuzzy, Node, Prefix
from docchain.features.search.wording import distance_of

_LOOKED_AT: Final = 100_000
_SHORTEST: Final = 4
_DOCUMENTS: Final = 20
_WORD: Final = re.compile(r"[^\W_]+")
_LETTERS: Final = re.compile(r"[^\W\d_]{3,40}")


class Found(Protocol):
    """As much of an index as this needs."""

    async def rank(
        self, workspace_id: UUID, scope: Scope, query: Node, limit: int, order: Order
    ) -> Sequence[Ranked]: ...
    async def fetch(self, workspace_id: UUID, ids: Sequence[UUID]) -> Mapping[UUID, Kept]: ...


async def highlights(
    index: Found, workspace_id: UUID, ids: Sequence[UUID], query: Node, length: int
) -> dict[UUID, list[Highlight]]:
    """The best piece of each field that has something of the query."""
    kept = await index.fetch(workspace_id, ids)
    fits = _fitting(query)
    return {
        id_: [
            piece
            for field, text in ((TITLE, item.title), (TEXT, item.text))
            if (piece := _piece(field, text[:_LOOKED_AT], fits, length)) is not None
        ]
        for id_, item in kept.items()
    }


async def suggestions(index: Found, workspace_id: UUID, scope: Scope, prefix: str, limit: int) -> list[str]:
    """Words that begin like this, of some entries that may be seen; the most frequent first."""
    words = analyzed("", prefix)
    if not words:
        return []
    before = prefix[: len(prefix) - len(re.findall(r"\w*$", prefix)[0])]
    found = await index.rank(workspace_id, scope, Prefix(words[-1]), _DOCUMENTS, Order())
    kept = await index.fetch(workspace_id, [item.id for item in found])
    counts: Counter[str] = Counter()
    for item in kept.values():
        for text, weight in ((item.title, 3), (item.text[:_LOOKED_AT], 1)):
            counts.update({word: weight for word in set(analyzed("", text)) if word.startswith(words[-1])})
    return [before + word for word, _ in counts.most_common(limit)]


async def corrections(index: Found, workspace_id: UUID, scope: Scope, words: Sequence[str]) -> dict[str, str]:
    """For words that are nowhere in the scope, the nearest in some entries that have something like them."""
    found = {word: await _correction(index, workspace_id, scope, word) for word in words}
    return {word: better for word, better in found.items() if better}


async def _correction(index: Found, workspace_id: UUID, scope: Scope, word: str) -> str:
    folded = "".join(analyzed("", word))
    if len(folded) < _SHORTEST or folded.isdigit():
        return ""
    if await index.rank(workspace_id, scope, Fuzzy(folded, distance=0), 1, Order()):
        return ""
    for distance in (1, 2):
        found = await index.rank(workspace_id, scope, Fuzzy(folded, distance=distance), _DOCUMENTS, Order())
        kept = await index.fetch(workspace_id, [item.id for item in found])
        counts = Counter(token for item in kept.values() for token in _tokens(item))
        near = {token: distance_of(folded, "".join(analyzed("", token)), distance) for token in counts}
        fitting = [token for token, far in near.items() if far <= distance]
        if fitting:
            return min(fitting, key=lambda token: (near[token], -counts[token], token))
    return ""


def _tokens(kept: Kept) -> Iterable[str]:
    return _LETTERS.findall(f"{kept.title} {kept.text[:_LOOKED_AT]}".lower())


def _fitting(query: Node) -> Callable[[str, str], bool]:
    """Whether a word of a field is one that the query asks for."""
    asked = list(terms_of(asked_of(query)))
    whole: set[tuple[str, str]] = set()
    for part in asked:
        if isinstance(part, Row):
            whole |= {(part.field, word) for word in part.words}
        elif isinstance(part, Term):
            whole.add((part.field, part.word))
    starts = [(part.field, part.start) for part in asked if isinstance(part, Begins)]
    like = [part for part in asked if isinstance(part, Like)]
    languages = {field.rpartition("_")[2] for field, _ in whole if "_" in field}

    def fits(field: str, word: str) -> bool:
        folded = "".join(analyzed("", word))
        if (field, folded) in whole or any(name == field and folded.startswith(start) for name, start in starts):
            return True
        if any(part.field == field and distance_of(part.word, folded, part.distance) <= part.distance for part in like):
            return True
        return any((f"{field}_{name}", stem) in whole for name in languages for stem in analyzed(name, word))

    return fits


def _piece(field: str, text: str, fits: Callable[[str, str], bool], length: int) -> Highlight | None:
    known: dict[str, bool] = {}
    places = []
    for found in _WORD.finditer(text):
        word = found[0].lower()
        if word not in known:
            known[word] = fits(field, word)
        if known[word]:
            places.append((found.start(), found.end()))
    if not places:
        return None
    ends = [end for _, end in places]
    _, first = max((bisect_left(ends, start + length) - at, -at) for at, (start, _) in enumerate(places))
    start = max(0, places[-first][0] - length // 4)
    start = text.rfind(" ", 0, start) + 1 if start else 0
    piece = text[start : start + length]
    inside = tuple((a - start, b - start) for a, b in places if a >= start and b <= start + len(piece))
    return Highlight(field, piece, inside) if inside else None
