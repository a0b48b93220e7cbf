"""A user's own sessions in one transaction: seen, listed, ended; whoever is signed in sees no other's."""

from datetime import timedelta
from uuid import UUID

from docchain.features.identity.sessions.repository import SessionRepository
from docchain.platform.work import Work


class SessionService:
    """Takes a work of the system."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._rows = SessionRepository(work.session)

    def touch(self, session_id: UUID, idle: timedelta) -> None:
        self._rows.touch(session_id, self._work.now, idle)

    def verified(self, session_id: UUID, method: str) -> None:
        """Whoever is signed in proved it once more, by this method."""
        self._rows.verified(session_id, method, self._work.now)
        self._work.emit("session.verified", "session", session_id, {"method": method})
