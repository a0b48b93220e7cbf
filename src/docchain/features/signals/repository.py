"""Questions about waits for events, answered from the database."""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from docchain.features.signals.tables import EventWaitRow

_CHUNK = 500


class EventWaitRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    def of_runs(self, run_ids: Iterable[UUID]) -> dict[tuple[UUID, str], EventWaitRow]:
        """The waits of these runs; without a look at each of them where nobody waits at all."""
        ids = list(run_ids)
        if not ids or self._session.scalar(select(EventWaitRow.run_id).limit(1)) is None:
            return {}
        chunks = (ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK))
        wanted = (select(EventWaitRow).where(EventWaitRow.run_id.in_(chunk)) for chunk in chunks)
        return {(row.run_id, row.step): row for found in wanted for row in self._session.scalars(found)}

    def by_topic(self, topics: Iterable[str]) -> dict[str, list[EventWaitRow]]:
        names = sorted(set(topics))
        found: dict[str, list[EventWaitRow]] = defaultdict(list)
        for start in range(0, len(names), _CHUNK):
            chunk = select(EventWaitRow).where(EventWaitRow.topic.in_(names[start : start + _CHUNK]))
            for row in self._session.scalars(chunk.order_by(EventWaitRow.run_id, EventWaitRow.step)):
                found[row.topic].append(row)
        return found

    def add(self, row: EventWaitRow) -> None:
        self._session.add(row)

    def remove(self, rows: Iterable[EventWaitRow]) -> None:
        for row in rows:
            self._session.delete(row)
        self._session.flush()
