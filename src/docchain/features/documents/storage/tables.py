"""Links that were handed out: never what opens the document, only that, until when, and how often it was."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from docchain.platform.tables import Table, WorkspaceScoped


class DocumentLinkRow(WorkspaceScoped, Table):
    """One link to one version."""

    __tablename__ = "document_link"
    __table_args__ = (
        Index(None, "document_id", "created_at", "id"),
        Index(None, "workspace_id", "expires_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    document_id: Mapped[UUID]
    version_id: Mapped[UUID]
    version: Mapped[int]
    signed_by: Mapped[str]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    maker_id: Mapped[UUID | None]
    """By whose right it opens; nobody's, if the operator made it."""
    key_id: Mapped[UUID | None]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None]
    uses: Mapped[int]
    last_used_at: Mapped[datetime | None]
