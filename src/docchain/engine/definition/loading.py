"""Text to a definition: YAML or JSON, within limits, with the line of a syntax fault."""

import json
import re
from typing import Any, Final

import yaml
from pydantic import ValidationError

from docchain.engine.definition.faults import DefinitionError, Fault, from_pydantic, join, with_nodes
from docchain.engine.definition.models import WorkflowSpec

MAX_TEXT: Final = 1_000_000
MAX_DEPTH: Final = 32
MAX_NODES: Final = 50_000


_Loader: Any = type("_Loader", (getattr(yaml, "CSafeLoader", yaml.SafeLoader),), {"yaml_implicit_resolvers": {}})
"""Plain words mean what YAML 1.2 and JSON say: `no`, `010`, `1:30` and `2026-12-31` are texts."""
_PLAIN: Final = (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", list("-+0123456789")),
    ("float", r"[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?", list("-+0123456789")),
)
for _tag, _pattern, _first in _PLAIN:
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_pattern})\Z"), _first)


def _construct_mapping(loader: Any, node: Any, deep: bool = False) -> dict[str, Any]:
    mapping: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = key_node.value
        if not isinstance(key, str):
            raise _fault_at(key_node.start_mark, "a name must be a plain text")
        if key in mapping:
            raise _fault_at(key_node.start_mark, f"{key!r} stands here twice")
        mapping[key] = loader.construct_object(value_node, deep=deep)
    return mapping


_Loader.construct_mapping = _construct_mapping


def _check_events(text: str) -> None:
    """Refuse aliases (they make bombs) and depth before anything is built; the parser itself has no limits."""
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=_Loader)):
        if isinstance(event, yaml.AliasEvent):
            raise _fault_at(event.start_mark, "aliases (*name) are not supported; repeat the value")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH or count > MAX_NODES:
            raise _fault_at(event.start_mark, f"nests deeper than {MAX_DEPTH} levels or is too large")


def _fault_at(mark: Any, message: str) -> DefinitionError:
    return DefinitionError([Fault(f"line {mark.line + 1}", "syntax", message)])


def read_text(text: str) -> dict[str, Any]:
    """The mapping in `text` (JSON is YAML too).

    Raises:
        DefinitionError: for text that is too large, too deep, or no mapping.
    """
    if len(text) > MAX_TEXT:
        raise DefinitionError([Fault("", "too_large", f"The definition is longer than {MAX_TEXT:,} characters.")])
    if (loaded := _read_json(text)) is None:
        loaded = _read_yaml(text)
    if not isinstance(loaded, dict):
        raise DefinitionError(
            [Fault("", "syntax", "The definition must be a mapping that starts with `workflow: name`.")]
        )
    return _plain_json(loaded)


def _read_json(text: str) -> Any:
    """JSON as JSON means it; `None` when it is none, or doubles a key, so that YAML tells the line."""
    if not text.lstrip().startswith("{"):
        return None
    try:
        return json.loads(text, object_pairs_hook=_single_keys)
    except (ValueError, RecursionError):
        return None


def _single_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) < len(pairs):
        raise ValueError
    return mapping


def _read_yaml(text: str) -> Any:
    try:
        _check_events(text)
        return yaml.load(text, Loader=_Loader)  # noqa: S506 (a SafeLoader by descent)
    except DefinitionError:
        raise
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f"line {mark.line + 1}" if mark else ""
        raise DefinitionError([Fault(line, "syntax", f"is no valid YAML: {error.problem}")]) from None
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError) as error:
        raise DefinitionError([Fault("", "syntax", f"The definition is no valid YAML: {error}")]) from None


def _plain_json(loaded: dict[Any, Any]) -> dict[str, Any]:
    try:
        plain: dict[str, Any] = json.loads(json.dumps(loaded, allow_nan=False, ensure_ascii=False).encode())
    except (TypeError, ValueError) as error:
        raise DefinitionError(
            [Fault("", "syntax", f"The definition holds a value that JSON cannot: {error}")]
        ) from None
    return plain


def check_depth(value: Any, path: tuple[str | int, ...] = ()) -> list[Fault]:
    if len(path) > MAX_DEPTH:
        return [Fault(join(path), "too_deep", f"nests deeper than {MAX_DEPTH} levels")]
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in children:
        if faults := check_depth(item, (*path, key)):
            return faults
    return []


def read_spec(data: dict[str, Any] | str) -> WorkflowSpec:
    """The definition's shape, without its meaning (`validation.compile_plan` checks that).

    Raises:
        DefinitionError: with every fault of shape and its path.
    """
    loaded = read_text(data) if isinstance(data, str) else data
    if faults := check_depth(loaded):
        raise DefinitionError(faults)
    try:
        return WorkflowSpec.model_validate(_plain_json(loaded))
    except ValidationError as error:
        raise DefinitionError(with_nodes(from_pydantic(error), _step_ids(loaded))) from None


def _step_ids(loaded: dict[str, Any]) -> list[object]:
    steps = loaded.get("steps")
    return [step.get("id") if isinstance(step, dict) else None for step in steps] if isinstance(steps, list) else []
