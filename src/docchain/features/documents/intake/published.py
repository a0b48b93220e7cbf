"""Parameters that a door reads from the request itself, as the documentation tells of them."""

from typing import Any


def parameter(
    name: str, example: str, description: str, *, place: str = "header", required: bool = False
) -> dict[str, Any]:
    """A parameter of an operation; without an example if only an answer can tell."""
    told = {"name": name, "in": place, "required": required, "schema": {"type": "string"}, "description": description}
    return told | ({"example": example} if example else {})
