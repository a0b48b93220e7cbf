"""Contracts as they are written: in sentences; its one rule: a sentence counts where no label says it better."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final

import msgspec

from docchain.features.extraction import prose_patterns as patterns
from docchain.features.extraction.confidence import rivalry
from docchain.features.extraction.dates import MONTHS, match_date
from docchain.features.extraction.flow import Flow, flow_of
from docchain.features.extraction.geometry import fold
from docchain.features.extraction.identity import Order
from docchain.features.extraction.invoice import whose
from docchain.features.extraction.labels import words as words_of
from docchain.features.extraction.reading import Reading
from docchain.features.extraction.results import Value, money, value_of

BEFORE, PARTIES_WITHIN, MONEY_BEFORE = 90, 5_000, 160
SURE: Final = {
    "date": 0.88,
    "start_date": 0.88,
    "end_date": 0.88,
    "term": 0.75,
    "notice": 0.85,
    "law": 0.86,
    "number": 0.82,
}
TAGGED, PARTY, ALONE = 0.9, 0.8, 0.6
TWO = 2
BY_LABEL = 0.7
SHORT_MONTH = 3
MOST_WORDS, LONG_NAME = 6, 0.9
_STARTS: Final = re.compile(
    rf"(?<!\w)(?:\d{{1,4}}(?:st|nd|rd|th)?|{'|'.join(name for name in MONTHS if len(name) >= SHORT_MONTH)})\b",
    re.IGNORECASE,
)
_NAMES: Final = ("party_a", "party_b")
_PROSE: Final = re.compile(r"^[a-zà-ÿ]|\b(?:[Pp]arte|PARTE|[Aa]greement|[Cc]ontrato)\b|:$|\w{4}[.][”\"']?$|^\W")


@dataclass(frozen=True, slots=True)
class _Said:
    """What a sentence says, where it stands, and how sure that is."""

    value: Any
    start: int
    end: int
    sure: float
    words: str


def with_prose(
    reading: Reading, fields: Mapping[str, Value], wanted: frozenset[str], order: Order, currency: str | None
) -> dict[str, Value]:
    """The labelled fields, and what sentences say of those that no label told well."""
    flow = flow_of(reading.layout)
    kept = {
        name: _trimmed(name, value)
        for name, value in fields.items()
        if name not in wanted or not (_is_prose(name, _trimmed(name, value)) or _is_aside(flow, name, value))
    }
    for name, found in _said(flow, reading, order, currency).items():
        labelled = kept.get(name)
        if name in wanted and found and (labelled is None or labelled.confidence < BY_LABEL):
            best = found[0]
            others = [other.sure for other in found if other.value != best.value]
            spans = flow.spans(best.start, best.end)
            kept[name] = value_of(best.value, spans, best.sure * rivalry(best.sure, others), f"after “{best.words}”")
            kept[name].text = " ".join(flow.text[best.start : best.end].split())
    return kept


def _trimmed(name: str, value: Value) -> Value:
    """Of a party, its name without the address and ids that its sentence goes on with."""
    if name not in _NAMES:
        return value
    match = patterns.NAME_FIRST.match(str(value.value))
    found = match["name"].strip(" ,") if match else str(value.value)
    doubt = LONG_NAME if len(found.split()) > MOST_WORDS or any(map(str.isdigit, found)) else 1.0
    return msgspec.structs.replace(value, value=found, confidence=round(value.confidence * doubt, 3))


def _is_prose(name: str, value: Value) -> bool:
    """Whether a labelled text is a piece of a sentence rather than a value."""
    text = str(value.value)
    if name in _NAMES:
        return value.confidence < BY_LABEL or bool(_PROSE.search(text.rstrip()))
    return name in {"law", "term", "notice"} and (value.confidence < BY_LABEL or len(text.split()) > MOST_WORDS)


def _is_aside(flow: Flow, name: str, value: Value) -> bool:
    """Whether a labelled day is of something else, as in “the original lease is dated …”."""
    at = flow.text.find(value.text) if name in patterns.DATE_ROLES else -1
    return at >= 0 and bool(patterns.ASIDE.search(flow.text[max(0, at - BEFORE) : at]))


def _said(flow: Flow, reading: Reading, order: Order, currency: str | None) -> dict[str, list[_Said]]:
    found: dict[str, list[_Said]] = {**_parties(flow.text)}
    for role, said in _dates(flow.text, order):
        found.setdefault(role, []).append(said)
    for role, said in _amounts(flow, reading, currency):
        found.setdefault(role, []).append(said)
    for name, known in (
        ("law", patterns.LAW),
        ("notice", patterns.NOTICE),
        ("term", (patterns.TERM,)),
        ("number", (patterns.NUMBER,)),
    ):
        found[name] = list(_phrases(flow.text, name, known))
    return {name: sorted(every, key=lambda said: -said.sure) for name, every in found.items()}


def _parties(text: str) -> dict[str, list[_Said]]:
    head = text[:PARTIES_WITHIN]
    for pattern in patterns.BETWEEN:
        for match in pattern.finditer(head):
            pair = [_party(match, group, head) for group in ("first", "second")]
            if pair[0] and pair[1]:
                return _in_roles(head, pair[0], pair[1])
    first = next((said for said in map(_alone, patterns.FIRST_PARTY[0].finditer(head)) if said), None)
    second = next((said for said in map(_alone, patterns.SECOND_PARTY[0].finditer(head)) if said), None)
    if first and second and first.end < second.start:
        return _in_roles(head, first, second)
    return _tagged(head)


def _tagged(text: str) -> dict[str, list[_Said]]:
    """Names that are followed by their role in brackets, where there is one of each side."""
    by_role: dict[int, _Said] = {}
    for match in patterns.TAGGED.finditer(text):
        role, said = _role(match["role"]), _party(match, "name", text)
        if role is not None and said:
            by_role.setdefault(role, said)
    return {name: [by_role[at]] for at, name in enumerate(_NAMES)} if len(by_role) == len(_NAMES) else {}


def _alone(match: re.Match[str]) -> _Said | None:
    return _party(match, "name", match.string)


def _party(match: re.Match[str], group: str, text: str) -> _Said | None:
    """A name of two words at least, or with a legal form, that is no role."""
    name = match[group].strip(" ,")
    words = [fold(word) for word in name.split()]
    roles = words_of("first_role") | words_of("second_role") | words_of("no_party")
    if len(words) < TWO or (words[0] in roles and words[0] != "the") or all(word in roles for word in words):
        return None
    start = match.start(group) + match[group].index(name)
    before = " ".join(text[max(0, start - 25) : start].split())
    return _Said(name, start, start + len(name), PARTY, before)


def _in_roles(text: str, first: _Said, second: _Said) -> dict[str, list[_Said]]:
    """The first party is whom the first role names, where the paper says who is what; else who is named first."""
    after = text[second.end : second.end + 260].split("\n", maxsplit=1)[0]
    roles = _role(text[first.end : second.start]), _role(after)
    if set(roles) == {0, 1}:
        ordered = (first, second) if roles == (0, 1) else (second, first)
        pair = [_Said(said.value, said.start, said.end, TAGGED, said.words) for said in ordered]
    else:
        pair = [first, second]
    return {name: [said] for name, said in zip(_NAMES, pair, strict=True)}


def _role(text: str) -> int | None:
    """0 or 1 by the first word that is a role of first or second parties."""
    for word in re.findall(r"[^\W\d_]{4,20}", text):
        plain = fold(word)
        if plain in words_of("first_role"):
            return 0
        if plain in words_of("second_role"):
            return 1
    return None


def _dates(text: str, order: Order) -> Iterator[tuple[str, _Said]]:
    days = list(_days(text, order))
    roles = [_role_of_day(text[max(0, day.start - BEFORE) : day.start]) for day in days]
    for at, (one, following) in enumerate(pairwise(days)):
        begins = patterns.RANGED.search(text[max(0, one.start - BEFORE) : one.start])
        if patterns.RANGE.match(text[one.end : following.start]) and (begins or roles[at] == "start_date"):
            roles[at], roles[at + 1] = "start_date", "end_date"
    for role, day in zip(roles, days, strict=True):
        if role:
            yield role, replace(day, sure=SURE[role] * day.sure)


def _days(text: str, order: Order) -> Iterator[_Said]:
    end = -1
    for match in _STARTS.finditer(text):
        start = match.start()
        found = match_date(" ".join(text[start : start + 48].split())) if start >= end else None
        day = found.resolve(order.name) if found else None
        if found and day:
            end = start + found.length
            words = " ".join(text[max(0, start - 30) : start].split())
            yield _Said(day.isoformat(), start, end, order.sure if found.ambiguous else 1.0, words)


def _role_of_day(before: str) -> str:
    """The role whose words begin last, nearest to the day."""
    if patterns.ASIDE.search(before):
        return ""
    found = [
        (match.start(), role) for role, pattern in patterns.DATE_ROLES.items() if (match := pattern.search(before))
    ]
    if any(role == "date" and patterns.AS_OF.search(before) for _, role in found):
        return "date"
    return max(found)[1] if found else "date" if patterns.PLACE_DAY.search(before) else ""


def _amounts(flow: Flow, reading: Reading, currency: str | None) -> Iterator[tuple[str, _Said]]:
    places = {(row.index, place): at for at, (row, place) in zip(flow.starts, flow.words, strict=True)}
    for item in reading.all("money"):
        start = places.get((item.row.index, item.start))
        if start is None or not item.value.strong or not (item.value.currency or currency) or not item.value.number:
            continue
        role, near = _role_of_money(flow.text[max(0, start - MONEY_BEFORE) : start])
        if patterns.DEPOSIT_AFTER.search(flow.text[start + len(item.text) : start + BEFORE]):
            role, near = "deposit", True
        if role:
            last = item.row.tokens[item.end - 1]
            end = places[item.row.index, item.end - 1] + len(last.text)
            value = money(abs(item.value.number), item.value.currency or currency)
            words = " ".join(flow.text[max(0, start - 30) : start].split())
            sure = (0.86 if near else ALONE) * whose(reading, item.value.currency, item.text)
            yield role, _Said(value, start, end, sure, words)


def _role_of_money(before: str) -> tuple[str, bool]:
    """What the words nearest to an amount say that it is; words for other amounts in its sentence make it nobody's."""
    sentence = re.split(r"[.;]\s+(?=[^\W\d_a-z])|\n", before)[-1]
    found = [
        (match.end(), role) for role, pattern in patterns.MONEY_ROLES.items() for match in pattern.finditer(sentence)
    ]
    if not found or max(found)[1] == "other":
        return "", False
    place, role = max(found)
    if role == "amount" and any(other == "deposit" for _, other in found):
        role = "deposit"
    return role, len(sentence) - place < 60 and all(other != "other" for _, other in found)  # noqa: PLR2004 - half a row


def _phrases(text: str, name: str, known: Sequence[re.Pattern[str]]) -> Iterator[_Said]:
    for pattern in known:
        for match in pattern.finditer(text):
            if patterns.ASIDE.search(text[max(0, match.start() - BEFORE) : match.start("value")]):
                continue
            value = " ".join(match["value"].split())
            yield _Said(value, match.start("value"), match.end("value"), SURE[name], match[0].split()[0])
