"""Statements on secrets; a work of the system sees those of all workspaces."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from docchain.features.secrets.tables import SecretRow
from docchain.platform.ids import parse_reference
from docchain.platform.pagination import Order, PageRequest, count, take

KIND = "secret"


class SecretRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, row: SecretRow) -> None:
        self._session.add(row)

    def remove(self, row: SecretRow) -> None:
        self._session.delete(row)

    def named(self, name: str) -> SecretRow | None:
        return self._session.scalar(select(SecretRow).where(SecretRow.name == name))

    def find(self, reference: str, *, to_change: bool = False) -> SecretRow | None:
        """By id, by handle, or by name."""
        key = parse_reference(reference, KIND)
        column = SecretRow.name if key is None else SecretRow.id if isinstance(key, UUID) else SecretRow.number
        wanted = select(SecretRow).where(column == (reference if key is None else key))
        return self._session.scalar(wanted.with_for_update() if to_change else wanted)

    def page(self, request: PageRequest) -> tuple[list[SecretRow], str | None, int | None]:
        statement = select(SecretRow)
        rows, cursor = take(self._session, statement, Order(SecretRow.created_at, SecretRow.id), request)
        return rows, cursor, count(self._session, statement) if request.total else None

    def count(self) -> int:
        return self._session.scalar(select(func.count()).select_from(SecretRow)) or 0

    def workspaces(self) -> Sequence[UUID]:
        return self._session.scalars(select(SecretRow.workspace_id).distinct()).all()

    def outdated(self, key_number: int, limit: int) -> Sequence[SecretRow]:
        """Those that are sealed under another key."""
        wanted = select(SecretRow).where(SecretRow.key_number != key_number).order_by(SecretRow.id)
        return self._session.scalars(wanted.limit(limit)).all()

    def reseal(self, key_number: int, fresh: Iterable[tuple[UUID, int, bytes]]) -> None:
        """The same values (ids, revisions, sealed) under another key, unless they were changed meanwhile."""
        for id_, revision, sealed in fresh:
            self._session.execute(
                update(SecretRow)
                .where(SecretRow.id == id_, SecretRow.revision == revision)
                .values(key_number=key_number, sealed=sealed)
            )

    def used(self, id_: UUID, times: int, at: datetime) -> None:
        self._session.execute(
            update(SecretRow).where(SecretRow.id == id_).values(uses=SecretRow.uses + times, used_at=at)
        )
