"""What to extract: field names, types and labels; its one rule: a schema is checked whole before a document is read."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from pydantic import ConfigDict, Field, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from docchain.features.extraction.field_spec import FieldName, FieldSpec
from docchain.features.extraction.presets import PRESETS, READ_AS_INVOICE, Preset
from docchain.features.extraction.rules import MOST_RULES, Rule, named_in
from docchain.platform.model import Model


class Schema(Model):
    """Fields by name; with `$ref` they are added to the preset's."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ref: Preset | None = Field(default=None, alias="$ref")
    fields: dict[FieldName, FieldSpec] = Field(default={}, max_length=100)
    rules: list[Rule] = Field(default=[], max_length=MOST_RULES)


def parse_schema(given: str | Mapping[str, Any]) -> Schema:
    """A schema from a preset's name or a mapping. Raises pydantic's `ValidationError`."""
    schema = Schema.model_validate({"$ref": given} if isinstance(given, str) else given)
    unknown = [
        InitErrorDetails(type=_unknown(name), loc=("rules", at, part), input=text)
        for at, rule in enumerate(schema.rules)
        for part, text in (("when", rule.when), ("check", rule.check))
        if text is not None
        for name in sorted(named_in(text) - specs(schema).keys())
    ]
    if unknown:
        raise ValidationError.from_exception_data("Schema", unknown)
    return schema


def _unknown(name: str) -> PydanticCustomError:
    return PydanticCustomError("field_unknown", "There is no field “{name}” in this schema", {"name": name})


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


def schema_key(given: str | Mapping[str, Any]) -> str:
    """The same for schemas that ask for the same, however they are written. Raises pydantic's `ValidationError`."""
    return sha256(parse_schema(given).model_dump_json(by_alias=True).encode()).hexdigest()
