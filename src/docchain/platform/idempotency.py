"""Idempotency keys: a repeated request gets the first answer; key and effect commit in the same transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Index, UniqueConstraint, bindparam, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from docchain.platform.bulk import insert_new, update_many
from docchain.platform.errors import Conflict
from docchain.platform.ids import new_id
from docchain.platform.tables import Table, WorkspaceScoped
from docchain.platform.work import Work

M = TypeVar("M", bound=BaseModel)
KEPT = timedelta(days=1)
_SWEPT = 500


@dataclass(frozen=True, slots=True)
class Recall(Generic[M]):
    """An answer of which only some fields are kept beside its key; the others are looked up when it is repeated."""

    fields: frozenset[str]
    again: Callable[[Work, dict[str, Any]], M]


class IdempotencyKeyReused(Conflict):
    code = "idempotency_key_reused"
    title = "This idempotency key was used for another request"


class IdempotencyKeyRow(WorkspaceScoped, Table):
    __tablename__ = "idempotency_key"
    __table_args__ = (
        UniqueConstraint("workspace_id", "actor", "key"),
        Index(None, "workspace_id", "created_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    actor: Mapped[str]
    key: Mapped[str]
    request: Mapped[str]
    answer: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime]


_OF = IdempotencyKeyRow.__table__.c
_OVER: Final = delete(IdempotencyKeyRow).where(
    _OF.workspace_id == bindparam("workspace"), _OF.created_at < bindparam("before")
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that has a key.

    Args:
        key: what the client made up for this request.
        request: a digest of the request; the same key with another one is refused.
        on_repeat: called when the answer is that of an earlier request.
    """

    key: str
    request: str
    on_repeat: Callable[[], None] = lambda: None


def once(
    work: Work,
    asked: Asked,
    answered: type[M] | Recall[M],
    transaction: Callable[[Work], M],
    place: UUID | None = None,
) -> M:
    """Run a transaction unless the actor already did so with this key; then return what it answered.

    Args:
        work: the transaction that key and effect commit in.
        asked: the key, and for which request it is.
        answered: what the transaction returns: a model that is kept whole, or how it is told again.
        transaction: what is to happen once.
        place: where keys of a work of the system count.
    """
    row_id, here = new_id(), place or work.workspace_id
    claim = {"id": row_id, "workspace_id": here, "actor": str(work.actor.user_id), "key": asked.key}
    if not insert_new(work.session, IdempotencyKeyRow, claim | {"request": asked.request, "created_at": work.now}):
        again = repeated(work, asked, answered, here)
        assert again is not None  # noqa: S101 - committed together with its key
        return again
    answer = transaction(work)
    kept = set(answered.fields) if isinstance(answered, Recall) else None
    told = {"id": row_id, "workspace_id": here, "answer": answer.model_dump(mode="json", include=kept)}
    update_many(work.session, IdempotencyKeyRow, [told])
    work.session.connection().execute(_OVER, {"workspace": here, "before": work.now - KEPT})
    return answer


def repeated(work: Work, asked: Asked, answered: type[M] | Recall[M], place: UUID | None = None) -> M | None:
    """What the actor was answered before with this key, if anything.

    Raises:
        IdempotencyKeyReused: it came with another request.
    """
    here, mine = place or work.workspace_id, IdempotencyKeyRow.actor == str(work.actor.user_id)
    known = select(IdempotencyKeyRow).where(IdempotencyKeyRow.workspace_id == here, mine)
    first = work.session.scalar(known.where(IdempotencyKeyRow.key == asked.key))
    if first is None or first.answer is None:
        return None
    if first.request != asked.request:
        raise IdempotencyKeyReused(hint="Make up a new key for every new request.")
    asked.on_repeat()
    return answered.again(work, first.answer) if isinstance(answered, Recall) else answered.model_validate(first.answer)


def expired(work: Work) -> list[UUID]:
    """Some of the keys whose time is over, in workspaces where nobody used another since."""
    found = select(IdempotencyKeyRow.id).where(IdempotencyKeyRow.created_at < work.now - KEPT)
    return list(work.session.scalars(found.limit(_SWEPT)))


def forget(work: Work, keys: Sequence[UUID]) -> None:
    work.session.execute(delete(IdempotencyKeyRow).where(IdempotencyKeyRow.id.in_(keys)))
