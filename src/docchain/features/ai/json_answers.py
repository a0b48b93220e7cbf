"""JSON that models write; its one rule: what could not be told again, or means nothing sure, is none."""

import json
from typing import Any, Final

from docchain.platform.json_text import check_json

_DEEPEST: Final = 64


def value_of(text: str) -> Any:
    """The value of an answer that is JSON; None where it is not, and whoever asked may ask for a repair."""
    try:
        check_json(text.encode(), _DEEPEST, "answer")
    except ValueError:
        return None
    return json.loads(text)


def salvaged(text: str) -> Any:
    """The value of JSON in an answer that has more around it, such as a fence; None where there is none."""
    start = min((place for place in (text.find("{"), text.find("[")) if place >= 0), default=-1)
    if start < 0:
        return None
    try:
        end = json.JSONDecoder().raw_decode(text, start)[1]
    except (ValueError, RecursionError):
        return None
    return value_of(text[start:end])
