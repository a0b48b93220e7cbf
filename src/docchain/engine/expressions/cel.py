"""One CEL expression: compiled once, bounded, fed only the data it names.

Semantics where CEL's own differ from what people mean: every number is a JSON number (whole results come back as
integers), `size` counts characters, `duration("3d")` gives seconds, and money has exact functions (`money.py`).
Language: https://github.com/google/cel-spec
"""

import math
import re
import sys
import types
from collections.abc import Iterable, Mapping
from typing import Any, Final

from docchain.engine.durations import parse_duration
from docchain.engine.expressions import money
from docchain.engine.expressions.lexer import EXACT, Path, flatten, scan

# Importing `cel` loads its command line (0.5 s, 34 MB); an empty module in its place keeps start-up fast.
sys.modules.setdefault("cel.cli", types.ModuleType("cel.cli"))
import cel  # noqa: E402  (must follow the line above)

from docchain.engine.expressions.patterns import Matcher  # noqa: E402  (imports `cel`, too)

MAX_LENGTH: Final = 2_000
MAX_DEPTH: Final = 24
MAX_MACROS: Final = 4
MAX_ITEMS: Final = (20_000, 500, 100)
"""Longest list by how deep list macros nest: their cost grows with the square and holds the interpreter."""
_UNDEFINED: Final = re.compile(r"Undefined variable or function: 'dc_p(\d+)'")
_WRAPPING: Final = re.compile(r"^Function '\w+' error: Python function call failed: \w+: ")

ROOTS: Final = frozenset({"inputs", "steps", "run", "errors", "item", "index"})
_MISSING: Final = object()


class ExpressionError(ValueError):
    """An expression that cannot be compiled, or whose data does not fit it; the message says which part."""


def _size(value: Any) -> float:
    if not isinstance(value, str | list | dict):
        raise TypeError(f"size() wants a text, a list or an object, not {value!r}")
    return float(len(value))


def _mod(left: float, right: float) -> float:
    """The remainder, with the sign of `left` as CEL has it."""
    if right == 0:
        raise ValueError("mod() by zero")
    return math.fmod(left, right)


def _duration(text: str) -> float:
    return parse_duration(text) / 1_000_000


def _at(index: Any) -> Any:
    """A list's position from a number, which is a double here; a map's key stays."""
    return int(index) if isinstance(index, float) and index.is_integer() else index


FUNCTIONS: Final[dict[str, Any]] = {
    **money.FUNCTIONS,
    "dc_size": _size,
    "dc_duration": _duration,
    "dc_matches": Matcher.matches,
    "dc_at": _at,
    "mod": _mod,
}
_KNOWN: Final = frozenset(FUNCTIONS) | {
    *("has", "string", "double", "int", "uint", "timestamp", "type", "bytes"),
    *("contains", "startsWith", "endsWith", "getDate", "getFullYear", "getMonth"),
}


class Expression:
    """A compiled expression over `inputs`, `steps`, `errors` and `run`; of `for_each` over `item` and `index` too.

    Raises:
        ExpressionError: at construction for a text that is no valid expression; from `evaluate` for data that
            does not fit it.
    """

    __slots__ = ("_functions", "_leaves", "_longest", "_plain", "_program", "_variables", "paths", "source")

    def __init__(self, source: str) -> None:
        self.source = source.strip()
        if not self.source:
            raise ExpressionError("is empty; write an expression such as inputs.limit > 10")
        if len(self.source) > MAX_LENGTH:
            raise ExpressionError(f"is longer than {MAX_LENGTH} characters; split it over several steps")
        scanned = scan(self.source)
        if scanned.depth > MAX_DEPTH or scanned.macros > MAX_MACROS or scanned.loops >= len(MAX_ITEMS):
            raise ExpressionError(
                f"nests deeper than {MAX_DEPTH} brackets, uses more than {MAX_MACROS} list macros (all, map …) "
                f"or nests them deeper than {len(MAX_ITEMS) - 1}; split it over several steps"
            )
        if scanned.refused:
            raise ExpressionError(scanned.refused)
        self._longest = MAX_ITEMS[scanned.loops]
        self.paths: tuple[Path, ...] = scanned.paths
        self._check_roots()
        self._plain = self.paths[0] if len(self.paths) == 1 and _plain_text(self.paths[0]) == self.source else None
        self._leaves = tuple(dict.fromkeys(_up_to_list(path) for path in self.paths))
        flat = None if self._plain else flatten(scanned.text, self._leaves, scanned.bound)
        self._variables = tuple((f"dc_p{number}", leaf) for number, leaf in enumerate(self._leaves)) if flat else ()
        self._program = None if self._plain else _compile(scanned.text)
        self._functions: dict[str, Any] = {}
        if self._program:
            self._check_functions(scanned.text)
            self._functions = {name: FUNCTIONS[name] for name in self._program.functions() if name in FUNCTIONS}
            self._program = _compile(flat) if flat else self._program

    @property
    def plain(self) -> bool:
        """Nothing but a path into the data: evaluating it is a look-up."""
        return self._plain is not None

    def _check_roots(self) -> None:
        for path in self.paths:
            if path[0] not in ROOTS:
                raise ExpressionError(f"names {path[0]!r}, which is none of {', '.join(sorted(ROOTS))}")

    def _check_functions(self, text: str) -> None:
        assert self._program is not None  # noqa: S101  (set by the caller)
        for name in self._program.functions():
            if name.isidentifier() and name not in _KNOWN and f"{name}(" in text.replace(" ", ""):
                raise ExpressionError(f"calls {name}(), which does not exist")

    def evaluate(self, scope: Mapping[str, Any]) -> Any:
        """The value over `scope` (`{"inputs": …, "steps": …, "run": …}`)."""
        if self._plain:
            value = lookup(scope, self._plain)
            if value is _MISSING:
                raise ExpressionError(f"{self.source}: there is no such value")
            return value
        data: dict[str, Any] = {}
        if self._variables:
            for name, path in self._variables:
                if (value := lookup(scope, path)) is not _MISSING:
                    data[name] = _to_cel(value, self._longest)
        else:
            for path in self._leaves:
                _graft(data, path, lookup(scope, path), self._longest)
        return self._execute(data)

    def _execute(self, data: dict[str, Any]) -> Any:
        assert self._program is not None  # noqa: S101  (plain paths never come here)
        try:
            functions = self._functions
            if "dc_matches" in functions:
                functions = {**functions, "dc_matches": Matcher().matches}
            context = cel.Context(variables=data, functions=functions) if functions else data
            result = self._program.execute(context)
        except KeyError as missing:
            raise ExpressionError(f"{self.source}: there is no value named {missing}") from None
        except (ArithmeticError, IndexError, TypeError, ValueError, RuntimeError) as error:
            if undefined := _UNDEFINED.match(str(error)):
                name = self._leaves[int(undefined[1])][-1]
                raise ExpressionError(f"{self.source}: there is no value named {name!r}") from None
            raise ExpressionError(f"{self.source}: {_first_line(error)}") from None
        return _from_cel(result)


def _compile(text: str) -> Any:
    try:
        return cel.compile(text)
    except ValueError as error:
        raise ExpressionError(f"is no valid expression: {_first_line(error)}") from None


def _first_line(error: Exception) -> str:
    text = str(error).split("\n", 1)[0].removeprefix("Failed to parse expression ")
    text = _WRAPPING.sub("", text).split(". Check ", 1)[0]
    return text.replace("dc_", "")[:300]


def _plain_text(path: Path) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)[1:]


def _up_to_list(path: Path) -> tuple[str, ...]:
    """CEL gets whole lists: a path stops before its first position."""
    names: list[str] = []
    for part in path:
        if isinstance(part, int):
            break
        names.append(part)
    return tuple(names)


def lookup(scope: Any, path: Iterable[str | int]) -> Any:
    """Walk `path`; a field of `null` is `null` (a skipped step's output), anything else absent is missing."""
    value = scope
    for part in path:
        if value is None:
            return None
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return _MISSING
    return value


def _graft(data: dict[str, Any], path: tuple[str, ...], value: Any, longest: int) -> None:
    """Put one leaf into the sparse copy CEL sees."""
    node: Any = data
    for part in path[:-1]:
        node = node.setdefault(part, {})
        if not isinstance(node, dict):
            return
    if value is not _MISSING:
        node[path[-1]] = _to_cel(value, longest)


def _to_cel(value: Any, longest: int) -> Any:
    kind = type(value)
    if kind is int and -EXACT <= value <= EXACT:
        return float(value)
    if kind is str or kind is bool or kind is float:
        return value
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        if abs(value) > EXACT:
            raise ExpressionError(f"{value} is too large for an exact number; keep it as text")
        return float(value)
    if isinstance(value, dict):
        return {str(key): _to_cel(item, longest) for key, item in value.items()}
    if isinstance(value, list | tuple):
        if len(value) > longest:
            raise ExpressionError(f"a list of {len(value)} items is too long for this expression (limit {longest})")
        return [_to_cel(item, longest) for item in value]
    return value


def _from_cel(value: Any) -> Any:
    kind = type(value)
    if kind is bool or kind is str:
        return value
    if kind is float and -EXACT <= value <= EXACT:
        whole = int(value)
        return whole if whole == value else value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ExpressionError("the result is not a finite number (a division by zero?)")
        if value.is_integer() and abs(value) > EXACT:
            raise ExpressionError(f"the result {value:.0f} is too large for an exact number")
        return int(value) if value.is_integer() else value
    if isinstance(value, dict):
        return {key: _from_cel(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_from_cel(item) for item in value]
    if value is None or isinstance(value, bool | str | int):
        return value
    if hasattr(value, "isoformat"):
        return value.isoformat()
    raise ExpressionError(f"the result is a {type(value).__name__}, which is no JSON value")
