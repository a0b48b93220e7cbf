"""Questions about sources."""

from uuid import UUID

from sqlalchemy import select

from docchain.features.documents.intake.tables import IntakeSourceRow
from docchain.platform.work import Work


class SourceRepository:
    def __init__(self, work: Work) -> None:
        self._session = work.session

    def add(self, row: IntakeSourceRow) -> None:
        self._session.add(row)
        self._session.flush()

    def find(self, key: UUID | int) -> IntakeSourceRow | None:
        found = IntakeSourceRow.id == key if isinstance(key, UUID) else IntakeSourceRow.number == key
        return self._session.scalar(select(IntakeSourceRow).where(found))

    def named(self, name: str) -> IntakeSourceRow | None:
        return self._session.scalar(select(IntakeSourceRow).where(IntakeSourceRow.name == name))

    def all(self) -> list[IntakeSourceRow]:
        return list(self._session.scalars(select(IntakeSourceRow).order_by(IntakeSourceRow.number).limit(1_000)))

    def looked_at(self) -> list[IntakeSourceRow]:
        """Enabled ones of all workspaces that are looked at, for the system."""
        wanted = select(IntakeSourceRow).where(IntakeSourceRow.enabled.is_(True), IntakeSourceRow.kind != "hook")
        return list(self._session.scalars(wanted.order_by(IntakeSourceRow.id)))

    def remove(self, row: IntakeSourceRow) -> None:
        self._session.delete(row)
