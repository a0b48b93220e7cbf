"""What clients and steps see of look-up tables."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from docchain.features.documents.lookups.normal import ColumnType, TableLocale
from docchain.platform.model import Model

TableName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,62}$")]
_COLUMNS: Any = [{"name": "nif", "type": "tax_id"}, {"name": "nombre", "type": "text"}]
_ROW: Any = {"nif": "B31227705", "nombre": "Jardines del Manzanares, S.L."}
Match = Literal["exact", "normalised", "nearest", "best"]


class TableColumn(Model):
    name: str
    type: ColumnType


class LookupTable(Model):
    """A table at its newest version."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "name": "suppliers",
                "version": 2,
                "rows": 184,
                "locale": "es",
                "columns": _COLUMNS,
                "changed_at": "2026-11-22T09:30:00Z",
                "changed_by": "admin",
                "versions": [2, 1],
            }
        }
    )

    name: str
    version: int
    rows: int
    locale: TableLocale = Field(
        "auto", description="`es`: numbers that are looked for are read as 1.234,56; else as 1234.56, if they can be."
    )
    columns: list[TableColumn]
    changed_at: datetime
    changed_by: str
    versions: list[int] = Field(description="Those that are kept and can be asked, the newest first.")


class LookupTables(Model):
    model_config = ConfigDict(json_schema_extra={"example": {"items": []}})

    items: list[LookupTable]


class TableRows(Model):
    """Rows in the order of the file."""

    model_config = ConfigDict(json_schema_extra={"example": {"items": [_ROW], "next_row": None}})

    items: list[dict[str, Any]]
    next_row: int | None = Field(None, description="Pass it as `from_row`; null on the last page.")


class LookupRequest(BaseModel):
    """What is looked for."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"column": "nif", "value": "ES-B31227705", "match": "normalised"}},
    )

    column: str = Field(min_length=1, max_length=200)
    value: str = Field(max_length=2_000)
    match: Match = Field("best", description="`best` tries exact, then normalised, then nearest.")
    where: dict[str, str] = Field({}, max_length=10, description="Other columns that must be the same, normalised.")
    min_score: float = Field(0.8, ge=0, le=1, description="How near is near enough.")
    version: int | None = Field(None, ge=1, description="Ask an older version.")


class Candidate(Model):
    row: dict[str, Any]
    score: float


class Found(Model):
    """The row that was found; `candidates` are up to five that are near, the nearest first."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "found": True,
                "row": _ROW,
                "score": 1.0,
                "how": "normalised",
                "ambiguous": False,
                "candidates": [{"row": _ROW, "score": 1.0}],
                "table": "suppliers",
                "version": 2,
            }
        }
    )

    found: bool
    row: dict[str, Any] | None = None
    score: float = 0
    how: Literal["exact", "normalised", "nearest"] | None = None
    ambiguous: bool = Field(default=False, description="Another row fits as well: a person should choose.")
    candidates: list[Candidate] = Field([])
    table: str
    version: int
