"""Queries in the words of tantivy: built as trees, so that nothing a user types is ever syntax."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Final
from uuid import UUID

import tantivy
from tantivy import Occur, Query

from docchain.features.search.embedded.schema import FACTS, STEMMED, TEXT, TITLE, analyzer
from docchain.features.search.port import Scope
from docchain.features.search.queries import (
    AllOf,
    AnyOf,
    Between,
    Everything,
    Exactly,
    Fuzzy,
    Node,
    Not,
    Phrase,
    Prefix,
    Value,
    Words,
)

_BOOST: Final = {TITLE: 2.5, TEXT: 1.0}
_WHOLE: Final = 1.25
"""A word as it was written weighs more than another form of it."""
_HANDLE: Final = 20.0
_MOST_WORDS: Final = 48
_FEW: Final = 400
"""Up to so many ids are looked up one by one, in half the time that a set of them takes."""
_FACT: Final = re.compile(r"[\w.-]{1,80}")
_PLURAL_Z: Final = re.compile(r"\w*[aeiouáéíóú]ces")
_PLURAL: Final = re.compile(r"\w*[aeiouáéíóú][dlnrsjy]es")
_SINGULAR_Z: Final = re.compile(r"\w*[aeiouáéíóú]z")
_SINGULAR: Final = re.compile(r"\w+[aeiouáéíóú][dlnrsjy]")
_OWN_DATES: Final = frozenset({"created", "updated"})


class Asking:
    """Translates for one index."""

    def __init__(self, index: tantivy.Index) -> None:
        self._index = index
        self._schema = index.schema

    def within(self, scope: Scope, query: Query) -> Query:
        """The scope is a condition without weight: it never changes how hits are ordered."""
        conditions = [self.scope(scope)]
        return Query.boolean_query([(Occur.Must, query), *((Occur.Must, _weightless(item)) for item in conditions)])

    def scope(self, scope: Scope) -> Query:
        kinds = Query.term_set_query(self._schema, "kind", list(scope.kinds))
        return _all([kinds, *map(self.query, scope.filters)])

    def any_of(self, ids: Iterable[UUID]) -> Query:
        values = [str(id_) for id_ in ids]
        if not 0 < len(values) <= _FEW:
            return Query.term_set_query(self._schema, "id", values)
        return _any([Query.term_query(self._schema, "id", value) for value in values])

    def state(self, state: str) -> Query:
        return Query.term_query(self._schema, "state", state)

    def kind(self, kind: str) -> Query:
        return Query.term_query(self._schema, "kind", kind)

    def query(self, node: Node) -> Query:  # noqa: C901, PLR0911 - one line for each form of a query
        match node:
            case Everything():
                return Query.all_query()
            case Words(text, field):
                return self._words(text, _fields(field), named=bool(field))
            case Phrase(text, field, slop):
                return self._phrase(text, _fields(field), slop)
            case Prefix(text, field):
                return self._letters(text, _fields(field), 0, prefix=True)
            case Fuzzy(text, field, distance):
                return self._letters(text, _fields(field), min(distance, 2), prefix=False)
            case Exactly(field, values):
                return _any([self._exactly(field, value) for value in values])
            case Between(field, low, high):
                return self._between(field, low, high)
            case AllOf(nodes):
                return self._together(nodes)
            case AnyOf(nodes):
                return _any([self.query(inner) for inner in nodes])
            case Not(inner):
                return Query.boolean_query([(Occur.Must, Query.all_query()), (Occur.MustNot, self.query(inner))])

    def _together(self, nodes: Sequence[Node]) -> Query:
        clauses = [
            (Occur.MustNot, self.query(node.node)) if isinstance(node, Not) else (Occur.Must, self.query(node))
            for node in nodes
        ]
        if all(isinstance(node, Not) for node in nodes):
            clauses.append((Occur.Must, Query.all_query()))
        return Query.boolean_query(clauses)

    def _words(self, text: str, fields: Sequence[str], *, named: bool) -> Query:
        words = content_words(text)
        if not words:
            return Query.empty_query() if text.strip() else Query.all_query()
        query = Query.boolean_query([(Occur.Should, self._word(word, fields)) for word in words], needed(len(words)))
        if named or " " in text.strip():
            return query
        return _any([query, Query.boost_query(Query.term_query(self._schema, "handle", text.strip().lower()), _HANDLE)])

    def _word(self, word: str, fields: Sequence[str]) -> Query:
        """The best of its forms counts; the others only break ties."""
        forms = []
        for field in fields:
            forms += [self._term(field, folded, _BOOST[field] * _WHOLE) for folded in analyzed("", word)]
            for language in STEMMED:
                forms += [self._term(f"{field}_{language}", stem, _BOOST[field]) for stem in stems(language, word)]
        return Query.disjunction_max_query(forms, 0.1)

    def _term(self, field: str, value: str, boost: float) -> Query:
        return Query.boost_query(Query.term_query(self._schema, field, value, "freq"), boost)

    def _phrase(self, text: str, fields: Sequence[str], slop: int) -> Query:
        words = analyzed("", text)[:_MOST_WORDS]
        if not words:
            return Query.empty_query()
        if len(words) == 1:
            return _any([self._term(field, words[0], _BOOST[field]) for field in fields])
        phrases: list[str | tuple[int, str]] = list(words)
        return _any(
            [
                Query.boost_query(Query.phrase_query(self._schema, field, phrases, slop), _BOOST[field])
                for field in fields
            ]
        )

    def _letters(self, text: str, fields: Sequence[str], distance: int, *, prefix: bool) -> Query:
        words = analyzed("", text)
        if not words:
            return Query.empty_query()
        forms = [
            Query.boost_query(
                Query.fuzzy_term_query(self._schema, field, words[-1], distance, prefix=prefix), _BOOST[field]
            )
            for field in fields
        ]
        before = [self._word(word, fields) for word in words[:-1]]
        return _all([*before, Query.disjunction_max_query(forms)])

    def _exactly(self, field: str, value: Value) -> Query:
        if field in ("kind", "handle"):
            return Query.term_query(self._schema, field, str(value))
        if not _FACT.fullmatch(field):
            return Query.empty_query()
        forms: list[Value] = [value]
        if isinstance(value, str):
            forms += _numbers(value)
        return _any([Query.term_query(self._schema, f"{FACTS}.{field}", form) for form in forms])

    def _between(self, field: str, low: Value | None, high: Value | None) -> Query:
        """Ranges of facts are only in the query language: what goes into it are numbers and moments of our own."""
        name = field if field in _OWN_DATES else f"{FACTS}.{field}"
        bounds = [_bound(value) for value in (low, high)]
        if not _FACT.fullmatch(field) or None in bounds:
            return Query.empty_query()
        if bounds == ["*", "*"]:
            return Query.exists_query(name)
        return self._index.parse_query(f"{name}:[{bounds[0]} TO {bounds[1]}]")


def content_words(text: str) -> list[str]:
    """The words that say what is sought; all of them, if it is only such as every text has."""
    words = [word for word in re.findall(r"\w+", text) if len(word.encode()) < 50][:_MOST_WORDS]  # noqa: PLR2004 - no word
    telling = [word for word in words if all(analyzed(language, word) for language in STEMMED)]
    return list(dict.fromkeys(telling or words))


def needed(words: int) -> int:
    """How many of the words a text must have."""
    return words if words <= 2 else -(-words * 6 // 10)  # noqa: PLR2004 - both of two, most of more


def stems(language: str, word: str) -> list[str]:
    """Of the word and of what stands for it: texts have the stems of the words that they are written with."""
    forms = [word, *_accented(word), *(_numbered(word.lower()) if language == "es" else ())]
    return sorted({stem for form in forms for stem in analyzed(language, form)})


def _accented(word: str) -> list[str]:
    """With the accent that people leave out but its stemmer wants to see."""
    return [f"{word[:-2]}ía"] if word.lower().endswith("ia") else []


def _numbered(word: str) -> list[str]:
    """The plural of a Spanish singular and the other way round, where its stemmer makes two words of them."""
    if _PLURAL_Z.fullmatch(word):
        return [f"{word[:-3]}z"]
    if _PLURAL.fullmatch(word):
        return [word[:-2]]
    if _SINGULAR_Z.fullmatch(word):
        return [f"{word[:-1]}ces"]
    return [f"{word}es"] if _SINGULAR.fullmatch(word) else []


@cache
def _analyzers(language: str) -> tantivy.TextAnalyzer:
    return analyzer(language)


def analyzed(language: str, text: str) -> list[str]:
    return _analyzers(language).analyze(text)


def _fields(field: str) -> Sequence[str]:
    return (field,) if field in _BOOST else tuple(_BOOST)


def _all(queries: Sequence[Query]) -> Query:
    return queries[0] if len(queries) == 1 else Query.boolean_query([(Occur.Must, query) for query in queries])


def _any(queries: Sequence[Query]) -> Query:
    return queries[0] if len(queries) == 1 else Query.boolean_query([(Occur.Should, query) for query in queries])


def _weightless(query: Query) -> Query:
    return Query.boost_query(Query.const_score_query(query, 1.0), 0.0)


def _numbers(value: str) -> list[Value]:
    found: list[Value] = []
    if value in ("true", "false"):
        found.append(value == "true")
    try:
        number = float(value)
    except ValueError:
        return found
    return [*found, number]


def _bound(value: Value | None) -> str | None:
    match value:
        case None:
            return "*"
        case bool():
            return None
        case int() | float():
            return f"{float(value):f}"
        case datetime():
            return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
        case _:
            return None
