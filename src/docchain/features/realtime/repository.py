"""Statements on tickets and on the connections of other processes; each runs as the system."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from docchain.features.realtime.tables import SocketProcessRow, SocketTicketRow
from docchain.platform.events import first_position
from docchain.platform.upserts import upsert


class RealtimeRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add_ticket(self, row: SocketTicketRow, now: datetime) -> None:
        """Keep a ticket, and forget those that nobody can use any more."""
        self._session.execute(delete(SocketTicketRow).where(SocketTicketRow.expires_at <= now))
        self._session.add(row)

    def take_ticket(self, digest: str) -> SocketTicketRow | None:
        """Of many who bring the same ticket, in whatever process, one gets it."""
        taken = delete(SocketTicketRow).where(SocketTicketRow.digest == digest).returning(SocketTicketRow)
        return self._session.scalars(taken).one_or_none()

    def oldest_event(self) -> int:
        return first_position(self._session)

    def tell(self, process_id: UUID, connections: list[Any], now: datetime) -> None:
        values = {"told_at": now, "connections": connections}
        insert = upsert(self._session, SocketProcessRow).values(id=process_id, **values)
        self._session.execute(insert.on_conflict_do_update(index_elements=[SocketProcessRow.id], set_=values))

    def others(self, process_id: UUID, since: datetime) -> list[SocketProcessRow]:
        """What other processes told lately."""
        rows = select(SocketProcessRow).where(SocketProcessRow.id != process_id, SocketProcessRow.told_at > since)
        return list(self._session.scalars(rows))

    def forget(self, process_id: UUID, before: datetime) -> None:
        """Forget a process, and those that have not told anything for long."""
        gone = (SocketProcessRow.id == process_id) | (SocketProcessRow.told_at < before)
        self._session.execute(delete(SocketProcessRow).where(gone))
