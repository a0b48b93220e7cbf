"""One field of a schema: its type decides what may stand beside a label."""

from typing import Annotated, Literal

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
