"""JSON Schemas of answers: as steps write them, and where schemas are within one another; pure."""

from collections.abc import Mapping
from typing import Any, Final

BY_NAME: Final = frozenset({"properties", "$defs", "definitions", "dependentSchemas"})
"""Keywords that hold schemas by names."""
IN_LISTS: Final = frozenset({"prefixItems", "anyOf", "oneOf", "allOf"})
ALONE: Final = frozenset(
    {"items", "contains", "unevaluatedItems", "additionalProperties", "unevaluatedProperties", "propertyNames"}
    | {"not", "if", "then", "else", "contentSchema"}
)
"""Keywords that hold one schema."""


def closed(properties: Mapping[str, Any]) -> dict[str, Any]:
    """An object that has all of these and nothing else."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }
