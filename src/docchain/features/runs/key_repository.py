"""Keys that name one run at a time; claiming one locks it, so that two starts cannot both be first."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from docchain.features.runs.domain import ENDED
from docchain.features.runs.tables import RunKeyRow, RunRow
from docchain.platform.ids import new_id
from docchain.platform.upserts import upsert

_SWEPT = 500


class KeyRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, scope: str, key: str) -> RunKeyRow | None:
        found = select(RunKeyRow).where(RunKeyRow.scope == scope, RunKeyRow.key == key)
        return self._session.scalars(found).one_or_none()

    def claim(self, scope: str, key: str, run_id: UUID, expires_at: datetime) -> tuple[RunKeyRow, bool]:
        """The row of this key, locked until the transaction ends, and whether it is new: then it names `run_id`."""
        row_id = new_id()
        insertion = upsert(self._session, RunKeyRow).values(
            id=row_id, scope=scope, key=key, run_id=run_id, expires_at=expires_at
        )
        held = self._session.scalar(
            insertion.on_conflict_do_update(
                index_elements=["workspace_id", "scope", "key"], set_={"key": insertion.excluded.key}
            ).returning(RunKeyRow.id)
        )
        return self._session.get_one(RunKeyRow, held, populate_existing=True), held == row_id

    def forget_expired(self, now: datetime, most: int = _SWEPT) -> int:
        """Remove keys whose time is over and whose run has ended or is gone; return how many."""
        ended = or_(RunRow.id.is_(None), RunRow.status.in_(ENDED))
        found = (
            select(RunKeyRow.id)
            .outerjoin(RunRow, RunRow.id == RunKeyRow.run_id)
            .where(RunKeyRow.expires_at < now, ended)
            .limit(most)
        )
        ids = self._session.scalars(found).all()
        if ids:
            self._session.execute(delete(RunKeyRow).where(RunKeyRow.id.in_(ids)))
        return len(ids)
