"""The search box: what people type becomes a query, always; what cannot be understood is taken as words.

`"exact phrase"~2 invoice* telefonca~ title:lease -draft tag:urgent created:2026-01..2026-03 amount:>100 (a OR b)`
"""

import re
from calendar import monthrange
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

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

LONGEST: Final = 2_000
_MOST: Final = 64
TEXT_FIELDS: Final = {"title": "title", "titulo": "title", "name": "title", "text": "text", "texto": "text"}
DATES: Final = {"created": "created", "created_at": "created", "updated": "updated", "updated_at": "updated"}
_TOKEN: Final = re.compile(
    r"""(?P<sign>[+-](?=\S))?(?:(?P<field>[^\W\d][\w.]{0,60}):(?=[^\s:/]))?"""
    r"""(?:"(?P<phrase>[^"]*)"?(?:~(?P<slop>\d{1,2}))?|(?P<open>\()|(?P<close>\))|(?P<word>[^\s()"]+))"""
)
_VALUE: Final = re.compile(r'\s*"([^"]+)"\s*(?=,|$)|([^,]+)')
_OR: Final = frozenset({"OR", "O", "||"})
_AND: Final = frozenset({"AND", "Y", "&&"})
_NOT: Final = frozenset({"NOT", "NO"})
_DATE: Final = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")


def parse_query(text: str) -> Node:
    """Never refuses: a bracket too many is no reason to find nothing."""
    tokens = list(_TOKEN.finditer(text[:LONGEST]))[:_MOST]
    node, _ = _sequence(tokens, 0)
    return node


def _sequence(tokens: list[re.Match[str]], at: int) -> tuple[Node, int]:
    """One bracket, or the whole: alternatives of clauses that hold together."""
    alternatives: list[list[Node]] = [[]]
    negated = joined = False
    while at < len(tokens):
        token = tokens[at]
        at += 1
        if token["close"]:
            break
        word = token["word"] or ""
        if word in _OR and alternatives[-1] and at < len(tokens):
            alternatives.append([])
            continue
        if word in _AND or word in _OR:
            joined = word in _AND and bool(alternatives[-1]) and at < len(tokens)
            continue
        if word in _NOT and at < len(tokens):
            negated = True
            continue
        if token["open"]:
            clause, at = _sequence(tokens, at)
        else:
            clause = _clause(token)
        clauses = alternatives[-1]
        if joined:
            clauses[-1] = _required(clauses[-1])
        if negated or token["sign"] == "-":
            clause = Not(clause)
        elif joined or token["sign"] == "+":
            clause = _required(clause)
        clauses.append(clause)
        negated = joined = False
    made = [_together(clauses) for clauses in alternatives if clauses]
    return (made[0] if len(made) == 1 else AnyOf(tuple(made)) if made else Everything()), at


def _together(clauses: list[Node]) -> Node:
    """Bare words are one question; everything else narrows it, words that are required too."""
    words = [node for node in clauses if isinstance(node, Words) and not node.field]
    bare = [node.text for node in words if not all(word.required for word in words)]
    others = [node for node in clauses if node not in words or (isinstance(node, Words) and node.required)]
    nodes: list[Node] = [Words(" ".join(bare)), *others] if bare else others
    if nodes and all(isinstance(node, Not) for node in nodes):
        nodes.insert(0, Everything())
    return nodes[0] if len(nodes) == 1 else AllOf(tuple(nodes))


def _required(node: Node) -> Node:
    return replace(node, required=True) if isinstance(node, Words) else node


def _clause(token: re.Match[str]) -> Node:
    named = token["field"] or ""
    field = TEXT_FIELDS.get(named.lower(), "")
    if named and not field:
        return narrowed(named, token["word"] if token["phrase"] is None else f'"{token["phrase"]}"')
    if token["phrase"] is not None:
        return Phrase(token["phrase"], field, int(token["slop"] or 0))
    word = token["word"]
    if match := re.fullmatch(r"(.+?)~([12]?)", word):
        return Fuzzy(match[1], field, int(match[2] or 1 + (len(match[1]) > 7)))  # noqa: PLR2004 - long words, more slips
    if word.endswith("*") and len(word) > 1:
        return Prefix(word.rstrip("*"), field)
    return Words(word, field)


def narrowed(field: str, text: str) -> Exactly | Between:
    """What follows `field:`: a value, several by commas, `low..high`, `>low` or `<high`; dates and numbers as such.

    In quotes it is a value as it is, with commas and all.
    """
    field = DATES.get(field.lower(), field)
    if field in DATES.values():
        text = text.strip('"')
    elif '"' in text and (values := _values(text)):
        return Exactly(field, values)
    if match := re.fullmatch(r"([<>])=?(.+)", text):
        low, high = (match[2], "") if match[1] == ">" else ("", match[2])
        return Between(field, _bound(field, low), _bound(field, high, last=True))
    low, dots, high = text.partition("..")
    if dots:
        return Between(field, _bound(field, low), _bound(field, high, last=True))
    if field in DATES.values():
        return Between(field, _bound(field, text), _bound(field, text, last=True))
    return Exactly(field, tuple(part for part in text.split(",") if part) or (text,))


def _values(text: str) -> tuple[str, ...]:
    found = (quoted or plain for quoted, plain in _VALUE.findall(text))
    return tuple(value.strip() for value in found if value.strip())


def _bound(field: str, text: str, *, last: bool = False) -> Value | None:
    """A number or a moment; of a day, month or year its first moment, or its last. Only dates have bare years."""
    text = text.strip()
    if not text or text == "*":
        return None
    match = _DATE.fullmatch(text)
    if match and (match[2] or field in DATES.values()):
        return _day(match, last=last) or text
    try:
        return float(text)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _day(match: re.Match[str], *, last: bool) -> datetime | None:
    year, month, day = (int(part) if part else None for part in match.groups())
    try:
        if not last:
            return datetime(year or 1, month or 1, day or 1, tzinfo=UTC)
        month = month or 12
        day = day or monthrange(year or 1, month)[1]
        return datetime(year or 1, month, day, tzinfo=UTC) + timedelta(days=1, microseconds=-1)
    except ValueError:
        return None
