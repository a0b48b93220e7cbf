"""Text to a definition: YAML or JSON, within limits, with the line of a syntax fault."""

import json
from typing import Any, Final

import yaml
from pydantic import ValidationError

from docchain.engine.definition.faults import DefinitionError, Fault, from_pydantic
from docchain.engine.definition.models import WorkflowSpec

MAX_TEXT: Final = 1_000_000
MAX_DEPTH: Final = 32
MAX_NODES: Final = 50_000


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # the C loader where libyaml is there
    """YAML with text dates, no aliases (they make bombs), and no doubled keys."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise _fault_at(self.peek_event().start_mark, "aliases (*name) are not supported; repeat the value")
        self.depth = getattr(self, "depth", 0) + 1
        self.count = getattr(self, "count", 0) + 1
        if self.depth > MAX_DEPTH or self.count > MAX_NODES:
            raise _fault_at(self.peek_event().start_mark, f"nests deeper than {MAX_DEPTH} levels or is too large")
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = key_node.value
            if key in seen:
                raise _fault_at(key_node.start_mark, f"{key!r} stands here twice")
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in _Loader.yaml_implicit_resolvers.items()
}


def _fault_at(mark: Any, message: str) -> DefinitionError:
    return DefinitionError([Fault(f"line {mark.line + 1}", "syntax", message)])


def read_text(text: str) -> dict[str, Any]:
    """The mapping in `text` (JSON is YAML too).

    Raises:
        DefinitionError: for text that is too large, too deep, or no mapping.
    """
    if len(text) > MAX_TEXT:
        raise DefinitionError([Fault("", "too_large", f"The definition is longer than {MAX_TEXT:,} characters.")])
    try:
        loaded = yaml.load(text, Loader=_Loader)  # noqa: S506 (a SafeLoader by descent)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f"line {mark.line + 1}" if mark else ""
        raise DefinitionError([Fault(line, "syntax", f"is no valid YAML: {error.problem}")]) from None
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError) as error:
        raise DefinitionError([Fault("", "syntax", f"The definition is no valid YAML: {error}")]) from None
    if not isinstance(loaded, dict):
        raise DefinitionError(
            [Fault("", "syntax", "The definition must be a mapping that starts with `workflow: name`.")]
        )
    return _plain_json(loaded)


def _plain_json(loaded: dict[Any, Any]) -> dict[str, Any]:
    try:
        plain: dict[str, Any] = json.loads(json.dumps(loaded, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise DefinitionError(
            [Fault("", "syntax", f"The definition holds a value that JSON cannot: {error}")]
        ) from None
    return plain


def check_depth(value: Any, path: str = "", depth: int = 0) -> list[Fault]:
    if depth > MAX_DEPTH:
        return [Fault(path, "too_deep", f"nests deeper than {MAX_DEPTH} levels")]
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in children:
        if faults := check_depth(item, f"{path}.{key}".lstrip("."), depth + 1):
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
        return WorkflowSpec.model_validate(loaded)
    except ValidationError as error:
        raise DefinitionError(from_pydantic(error)) from None
