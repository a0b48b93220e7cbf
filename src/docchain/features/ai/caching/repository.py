"""Statements on answers that are known."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from docchain.features.ai.caching.tables import AiAnswerRow
from docchain.platform.tables import WORKSPACE
from docchain.platform.upserts import upsert


@dataclass(frozen=True, slots=True)
class Stored:
    """An answer as it is kept."""

    key_number: int
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Sums:
    """What is kept, and how often it was of use."""

    entries: int
    bytes: int
    hits: int


class AnswerRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, key: str, now: datetime) -> Stored | None:
        row = AiAnswerRow
        wanted = select(row.key_number, row.sealed).where(row.key == key, row.state == "ready", row.expires_at > now)
        found = self._session.execute(wanted).first()
        return None if found is None or found[1] is None else Stored(found[0], found[1])

    def claim(self, key: str, maker: str, now: datetime, until: datetime) -> bool:
        """Whether this maker may make it: nobody else does, or whoever did is late; and it is not there yet."""
        row = AiAnswerRow
        values = {"state": "making", "maker": maker, "expires_at": until, "made_at": now}
        blank = {
            "key_number": 0,
            "sealed": None,
            "size": 0,
            "document_id": None,
            "provider": "",
            "model": "",
            "hits": 0,
        }
        made = upsert(self._session, row).values(key=key, workspace_id=self._session.info[WORKSPACE], **blank, **values)
        free = or_(row.expires_at <= now, row.maker == maker)
        taken = made.on_conflict_do_update(
            index_elements=["workspace_id", "key"], set_=values | {"sealed": None, "size": 0}, where=free
        )
        return bool(self._session.execute(taken.returning(row.key)).first())

    def made_by(self, key: str) -> str | None:
        """Who is at it now."""
        row = AiAnswerRow
        return self._session.scalar(select(row.maker).where(row.key == key, row.state == "making"))

    def keep(self, row: AiAnswerRow) -> None:
        self._session.merge(row)

    def forget(self, key: str) -> None:
        self._session.execute(delete(AiAnswerRow).where(AiAnswerRow.key == key))

    def let_go(self, key: str, maker: str) -> None:
        row = AiAnswerRow
        self._session.execute(delete(row).where(row.key == key, row.maker == maker, row.state == "making"))

    def hit(self, key: str) -> None:
        self._session.execute(update(AiAnswerRow).where(AiAnswerRow.key == key).values(hits=AiAnswerRow.hits + 1))

    def trim(self, now: datetime, most: int) -> None:
        """Drop what is over, and the oldest of what is too much."""
        row = AiAnswerRow
        newer = func.sum(row.size).over(order_by=(row.made_at.desc(), row.key))
        sizes = select(row.key, newer.label("held")).where(row.state == "ready", row.expires_at > now).subquery()
        too_much = select(sizes.c.key).where(sizes.c.held > most)
        self._session.execute(delete(row).where(or_(row.expires_at <= now, row.key.in_(too_much))))

    def sums(self) -> Sums:
        row = AiAnswerRow
        found = self._session.execute(
            select(func.count(), func.coalesce(func.sum(row.size), 0), func.coalesce(func.sum(row.hits), 0)).where(
                row.state == "ready"
            )
        ).one()
        return Sums(*map(int, found))

    def forget_about(self, documents: Collection[UUID]) -> None:
        """Whatever was answered about these, or is being."""
        self._session.execute(delete(AiAnswerRow).where(AiAnswerRow.document_id.in_(documents)))

    def drop(self, document: UUID | None) -> int:
        wanted = delete(AiAnswerRow).where(AiAnswerRow.state == "ready")
        if document is not None:
            wanted = wanted.where(AiAnswerRow.document_id == document)
        return len(self._session.execute(wanted.returning(AiAnswerRow.key)).all())
