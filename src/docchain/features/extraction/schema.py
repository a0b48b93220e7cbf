"""What to extract: field names, types and labels; its one rule: a schema is checked whole before a document is read."""

from collections.abc import Mapping
from typing import Any

from pydantic import ConfigDict, Field

from docchain.features.extraction.field_spec import FieldName, FieldSpec
from docchain.features.extraction.presets import PRESETS, READ_AS_INVOICE, Preset
from docchain.platform.model import Model


class Schema(Model):
    """Fields by name; with `$ref` they are added to the preset's."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ref: Preset | None = Field(default=None, alias="$ref")
    fields: dict[FieldName, FieldSpec] = Field(default={}, max_length=100)


def parse_schema(given: str | Mapping[str, Any]) -> Schema:
    """A schema from a preset's name or a mapping. Raises pydantic's `ValidationError`."""
    return Schema.model_validate({"$ref": given} if isinstance(given, str) else given)


def specs(schema: Schema) -> dict[str, FieldSpec]:
    """All fields asked for, the preset's first; a field of the schema replaces one of the preset."""
    preset = PRESETS[schema.ref] if schema.ref else {}
    return {**preset, **schema.fields}


def preset_names(schema: Schema) -> set[str]:
    """The fields that the readers of invoices fill: those without labels of their own."""
    if schema.ref is None:
        return set()
    preset = PRESETS[schema.ref]
    read = READ_AS_INVOICE.get(schema.ref, ())
    return {name for name in read if not _replaced(schema.fields.get(name), preset[name])}


def _replaced(own: FieldSpec | None, spec: FieldSpec) -> bool:
    return own is not None and (bool(own.labels) or own.type != spec.type)
