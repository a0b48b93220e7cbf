"""`matches` in expressions: an engine that never goes back, and a bound on the work of one evaluation."""

import re
from typing import Any, Final

import cel

MAX_PATTERN: Final = 500
BUDGET: Final = 2_000_000.0
"""Microseconds of all matches of one evaluation, estimated from above; it holds the interpreter meanwhile."""
_STEP: Final = 0.1
"""Of one state at one character."""
_READ: Final = {"w": 1_200.0, "W": 1_200.0, "p": 1_200.0, "P": 1_200.0, "d": 200.0, "D": 200.0, "s": 40.0, "S": 40.0}
"""What it takes to read a class: Unicode has many letters. Measured, on a slow machine."""
_FAILED: Final = 200_000.0
"""Of a pattern that is none, or too large: such are made anew each time, and `||` goes on after them."""
_COUNTED: Final = re.compile(r"\{\s*([0-9]*)\s*(?:,\s*([0-9]*)\s*)?\}")
_CLASS: Final = re.compile(r"\[\^?\]?(?:\[:\^?[a-z]++:\]|[^\[\]\\]|\\.)*+\]", re.DOTALL)
_SPACED: Final = re.compile(r"\(\?[A-Za-z-]*x[A-Za-z-]*[:)]")
_ESCAPE: Final = re.compile(r"\\(?:[pPxuU]\{[^}]*\}|[pP].|.)", re.DOTALL)
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_SEARCH: Final = cel.compile("t.matches(p)")


class Matcher:
    """Of one evaluation."""

    def __init__(self) -> None:
        self._left = BUDGET

    def matches(self, text: Any, pattern: Any) -> bool:
        """Whether a pattern is found in a text.

        Raises:
            TypeError: one of them is no text.
            ValueError: it would take too long.
        """
        if not isinstance(text, str) or not isinstance(pattern, str):
            raise TypeError("matches() wants two texts")
        if len(pattern) > MAX_PATTERN:
            raise ValueError(f"matches() takes patterns of {MAX_PATTERN} characters, not of {len(pattern)}")
        states, reading = weight(pattern)
        self._left -= reading + states * len(text) * _STEP
        if self._left < 0:
            raise ValueError("matches() would take too long; repeat less in patterns, or match shorter or fewer texts")
        try:
            return bool(_SEARCH.execute({"t": text, "p": pattern}))
        except RuntimeError:
            self._left -= _FAILED
            raise


def weight(pattern: str) -> tuple[int, float]:
    """About how many states a pattern has, and how long it is read; what is repeated by a number counts so often.

    Raises:
        ValueError: it has what cannot be weighed, such as spaces that mean nothing.
    """
    groups, last, place = [(0, 0.0)], (0, 0.0), 0
    while place < len(pattern):
        if counted := _COUNTED.match(pattern, place):
            most = max(int(counted[2] or counted[1] or 1), 1)
            groups[-1] = (groups[-1][0] + last[0] * (most - 1), groups[-1][1] + last[1] * (most - 1))
            last = (last[0] * most, last[1] * most)
            place = counted.end()
            continue
        sign = pattern[place]
        atom = _atom(pattern, place)
        place += len(atom)
        if sign == "(":
            groups.append((0, 0.0))
        elif sign == ")" and len(groups) > 1:
            last = groups.pop()
            groups[-1] = (groups[-1][0] + last[0], groups[-1][1] + last[1])
        elif sign not in "*+?|":
            last = (1, 10.0 + sum(_READ.get(found, 0.0) for found in _ESCAPED.findall(atom)))
            groups[-1] = (groups[-1][0] + 1, groups[-1][1] + last[1])
    return max(1, sum(states for states, _ in groups)), sum(reading for _, reading in groups)


def _atom(pattern: str, place: int) -> str:
    """What stands for one character from here on."""
    if _SPACED.match(pattern, place):
        raise ValueError(
            "matches() takes no flag x; write the pattern without spaces and comments, and without the flag"
        )
    found = _ESCAPE.match(pattern, place) or _CLASS.match(pattern, place)
    if found is None and pattern[place] == "[":
        raise ValueError("matches() takes no class within a class; close it with ], and write \\[ for the sign itself")
    return found[0] if found else pattern[place]
