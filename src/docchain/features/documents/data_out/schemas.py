"""What an export is asked for."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from docchain.features.documents.schemas import DocumentFilter

Reference = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Column = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Layout(BaseModel):
    """How the file is written."""

    model_config = ConfigDict(extra="forbid")

    format: Literal["csv", "json", "xlsx"] = "xlsx"
    locale: Literal["raw", "en", "es"] = Field(
        "raw", description="`es`: 1.234,56, dd/mm/yyyy and semicolons; `raw`: for machines."
    )
    lines: Literal["none", "rows"] = Field("none", description="`rows`: a row for each line item of a document.")
    columns: list[Column] = Field([], max_length=500, description="Only these, in this order, by their `raw` names.")


class ExportRequest(Layout):
    """Which documents, and how."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"filter": {"name": "invoice"}, "format": "csv", "locale": "es", "lines": "rows"}}
    )

    documents: list[Reference] = Field([], max_length=10_000, description="Handles or ids, in this order.")
    filter: DocumentFilter | None = Field(None, description="Instead of `documents`; without both, all documents.")
