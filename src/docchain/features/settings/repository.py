"""Statements on settings of workspaces; a work of the system sees those of all."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from docchain.features.settings.tables import WorkspaceSettingRow


class SettingRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, row: WorkspaceSettingRow) -> None:
        self._session.add(row)
        self._session.flush()

    def newest(self, name: str) -> WorkspaceSettingRow | None:
        return next(iter(self.revisions(name, 1)), None)

    def revisions(self, name: str, limit: int) -> Sequence[WorkspaceSettingRow]:
        wanted = select(WorkspaceSettingRow).where(WorkspaceSettingRow.name == name)
        return self._session.scalars(wanted.order_by(WorkspaceSettingRow.revision.desc()).limit(limit)).all()

    def revision(self, name: str, revision: int) -> WorkspaceSettingRow | None:
        row = WorkspaceSettingRow
        return self._session.scalar(select(row).where(row.name == name, row.revision == revision))

    def of_all(self, name: str) -> dict[UUID, dict[str, Any]]:
        """The present values of all workspaces that have set it."""
        row = WorkspaceSettingRow
        newest = (
            select(row.workspace_id, func.max(row.revision).label("revision"))
            .where(row.name == name)
            .group_by(row.workspace_id)
            .subquery()
        )
        wanted = select(row.workspace_id, row.value).join(
            newest, (row.workspace_id == newest.c.workspace_id) & (row.revision == newest.c.revision)
        )
        return {workspace: value for workspace, value in self._session.execute(wanted.where(row.name == name))}  # noqa: C416 - rows are no pairs to the type checker
