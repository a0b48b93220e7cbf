"""What happened to the safety of a workspace: its events, newest first, and how many of each there were of late."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from docchain.features.audit.schemas import AuditEntry
from docchain.features.audit.security_repository import SecurityRepository
from docchain.features.audit.security_schemas import SecurityStats
from docchain.features.audit.service import AuditService
from docchain.features.identity import SessionService
from docchain.platform.page_cursors import bound, decode, encode
from docchain.platform.pagination import Page, PageRequest
from docchain.platform.work import Work

_NOBODY: Final = UUID(int=0)
_OF_LATE: Final = timedelta(hours=24)
_COUNTED: Final = {
    "sign_ins": "session.started",
    "sign_ins_failed": "session.sign_in_failed",
    "sign_ins_limited": "session.sign_in_limited",
    "refresh_tokens_reused": "session.token_reused",
    "credentials_refused": "security.credentials_refused",
    "access_refused": "security.access_refused",
    "rate_limited": "security.rate_limited",
    "alerts": "alert.raised",
}


class SecurityService:
    """Takes a work of the workspace.

    Args:
        work: one transaction that reads.
        most: entries that are looked at.
    """

    def __init__(self, work: Work, most: int) -> None:
        self._work = work
        self._most = most
        self._rows = SecurityRepository(work.session, work.workspace_id, most)

    def list(self, family: str | None, request: PageRequest) -> Page[AuditEntry]:
        """One page of at most so many entries as are looked at; it may have fewer than `limit`: go on."""
        list_ = bound("security", self._work.workspace_id, request.of)
        before = decode(list_, request.cursor)[0] if request.cursor else None
        rows, on = self._rows.page(family, before, request.limit)
        shown = AuditService(self._work, self._work.workspace_id, self._most).shown(rows)
        return Page[AuditEntry](items=shown, next_cursor=None if on is None else encode(list_, on, _NOBODY))

    def stats(self) -> SecurityStats:
        since = self._work.now - _OF_LATE
        by_type = self._rows.counts(since)
        browsers, others = SessionService(self._work).lasting_here()
        counts = {name: by_type.get(type_, 0) for name, type_ in _COUNTED.items()}
        return SecurityStats(
            since=since, sessions=browsers + others, browser_sessions=browsers, by_type=dict(by_type), **counts
        )
