"""What to extract: field names, types and labels; its one rule: a schema is checked whole before a document is read."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, Field, StringConstraints

from docchain.platform.model import Model

FieldType = Literal["text", "number", "integer", "money", "date", "tax_id", "iban", "enum", "currency", "lines"]
Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
FieldName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]


class FieldSpec(Model):
    """One field: what type its value has and which labels announce it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: FieldType = "text"
    labels: list[Label] = Field(default=[], max_length=50, description="Names it has on paper; default: its own name.")
    required: bool = False
    values: list[Label] = Field(default=[], max_length=200, description="What an `enum` may be.")
    columns: dict[FieldName, "FieldSpec"] = Field(default={}, max_length=20, description="The columns of `lines`.")


class Schema(Model):
    """Fields by name; with `$ref` they are added to the preset's."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ref: Literal["invoice"] | None = Field(default=None, alias="$ref")
    fields: dict[FieldName, FieldSpec] = Field(default={}, max_length=100)


INVOICE: Final[Mapping[str, FieldSpec]] = {
    "number": FieldSpec(type="text", required=True),
    "date": FieldSpec(type="date", required=True),
    "due_date": FieldSpec(type="date"),
    "seller": FieldSpec(type="text"),
    "buyer": FieldSpec(type="text"),
    "seller_tax_id": FieldSpec(type="tax_id"),
    "buyer_tax_id": FieldSpec(type="tax_id"),
    "currency": FieldSpec(type="currency"),
    "net": FieldSpec(type="money"),
    "tax": FieldSpec(type="money"),
    "total": FieldSpec(type="money", required=True),
    "lines": FieldSpec(type="lines"),
}


def parse_schema(given: str | Mapping[str, Any]) -> Schema:
    """A schema from a preset's name or a mapping. Raises pydantic's `ValidationError`."""
    return Schema.model_validate({"$ref": given} if isinstance(given, str) else given)


def specs(schema: Schema) -> dict[str, FieldSpec]:
    """All fields asked for, the preset's first; a field of the schema replaces one of the preset."""
    preset = INVOICE if schema.ref == "invoice" else {}
    return {**preset, **schema.fields}


def preset_names(schema: Schema) -> set[str]:
    """The fields that the preset's own readers fill: those without labels of their own."""
    if schema.ref != "invoice":
        return set()
    return {name for name, spec in INVOICE.items() if not _replaced(schema.fields.get(name), spec)}


def _replaced(own: FieldSpec | None, spec: FieldSpec) -> bool:
    return own is not None and (bool(own.labels) or own.type != spec.type)
