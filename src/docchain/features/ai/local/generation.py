"""Texts from templates; its one rule: nothing is written that was not given, and what is missing is named.

Method: templates of our own, Spanish and English, filled in the sandbox that all templates of users run in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from docchain.platform.templates import render_text

METHOD: Final = "template"
TEMPLATES: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "supplier_reply": (("supplier", "sender"), ("document", "date", "message", "questions")),
    "payment_reminder": (("customer", "number", "amount", "due_date", "sender"), ("account",)),
    "cover_note": (("recipient", "document", "sender"), ("subject", "message")),
    "contract_summary": (("parties",), ("title", "date", "term", "amount", "points")),
    "meeting_note": (("subject", "date", "attendees"), ("decisions", "actions")),
}
"""By name, the variables that each needs, and those that it may have."""
_LISTS: Final = frozenset({"questions", "parties", "points", "attendees", "decisions", "actions"})


class WrongTemplate(Exception):
    """There is no such template, or what it needs is not there; the message says what to give."""

    code = "invalid_request"


@dataclass(frozen=True, slots=True)
class Generated:
    """`text` is Markdown or plain text; `template` is the name and language of what it was made from."""

    text: str
    template: str
    confidence: float = 1.0
    method: str = METHOD


def generate(template: str, variables: Mapping[str, Any], language: str) -> Generated:
    """Fill a template; lists may be given as one text.

    Raises:
        WrongTemplate: nobody knows it, or a variable that it needs is missing.
    """
    if template not in TEMPLATES:
        raise WrongTemplate(f"There is no template {template[:60]!r}. Use one of {', '.join(TEMPLATES)}.")
    needed, optional = TEMPLATES[template]
    missing = [name for name in needed if variables.get(name) in (None, "", [])]
    if missing:
        raise WrongTemplate(f"The template {template} needs {', '.join(missing)}: give them in `variables`.")
    code = "en" if language == "en" else "es"
    source = (Path(__file__).parent / "templates" / f"{template}.{code}.txt").read_text("utf-8")
    given = {name: _listed(name, variables.get(name)) for name in (*needed, *optional)}
    if given.get("document") is None and "document" in optional:
        del given["document"]
    return Generated(render_text(source, given), f"{template}.{code}")


def _listed(name: str, value: Any) -> Any:
    if name not in _LISTS or isinstance(value, list):
        return value
    return [value] if value not in (None, "") else []
