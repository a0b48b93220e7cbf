"""Settings of workspaces: every revision of each, the newest counts."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from docchain.platform.tables import Table, WorkspaceScoped


class WorkspaceSettingRow(WorkspaceScoped, Table):
    __tablename__ = "workspace_setting"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    value: Mapped[dict[str, Any]]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str]
