"""Sessions in one transaction: seen, listed, ended; whoever is signed in reaches their own only."""

from collections.abc import Mapping
from contextlib import nullcontext
from datetime import timedelta
from typing import Final
from uuid import UUID

from docchain.features.identity.repository import IdentityRepository
from docchain.features.identity.sessions.errors import SessionNotFound
from docchain.features.identity.sessions.repository import SessionRepository
from docchain.features.identity.sessions.schemas import OwnSession
from docchain.features.identity.tables import SessionRow
from docchain.platform.web.session_cookie import cookie_digest
from docchain.platform.work import Work

KNOWN_FOR: Final = timedelta(days=90)
"""How long it is remembered from where a user came."""
_AT_ONCE: Final = 2_000


class SessionService:
    """Takes a work of the system, or of the user whose sessions they are."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._rows = SessionRepository(work.session)
        self._users = IdentityRepository(work.session)

    def touch(self, session_id: UUID, idle: timedelta) -> None:
        self._rows.touch(session_id, self._work.now, idle)

    def list(self, user_id: UUID, current: UUID) -> "list[OwnSession]":
        """The sessions of a user that last, the one used last first."""
        return [_shown(row, current) for row in self._rows.of_user(user_id, self._work.now)]

    def lasting_here(self) -> tuple[int, int]:
        """How many sessions of members of this workspace last: those of browsers, and others."""
        return self._rows.of_members(self._work.workspace_id, self._work.now)

    def of_cookie(self, cookie: str) -> UUID | None:
        found = self._rows.by_cookie(cookie_digest(cookie), self._work.now)
        return None if found is None else found[1].id

    def sweep(self) -> None:
        """Drop refresh tokens that have expired, and sessions that are long over: the audit tells of them."""
        self._rows.sweep(self._work.now, self._work.now - KNOWN_FOR, _AT_ONCE)

    def one(self, session_id: UUID) -> OwnSession:
        found = self._rows.signed_in(session_id, self._work.now)
        if found is None:
            raise SessionNotFound(str(session_id))
        return _shown(found[1], session_id)

    def end(self, session_id: UUID, why: str = "session.ended") -> None:
        """End a session; its tokens, its cookie and its sockets mean nothing from then on, in every process."""
        self._told(self._rows.end([session_id], self._work.now), why)

    def end_own(self, user_id: UUID, session_id: UUID) -> None:
        """End a session of a user.

        Raises:
            SessionNotFound: it is over, or somebody else's.
        """
        if session_id not in {row.id for row in self._rows.of_user(user_id, self._work.now)}:
            raise SessionNotFound(str(session_id))
        self.end(session_id)

    def end_others(self, user_id: UUID, but: UUID) -> int:
        """End all sessions of a user but one; how many."""
        others = [row.id for row in self._rows.of_user(user_id, self._work.now) if row.id != but]
        self._told(self._rows.end(others, self._work.now), "session.ended")
        return len(others)

    def change_cookie(self, session_id: UUID, cookie: str) -> None:
        self._rows.change_cookie(session_id, cookie_digest(cookie))
        self._work.emit("session.renewed", "session", session_id)

    def verified(self, session_id: UUID, method: str) -> None:
        """Whoever is signed in proved it once more, by this method; how they signed in stays told."""
        self._rows.verified(session_id, self._work.now)
        self._work.emit("session.verified", "session", session_id, {"method": method})

    def _told(self, ended: Mapping[UUID, UUID], why: str) -> None:
        """If nobody signed in does it, in the workspace that a sign-in of the user comes to: its audit tells it."""
        work = self._work
        homes = self._users.first_workspaces(set(ended.values())) if work.actor.is_system and ended else {}
        for session_id, user_id in ended.items():
            home = homes.get(user_id)
            with work.inside(home) if home else nullcontext():
                work.emit(why, "session", session_id, {"user_id": str(user_id)})


def _shown(row: SessionRow, current: UUID) -> OwnSession:
    ends = [moment for moment in (row.expires_at, row.idle_until) if moment]
    return OwnSession(
        id=row.id,
        device=row.device,
        address=row.address,
        method=row.method,
        kind="browser" if row.cookie_hash else "tokens",
        started_at=row.created_at,
        seen_at=row.seen_at or row.created_at,
        expires_at=min(ends, default=None),
        current=row.id == current,
    )
