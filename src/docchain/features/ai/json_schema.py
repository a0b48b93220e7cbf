"""JSON Schemas of answers, as steps write them; pure."""

from collections.abc import Mapping
from typing import Any


def closed(properties: Mapping[str, Any]) -> dict[str, Any]:
    """An object that has all of these and nothing else."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }
