"""Values that stay here while a text goes to a remote model; its one rule: what goes out holds none, and all come back.

Each value has one mark for as long as a call takes, in all of its messages; other spellings share its number.
"""

import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, Final

from docchain.features.ai.asking import Redaction
from docchain.features.ai.local.lists import fold, words
from docchain.features.ai.privacy.detect import detect
from docchain.features.ai.privacy.marks import CLOSE, FOREIGN, KINDS, LONGEST, OPEN, WRITTEN, mark, read

Place = tuple[str, int, int]
_WORD: Final = re.compile(r"[^\W_]+")
_NAMES: Final = frozenset({"person", "name", "organization"})
_SHORTEST: Final = 3
_TAIL: Final = re.compile(rf"[{OPEN}\[{{<\u301a\u3010][^{CLOSE}\]}}>\u301b\u3011]{{0,{LONGEST}}}$|\S{{1,{LONGEST}}}$")


class Veil:
    """The values of one call.

    Args:
        level: what is veiled.
        language: of the texts.
    """

    def __init__(self, level: Redaction = "strict", language: str = "") -> None:
        self._level, self._language = level, language
        self._values: dict[tuple[str, int, int], str] = {}
        self._marks: dict[str, str] = {}
        self._numbers: dict[str, tuple[str, int, int]] = {}
        self._counts: dict[str, int] = {}
        self._known: dict[str, list[tuple[int, str, str]]] = {}

    @property
    def count(self) -> int:
        """How many values stayed here, each counted once however it is spelt."""
        return len(self._numbers)

    def put(self, text: str) -> str:
        """The text with marks for its values."""
        places = [(span.kind, span.start, span.end) for span in detect(text, self._language, self._level)]
        self.learn(text, places)
        return self.cover(text, places)

    def learn(self, text: str, places: Iterable[Place]) -> None:
        """Know the values at these places, so that they are veiled wherever else they are."""
        for kind, start, end in places:
            value = text[start:end]
            self._know(kind, value)
            if kind in _NAMES:
                for word in _WORD.findall(value):
                    if len(word) >= _SHORTEST and word.isalpha() and fold(word) not in _usual():
                        self._know(kind, word)

    def cover(self, text: str, places: Iterable[Place] = ()) -> str:
        """The text with marks at these places, and wherever a known value is."""
        if self._level == "off":
            return text
        foreign = (("mark", match.start(), match.end()) for match in FOREIGN.finditer(text))
        told: list[str] = []
        at = 0
        for kind, start, end in _apart([*foreign, *places, *self._met(text)]):
            told += (text[at:start], self._mark(kind, text[start:end]))
            at = end
        return "".join([*told, text[at:]])

    def back(self, text: str, *, quoted: bool = False) -> str:
        """What a model wrote, with the values in it again; marks that we never made stay. `quoted`: it is JSON."""
        if not self._values:
            return text

        def value(match: re.Match[str]) -> str:
            known = self._values.get(read(match))
            if known is None:
                return match[0]
            return json.dumps(known, ensure_ascii=False)[1:-1] if quoted else known

        return WRITTEN.sub(value, text)

    def back_value(self, value: Any) -> Any:
        """The same of all texts in a value that was read from JSON; names of fields stay."""
        if isinstance(value, str):
            return self.back(value)
        if isinstance(value, list):
            return [self.back_value(inner) for inner in value]
        if isinstance(value, dict):
            return {name: self.back_value(inner) for name, inner in value.items()}
        return value

    def back_stream(self, *, quoted: bool = False) -> "Restorer":
        """The same of a text that comes in pieces."""
        return Restorer(self, quoted=quoted)

    def _know(self, kind: str, value: str) -> None:
        first = _WORD.search(value)
        joins = value.islower() and all(fold(word) in _joiners() for word in _WORD.findall(value))
        if first is not None and not joins:
            known = self._known.setdefault(first[0].casefold(), [])
            if all(other != value for _, _, other in known):
                known.append((first.start(), kind, value))

    def _met(self, text: str) -> Iterator[Place]:
        """Places of known values, as whole words, in whatever case."""
        for word in _WORD.finditer(text) if self._known else ():
            for before, kind, value in self._known.get(word[0].casefold(), ()):
                start = word.start() - before
                end = start + len(value)
                same = start >= 0 and text[start:end].casefold() == value.casefold()
                if same and not (value[-1].isalnum() and text[end : end + 1].isalnum()):
                    yield kind, start, end

    def _mark(self, kind: str, value: str) -> str:
        if value not in self._marks:
            name = KINDS[kind]
            same = value if name == "MARK" else " ".join(_WORD.findall(fold(value))) or value
            known, number, spelling = self._numbers.get(same) or (name, self._counts.get(name, 0) + 1, 0)
            self._counts[known] = max(self._counts.get(known, 0), number)
            self._numbers[same] = (known, number, spelling + 1)
            self._values[known, number, spelling + 1] = value
            self._marks[value] = mark(known, number, spelling + 1)
        return self._marks[value]


class Restorer:
    """Gives a text back piece by piece; what may be the beginning of a mark waits for the rest of it."""

    def __init__(self, veil: Veil, *, quoted: bool = False) -> None:
        self._veil, self._quoted, self._held = veil, quoted, ""

    def feed(self, piece: str) -> str:
        """What can be told now."""
        text = self._held + piece
        tail = _TAIL.search(text)
        told = text[: _before_marks(text, tail.start())] if tail else text
        self._held = text[len(told) :]
        return self._veil.back(told, quoted=self._quoted)

    def end(self) -> str:
        """What was still held back."""
        held, self._held = self._held, ""
        return self._veil.back(held, quoted=self._quoted)


def _before_marks(text: str, at: int) -> int:
    """Here, or where a mark or a word begins that goes on here: long runs without a space are told in parts."""
    opened = text.rfind(OPEN, max(0, at - LONGEST), at)
    if opened >= 0 and CLOSE not in text[opened:at]:
        at = opened
    least = max(0, at - LONGEST)
    while at > least and not text[at - 1].isspace() and (text[at - 1].isalnum() or text[at - 1] in "_\\-.[{<"):
        at -= 1
    return at


def _apart(places: Iterable[Place]) -> Iterator[Place]:
    """In order; what overlaps is joined, so that no letter of it stays."""
    joined: list[Place] = []
    for kind, start, end in sorted(set(places), key=lambda place: (place[1], -place[2])):
        if joined and start < joined[-1][2]:
            before = joined[-1]
            joined[-1] = (before[0], before[1], max(end, before[2]))
        else:
            joined.append((kind, start, end))
    return iter(joined)


@cache
def _joiners() -> frozenset[str]:
    return words("es_function") | words("en_function")


@cache
def _usual() -> frozenset[str]:
    return words("common") | words("es_function") | words("en_function") | words("es_office") | words("en_office")
