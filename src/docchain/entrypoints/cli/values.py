"""What is given on the command line as name=value, and requests made of it: every fault is told with its path."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from docchain.engine.definition.faults import field_faults
from docchain.platform.errors import Invalid
from docchain.platform.settings import SettingsError

M = TypeVar("M", bound=BaseModel)


def pairs(given: Sequence[str] | None, option: str) -> list[tuple[str, str]]:
    """Names and texts.

    Raises:
        SettingsError: for one without a value.
    """
    found = [item.partition("=") for item in given or ()]
    for (name, separator, _), item in zip(found, given or (), strict=True):
        if not (name and separator):
            raise SettingsError(f"{option} {item!r} has no value; write it as name=value.")
    return [(name, text) for name, _, text in found]


def values_of(given: Sequence[str] | None, option: str = "--input") -> dict[str, Any]:
    """Values by name: JSON where it is, else text."""
    return {name: _value(text) for name, text in pairs(given, option)}


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def request_of(model: type[M], given: Mapping[str, Any]) -> M:
    """The request that a door would read, of what was given; what is None was not.

    Raises:
        Invalid: with every fault.
    """
    try:
        return model.model_validate({name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        raise Invalid("What was given does not fit.", errors=field_faults(error)) from None


def read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"Cannot read the workflow {path}: {error}") from None
