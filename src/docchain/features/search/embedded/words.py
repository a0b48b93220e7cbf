"""What is shown of words in an embedded index: highlights, suggestions, and words that were probably meant."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from math import inf
from typing import Final
from uuid import UUID

import tantivy
from tantivy import Query

from docchain.features.search.embedded.asking import analyzed
from docchain.features.search.embedded.generation import Generation
from docchain.features.search.embedded.schema import STEMMED, TEXT, TITLE
from docchain.features.search.port import Highlight, Scope
from docchain.features.search.queries import AllOf, AnyOf, Fuzzy, Node, Phrase, Prefix, Words
from docchain.features.search.wording import distance_of

_LOOKED_AT: Final = 20_000
_DOCUMENTS: Final = 20
_EXPANDED: Final = 2_000
_SHORTEST: Final = 4
_SURE: Final = 1_000
"""Frequencies count deleted entries for a while."""
_WORD: Final = re.compile(r"[^\W\d_]{3,40}")


def highlights(generation: Generation, ids: Sequence[UUID], query: Node, length: int) -> dict[UUID, list[Highlight]]:
    """The best piece of each field that has something of the query."""
    searcher = generation.searcher()
    asked = generation.asking.query(_spelled(searcher, query))
    makers = {
        field: [
            _maker(searcher, asked, generation.schema, name, length)
            for name in (field, *(f"{field}_{language}" for language in STEMMED))
        ]
        for field in (TITLE, TEXT)
    }
    found: dict[UUID, list[Highlight]] = {}
    for _, document in generation.texts(ids):
        pieces = [_best(field, str(document.get_first(field) or ""), made) for field, made in makers.items()]
        found[UUID(document.get_first("id"))] = [piece for piece in pieces if piece is not None]
    return found


def _spelled(searcher: tantivy.Searcher, node: Node) -> Node:
    """Word beginnings and slips as the words that they stand for: only those can be marked."""
    match node:
        case Prefix(text, field):
            return _written(searcher, field, analyzed("", text)[-1:], lambda _: True)
        case Fuzzy(text, field, distance):
            folded = analyzed("", text)[-1:]
            return _written(
                searcher,
                field,
                [word[:2] for word in folded],
                lambda other: distance_of(folded[0], other, distance) <= distance,
            )
        case AllOf(nodes) | AnyOf(nodes):
            return AnyOf(tuple(_spelled(searcher, inner) for inner in nodes))
        case _:
            return node


def _written(searcher: tantivy.Searcher, field: str, start: Sequence[str], fits: Callable[[str], bool]) -> Node:
    found = {
        word
        for begins in start
        for name in ([field] if field else [TITLE, TEXT])
        for word, _ in searcher.terms_with_prefix(name, begins, limit=_EXPANDED)
        if fits(word)
    }
    return AnyOf(tuple(Words(word, field) for word in sorted(found)[:_DOCUMENTS]))


def _maker(
    searcher: tantivy.Searcher, asked: Query, schema: tantivy.Schema, field: str, length: int
) -> tuple[str, tantivy.SnippetGenerator]:
    made = tantivy.SnippetGenerator.create(searcher, asked, schema, field)
    made.set_max_num_chars(length)
    return field, made


def _best(field: str, text: str, makers: Iterable[tuple[str, tantivy.SnippetGenerator]]) -> Highlight | None:
    best: Highlight | None = None
    for name, maker in makers:
        snippet = maker.snippet_from_doc(tantivy.Document(**{name: text[: _LOOKED_AT * 5]}))
        fragment = snippet.fragment()
        marks = tuple(_characters(fragment, [(part.start, part.end) for part in snippet.highlighted()]))
        if marks and (best is None or len(marks) > len(best.marks)):
            best = Highlight(field, fragment, marks)
    return best


def _characters(text: str, places: Iterable[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    """Places in bytes as places in characters."""
    encoded = text.encode()
    for start, end in places:
        first = len(encoded[:start].decode(errors="ignore"))
        yield first, first + len(encoded[start:end].decode(errors="ignore"))


def suggestions(generation: Generation, scope: Scope, prefix: str, limit: int) -> list[str]:
    """Words that begin like this, of what may be seen only; the most frequent first."""
    words = analyzed("", prefix)
    if not words:
        return []
    before = prefix[: len(prefix) - len(re.findall(r"\w*$", prefix)[0])]
    within = generation.asking.scope(scope)
    counts: Counter[str] = Counter()
    for field, weight in ((TITLE, 3), (TEXT, 1)):
        found = generation.searcher().terms_with_prefix(field, words[-1], filter_query=within, limit=limit * 4)
        for word, count in found:
            counts[word] += count * weight
    return [before + word for word, _ in counts.most_common(limit)]


def corrections(generation: Generation, scope: Scope, words: Sequence[str]) -> dict[str, str]:
    """For words that are nowhere in the scope, the nearest in some entries that have something like them."""
    return {word: better for word in words if (better := _correction(generation, scope, word))}


def _hidden(searcher: tantivy.Searcher, scope: Scope) -> float:
    """How many entries are outside of a scope: a word that more of them have than that is also in the scope."""
    if scope.filters:
        return inf
    return searcher.num_docs - sum(searcher.doc_freq("kind", kind) for kind in scope.kinds)


def _correction(generation: Generation, scope: Scope, word: str) -> str:
    folded = "".join(analyzed("", word))
    if len(folded) < _SHORTEST or folded.isdigit():
        return ""
    searcher, asking = generation.searcher(), generation.asking
    if max(searcher.doc_freq(field, folded) for field in (TITLE, TEXT)) > _hidden(searcher, scope) + _SURE:
        return ""
    if searcher.search(asking.within(scope, asking.query(Phrase(folded))), 1, count=False).hits:
        return ""
    counts: Counter[str] = Counter()
    for distance in (1, 2):
        asked = asking.within(scope, asking.query(Fuzzy(folded, distance=distance)))
        for _, address in searcher.search(asked, _DOCUMENTS, count=False).hits:
            document = searcher.doc(address)
            texts = [str(document.get_first(name) or "")[:_LOOKED_AT] for name in (TITLE, TEXT)]
            counts.update(token for text in texts for token in _WORD.findall(text.lower()))
        near = [token for token in counts if distance_of(folded, "".join(analyzed("", token)), distance) <= distance]
        if near:
            return min(near, key=lambda token: (distance_of(folded, token, distance), -counts[token], token))
    return ""
