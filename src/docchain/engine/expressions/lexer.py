"""Reads a CEL text just far enough to find the data it names and to give numbers one meaning."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<string>[rRbB]{0,2}(?:\"\"\"(?:[^\\]|\\.)*?\"\"\"|'''(?:[^\\]|\\.)*?'''|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'))
  | (?P<number>\d+\.\d+(?:[eE][+-]?\d+)?|\.\d+|\d+[eE][+-]?\d+|0[xX][0-9a-fA-F]+|\d+[uU]?)
  | (?P<name>[A-Za-z_]\w*)
  | (?P<symbol>&&|\|\||[<>=!]=|[-+*/%<>!?:.,()\[\]{}])
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)

EXACT = 2**53
"""Whole numbers up to here are exact."""
MACROS = frozenset({"all", "exists", "exists_one", "map", "filter"})
RENAMED = {"size": "dc_size", "duration": "dc_duration", "matches": "dc_matches"}
"""CEL's own `size` counts bytes, its `duration` refuses days, and its `matches` has no bound; ours take their place."""

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Scan:
    """What an expression names: data paths, names bound by macros, nesting, and its text with one number type."""

    text: str
    paths: tuple[Path, ...]
    bound: frozenset[str]
    depth: int
    macros: int
    loops: int
    refused: str = ""


def scan(source: str) -> Scan:
    tokens = [(match.lastgroup or "other", match.group()) for match in _TOKEN.finditer(source)]
    solid = [index for index, (kind, _) in enumerate(tokens) if kind != "space"]
    bound = frozenset(_bound_names(tokens, solid))
    paths = tuple(dict.fromkeys(_paths(tokens, solid, bound)))
    text, brackets = _normalise(tokens)
    macros = len(_macro_positions(tokens, solid))
    return Scan(text, paths, bound, brackets.deepest, macros, brackets.loops, _refused(tokens))


def _refused(tokens: list[tuple[str, str]]) -> str:
    """What CEL would take and get wrong, with what to write instead."""
    for kind, text in tokens:
        if text == "%":
            return "uses %, which numbers here do not have; write mod(a, b)"
        if kind == "number" and text.isdigit() and int(text) > EXACT:
            return f"holds {text}, which is too large for an exact number; keep it as text"
    return ""


def _macro_positions(tokens: list[tuple[str, str]], solid: list[int]) -> list[int]:
    return [
        place
        for place in range(1, len(solid) - 2)
        if tokens[solid[place]][1] in MACROS
        and tokens[solid[place - 1]][1] == "."
        and tokens[solid[place + 1]][1] == "("
    ]


def _bound_names(tokens: list[tuple[str, str]], solid: list[int]) -> set[str]:
    return {tokens[solid[place + 2]][1] for place in _macro_positions(tokens, solid)}


def _paths(tokens: list[tuple[str, str]], solid: list[int], bound: frozenset[str]) -> list[Path]:
    found: list[Path] = []
    place = 0
    while place < len(solid):
        kind, text = tokens[solid[place]]
        follows_dot = place > 0 and tokens[solid[place - 1]][1] == "."
        if kind != "name" or follows_dot or text in {"true", "false", "null", "in"} or text in bound:
            place += 1
            continue
        path, place = _path_at(tokens, solid, place)
        if path:
            found.append(path)
    return found


def _path_at(tokens: list[tuple[str, str]], solid: list[int], place: int) -> tuple[Path, int]:
    """The longest `a.b[0]["c"]` at `place`; a name that is called is a function, not data."""

    def token(at: int) -> tuple[str, str]:
        return tokens[solid[at]] if at < len(solid) else ("end", "")

    path: list[str | int] = [token(place)[1]]
    place += 1
    while True:
        if token(place)[1] == "." and token(place + 1)[0] == "name":
            path.append(token(place + 1)[1])
            place += 2
        elif token(place)[1] == "[" and token(place + 2)[1] == "]" and token(place + 1)[0] in {"number", "string"}:
            inner = token(place + 1)[1]
            path.append(int(inner) if inner.isdigit() else inner.strip("'\""))
            place += 3
        else:
            break
    if token(place)[1] == "(":
        path.pop()
    return tuple(path), place


class _Brackets:
    """Open brackets, by what they hold: a group, an index into a list or map, or the body of a macro."""

    def __init__(self) -> None:
        self.open: list[str] = []
        self.deepest = 0
        self.loops = 0

    def enter(self, text: str, last: str, before: str) -> str:
        follows_value = last in {")", "]"} or (last.isidentifier() and last != "in")
        what = "index" if text == "[" and follows_value else "group"
        if text == "(" and last in MACROS and before == ".":
            what = "macro"
        self.open.append(what)
        self.deepest = max(self.deepest, len(self.open))
        self.loops = max(self.loops, self.open.count("macro"))
        return "[dc_at(" if what == "index" else text

    def leave(self, text: str) -> str:
        what = self.open.pop() if self.open else ""
        return ")]" if what == "index" and text == "]" else text


def _is_called(tokens: list[tuple[str, str]], place: int) -> bool:
    return next((text for kind, text in tokens[place + 1 : place + 3] if kind != "space"), "") == "("


def _normalise(tokens: list[tuple[str, str]]) -> tuple[str, _Brackets]:
    """Whole-number literals become doubles, so `1 + 1.5` means what it says; `dc_at` turns an index back."""
    out: list[str] = []
    brackets = _Brackets()
    last = before = ""
    for place, (kind, text) in enumerate(tokens):
        piece = text
        if text in {"(", "[", "{"}:
            piece = brackets.enter(text, last, before)
        elif text in {")", "]", "}"}:
            piece = brackets.leave(text)
        elif kind == "number" and text.isdigit():
            piece = f"{text}.0"
        elif text in RENAMED and _is_called(tokens, place):
            piece = RENAMED[text]
        out.append(piece)
        if kind != "space":
            last, before = text, last
    return "".join(out), brackets


def flatten(text: str, leaves: Sequence[tuple[str, ...]], bound: frozenset[str]) -> str | None:
    """`text` with each path it names as one variable `dc_p<n>`, which CEL finds three times as fast.

    `None` where that cannot be: `has(…)` asks about a field, not about a value, and `a["b"]` is spelled otherwise.
    """
    tokens = [(match.lastgroup or "other", match.group()) for match in _TOKEN.finditer(text)]
    if ("name", "has") in tokens:
        return None
    roots = {leaf[0] for leaf in leaves}
    out: list[str] = []
    place = 0
    while place < len(tokens):
        kind, piece = tokens[place]
        starts = kind == "name" and piece not in bound and (not out or out[-1] != ".")
        length = _leaf_length(tokens, place, leaves) if starts else 0
        if starts and piece in roots and not length:
            return None
        if length:
            names = tuple(token for _, token in tokens[place : place + length : 2])
            piece = f"dc_p{leaves.index(names)}"
        out.append(piece)
        place += max(length, 1)
    return "".join(out)


def _leaf_length(tokens: list[tuple[str, str]], place: int, leaves: Sequence[tuple[str, ...]]) -> int:
    """How many tokens from `place` spell the longest leaf."""
    best = 0
    for leaf in leaves:
        spelled = [part for name in leaf for part in (".", name)][1:]
        if [token for _, token in tokens[place : place + len(spelled)]] == spelled:
            best = max(best, len(spelled))
    return best
