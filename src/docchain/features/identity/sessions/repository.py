"""Statements on sessions; each runs as the system."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from docchain.features.identity.tables import MembershipRow, RefreshTokenRow, SessionRow, UserRow
from docchain.platform.addresses import counted_as


class SessionRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    def signed_in(self, session_id: UUID, now: datetime) -> tuple[UserRow, SessionRow] | None:
        """Who is signed in, unless the session is over or the user is disabled."""
        return self._found(_lasting(now).where(SessionRow.id == session_id))

    def by_cookie(self, cookie_hash: str, now: datetime) -> tuple[UserRow, SessionRow] | None:
        return self._found(_lasting(now).where(SessionRow.cookie_hash == cookie_hash))

    def of_user(self, user_id: UUID, now: datetime) -> Sequence[SessionRow]:
        """The sessions of a user that last, the one used last first."""
        wanted = _lasting(now).where(SessionRow.user_id == user_id).order_by(SessionRow.seen_at.desc(), SessionRow.id)
        return [session for _, session in self._session.execute(wanted)]

    def touch(self, session_id: UUID, now: datetime, idle: timedelta) -> None:
        """A browser's session may be idle anew; whatever a session is, it was seen."""
        self._session.execute(
            update(SessionRow).where(SessionRow.id == session_id, SessionRow.ended_at.is_(None)).values(seen_at=now)
        )
        self._session.execute(
            update(SessionRow)
            .where(SessionRow.id == session_id, SessionRow.ended_at.is_(None), SessionRow.cookie_hash.is_not(None))
            .values(idle_until=now + idle)
        )

    def end(self, session_ids: Collection[UUID], now: datetime) -> dict[UUID, UUID]:
        """End sessions that had not ended; whose each was."""
        ended = self._session.execute(
            update(SessionRow)
            .where(SessionRow.id.in_(session_ids), SessionRow.ended_at.is_(None))
            .values(ended_at=now)
            .returning(SessionRow.id, SessionRow.user_id)
        )
        return {session_id: user_id for session_id, user_id in ended}  # noqa: C416 - rows are no pairs to the type checker

    def change_cookie(self, session_id: UUID, cookie_hash: str) -> None:
        self._session.execute(
            update(SessionRow)
            .where(SessionRow.id == session_id, SessionRow.cookie_hash.is_not(None))
            .values(cookie_hash=cookie_hash)
        )

    def verified(self, session_id: UUID, now: datetime) -> None:
        self._session.execute(update(SessionRow).where(SessionRow.id == session_id).values(verified_at=now))

    def was_at(self, username_key: str, address: str, since: datetime) -> bool:
        """Whether a user signed in from an address, or from another of the same line of IPv6."""
        found = (
            select(SessionRow.address)
            .distinct()
            .join(UserRow, UserRow.id == SessionRow.user_id)
            .where(UserRow.username_key == username_key, SessionRow.created_at > since)
        )
        return counted_as(address) in {counted_as(known or "") for known in self._session.scalars(found)}

    def sweep(self, now: datetime, over: datetime, most: int) -> None:
        """Delete refresh tokens that expired before now, and sessions without any that were over before a moment."""
        old = select(RefreshTokenRow.token_hash).where(RefreshTokenRow.expires_at < now).limit(most)
        self._session.execute(delete(RefreshTokenRow).where(RefreshTokenRow.token_hash.in_(old)))
        kept = select(RefreshTokenRow.session_id).where(RefreshTokenRow.session_id == SessionRow.id).exists()
        gone = select(SessionRow.id).where(SessionRow.expires_at < over, ~kept).limit(most)
        self._session.execute(delete(SessionRow).where(SessionRow.id.in_(gone)))

    def of_members(self, workspace_id: UUID, now: datetime) -> tuple[int, int]:
        """How many sessions of a workspace's members last: those of browsers, and others."""
        wanted = (
            _lasting(now)
            .join(MembershipRow, MembershipRow.user_id == UserRow.id)
            .where(MembershipRow.workspace_id == workspace_id)
            .with_only_columns(func.count(SessionRow.cookie_hash), func.count())
        )
        browsers, all_ = self._session.execute(wanted).one()
        return browsers, all_ - browsers

    def _found(self, wanted: Select[UserRow, SessionRow]) -> tuple[UserRow, SessionRow] | None:
        row = self._session.execute(wanted).first()
        return None if row is None else (row[0], row[1])


def _lasting(now: datetime) -> Select[UserRow, SessionRow]:
    return (
        select(UserRow, SessionRow)
        .join(SessionRow, SessionRow.user_id == UserRow.id)
        .where(
            and_(SessionRow.ended_at.is_(None), UserRow.disabled.is_(False)),
            or_(SessionRow.expires_at.is_(None), SessionRow.expires_at > now),
            or_(SessionRow.idle_until.is_(None), SessionRow.idle_until > now),
        )
    )
