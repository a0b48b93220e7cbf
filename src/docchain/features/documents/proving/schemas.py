"""What clients see of where a document comes from."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import ConfigDict, Field

from docchain.features.documents.examples import FIELD_LINEAGE, LINEAGE
from docchain.features.documents.schemas import FieldLineage, Lineage
from docchain.platform.model import Model

EDIT = {
    "at": "2026-11-22T10:05:00Z",
    "actor": "0199f5e2-7c7e-7a4b-b6e5-2f1c6a3d9e01",
    "what": "document.updated",
    "changes": {"changes": [{"name": "status", "from": ["inbox"], "to": ["done"]}]},
    "run_id": None,
    "step": None,
}


class Edit(Model):
    """What a person did to a document, or answered in a run that read it."""

    at: datetime
    actor: str = Field(description="Id of the user, or a name where there is no user.")
    what: str = Field(examples=["document.updated"])
    changes: dict[str, Any]
    run_id: UUID | None = None
    step: str | None = None


class DocumentLineage(Lineage):
    """A version, everything it was made from, the values read out of it, and what people did."""

    model_config = ConfigDict(json_schema_extra={"example": LINEAGE | {"fields": [FIELD_LINEAGE], "edits": [EDIT]}})

    fields: list[FieldLineage] = Field(
        [], description="Values that steps of the newest runs read out of it, with page and box."
    )
    edits: list[Edit] = Field([], description="What people did, oldest first.")
