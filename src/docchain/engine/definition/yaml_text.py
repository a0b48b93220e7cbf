"""YAML as definitions have it: plain words mean what JSON means, without aliases, and no name twice in a mapping."""

import re
from typing import Any, Final

import yaml

from docchain.engine.definition.faults import DefinitionError, Fault

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


def _check_events(text: str, max_depth: int) -> None:
    """Refuse aliases (they make bombs) and depth before anything is built; the parser itself has no limits."""
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=_Loader)):
        if isinstance(event, yaml.AliasEvent):
            raise _fault_at(event.start_mark, "aliases (*name) are not supported; repeat the value")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > max_depth or count > MAX_NODES:
            raise _fault_at(event.start_mark, f"nests deeper than {max_depth} levels or is too large")


def _fault_at(mark: Any, message: str) -> DefinitionError:
    return DefinitionError([Fault(f"line {mark.line + 1}", "syntax", message)])


def read_yaml(text: str, max_depth: int) -> Any:
    """The value that `text` says.

    Raises:
        DefinitionError: with the line of what is wrong.
    """
    try:
        _check_events(text, max_depth)
        return yaml.load(text, Loader=_Loader)  # noqa: S506 (a SafeLoader by descent)
    except DefinitionError:
        raise
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f"line {mark.line + 1}" if mark else ""
        raise DefinitionError([Fault(line, "syntax", f"is no valid YAML: {error.problem}")]) from None
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError) as error:
        raise DefinitionError([Fault("", "syntax", f"The definition is no valid YAML: {error}")]) from None
