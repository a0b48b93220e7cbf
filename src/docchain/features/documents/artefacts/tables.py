"""Artefacts: what was made of a content, by its SHA-256, so that every version that has this content shares it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from docchain.platform.tables import Table, WorkspaceScoped


class ArtefactRow(WorkspaceScoped, Table):
    """`sha256` names what was made; without it, `details` say why it could not be made."""

    __tablename__ = "document_artefact"
    __table_args__ = (
        UniqueConstraint("workspace_id", "source_sha256", "kind", "key"),
        Index(None, "workspace_id", "sha256"),
        Index(None, "kind", "used_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    source_sha256: Mapped[str]
    kind: Mapped[str]
    key: Mapped[str]
    sha256: Mapped[str | None]
    size: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str]
    details: Mapped[dict[str, Any]]
    made_at: Mapped[datetime]
    used_at: Mapped[datetime]
