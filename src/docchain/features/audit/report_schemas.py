"""What clients see of reports."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from docchain.engine.moments import Instant
from docchain.features.audit.examples import REPORT
from docchain.platform.model import Model

Format = Literal["json", "csv", "pdf"]


class Report(Model):
    """Lines of text under columns; `evidence` names entries of the log by their positions."""

    model_config = ConfigDict(json_schema_extra={"example": REPORT})

    report: str
    title: str
    made_at: datetime
    after: datetime | None
    before: datetime | None
    columns: list[str]
    lines: list[list[str]]
    cut: bool = Field(description="There are more lines than a report may have; ask for a shorter time.")


class ReportQuery(BaseModel):
    """How a report is asked for."""

    model_config = ConfigDict(extra="forbid")

    format: Format = "json"
    after: Instant | None = Field(None, description="From this moment on.")
    before: Instant | None = Field(None, description="Before this moment.")
