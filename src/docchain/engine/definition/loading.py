"""Text to a definition: YAML or JSON, within limits, with the line of a syntax fault."""

import json
from typing import Any, Final

from pydantic import ValidationError

from docchain.engine.definition.faults import DefinitionError, Fault, from_pydantic, join, with_nodes
from docchain.engine.definition.models import WorkflowSpec

MAX_TEXT: Final = 1_000_000
MAX_DEPTH: Final = 32


def read_text(text: str) -> dict[str, Any]:
    """The mapping in `text` (JSON is YAML too).

    Raises:
        DefinitionError: for text that is too large, too deep, or no mapping.
    """
    if len(text) > MAX_TEXT:
        raise DefinitionError([Fault("", "too_large", f"The definition is longer than {MAX_TEXT:,} characters.")])
    if (loaded := _read_json(text)) is None:
        from docchain.engine.definition.yaml_text import read_yaml  # noqa: PLC0415 - no start needs YAML

        loaded = read_yaml(text, MAX_DEPTH)
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
