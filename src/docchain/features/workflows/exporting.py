"""Definitions as files: as their author wrote them, with the labels that were changed since."""

import json
from typing import Any, Final, Literal

from docchain.features.workflows.domain import slug
from docchain.features.workflows.tables import WorkflowRow

Format = Literal["yaml", "json"]
MEDIA_TYPES: Final[dict[Format, str]] = {"yaml": "application/yaml", "json": "application/json"}


def exported(source: str | None, definition: dict[str, Any], form: Format) -> str:
    """The text of a definition: the author's own, comments and all, where there is one in this format."""
    written_as = None if source is None else "json" if _is_json(source) else "yaml"
    if source is not None and written_as == form:
        return source
    from docchain.features.workflows.writing import as_json, as_yaml  # noqa: PLC0415 - no start needs YAML

    return as_json(definition) if form == "json" else as_yaml(definition)


def draft_as_file(row: WorkflowRow) -> tuple[str | None, dict[str, Any]]:
    """The draft as text, if it was text, and as data; both tell the present name, description and tags."""
    definition = _labelled(row)
    if row.source is None or definition == row.draft:
        return row.source, definition
    from docchain.features.workflows.rewriting import rewritten  # noqa: PLC0415 - as above

    return rewritten(row.source, definition), definition


def _labelled(row: WorkflowRow) -> dict[str, Any]:
    labels = {"description": row.description, "tags": list(row.tags)}
    given = {field: label for field, label in labels.items() if field not in row.proposed}
    if "name" not in row.proposed and row.name != row.draft["workflow"]:
        given |= _named(row)
    head = {
        "workflow": row.draft["workflow"],
        **{name: row.draft.get(name) for name in ("title", "description", "tags")},
    }
    told = {name: given.get(name, value) for name, value in head.items()}
    rest = {name: value for name, value in row.draft.items() if name not in head}
    return {**{name: value for name, value in told.items() if value}, **rest}


def _named(row: WorkflowRow) -> dict[str, Any]:
    """A name that is one for definitions, too, is its name there; another one stands as its title."""
    if row.name == slug(row.name):
        return {} if _calls_itself(row.draft) else {"workflow": row.name}
    return {} if row.draft.get("title") else {"title": row.name}


def _calls_itself(draft: dict[str, Any]) -> bool:
    """Whether another name would break it; an expression that makes the name is not looked at."""
    called = [step.get("with", {}).get("workflow") for step in draft.get("steps", ()) if step.get("use") == "workflow"]
    return draft["workflow"] in [*called, draft.get("error_workflow")]


def _is_json(source: str) -> bool:
    if not source.lstrip().startswith("{"):
        return False
    try:
        json.loads(source)
    except ValueError:
        return False
    return True
