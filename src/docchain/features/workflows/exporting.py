"""Definitions as files: as their author wrote them, or as data."""

from typing import Any, Final, Literal

from docchain.engine.definition import DefinitionError, Fault

Format = Literal["yaml", "json"]
MEDIA_TYPES: Final[dict[Format, str]] = {"yaml": "application/yaml", "json": "application/json"}


def exported(source: str | None, definition: dict[str, Any], form: Format) -> str:
    """The text of a definition; YAML is the author's own text, comments and all, where there is one."""
    from docchain.features.workflows.writing import as_json, as_yaml  # noqa: PLC0415 - loads YAML, no start needs it

    if form == "json":
        return as_json(definition)
    if source is not None:
        return source
    return as_yaml(definition)


def read_upload(body: bytes) -> str:
    """The text of an uploaded definition."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"is no UTF-8 text (byte {error.start + 1}); save the file as UTF-8"
        raise DefinitionError([Fault("", "syntax", message)]) from None
