"""The log as people read it: filtered, in pages, with names for ids."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import msgspec

from docchain.features.audit.domain import outcome_of, parsed
from docchain.features.audit.log_repository import LogRepository
from docchain.features.audit.repository import ChainRepository
from docchain.features.audit.schemas import AuditChain, AuditEntry, AuditFilter
from docchain.features.identity import IdentityService
from docchain.platform import personal
from docchain.platform.page_cursors import bound, decode, encode
from docchain.platform.pagination import COUNTED, Page, PageRequest
from docchain.platform.work import Work

_NOBODY: Final = UUID(int=0)


class AuditService:
    """Takes a work of the system, or of the workspace whose log it is.

    Args:
        work: one transaction that reads.
        chain: whose log.
        most: entries that one page looks at.
    """

    def __init__(self, work: Work, chain: UUID, most: int) -> None:
        self._work = work
        self._chain = chain
        self._most = most
        self._rows = LogRepository(work.session, chain, most)

    def list(self, wanted: AuditFilter, request: PageRequest) -> Page[AuditEntry]:
        wanted = self._with_id(wanted)
        list_ = bound("audit", self._chain, request.of)
        before = decode(list_, request.cursor)[0] if request.cursor else None
        if wanted.q is not None:
            rows, on, total, capped = self._holding(wanted, before, request)
        else:
            rows, on = self._rows.page(wanted, before, request.limit)
            total, capped = self._rows.count(wanted, COUNTED) if request.total else (None, False)
        cursor = None if on is None else encode(list_, on, _NOBODY)
        return Page[AuditEntry](items=self.shown(rows), next_cursor=cursor, total=total, total_capped=capped)

    def _holding(
        self, wanted: AuditFilter, before: int | None, request: PageRequest
    ) -> tuple[Sequence[Any], int | None, int | None, bool]:
        """Entries that have a text, also where it is encrypted: those are opened and looked at."""
        rows, on = self._rows.candidates(wanted, before)
        found = [row for row, told in zip(rows, self._told(rows), strict=True) if _holds(row, told, str(wanted.q))]
        total = len(found) if request.total else None
        if len(found) > request.limit:
            found, on = found[: request.limit], found[request.limit - 1].position
        return found, on, total, on is not None

    def shown(self, rows: Sequence[Any]) -> "Sequence[AuditEntry]":
        actors = {row.position: _uuid(row.actor) for row in rows}
        names = IdentityService(self._work).names({id_ for id_ in actors.values() if id_ is not None})
        sealed = ChainRepository(self._work.session).sealed_until(self._chain)
        return [
            _entry(row, told, actors[row.position], names, is_sealed=row.position <= sealed)
            for row, told in zip(rows, self._told(rows), strict=True)
        ]

    def _told(self, rows: Sequence[Any]) -> "Sequence[dict[str, Any]]":
        """What entries say, with what is personal readable if it was not erased."""
        told = [{"data": parsed(row.data) or {}, **(parsed(row.context) or {})} for row in rows]
        ours = [
            entry if row.subject_kind in personal.KINDS else {"from": entry.get("from", {})}
            for row, entry in zip(rows, told, strict=True)
        ]
        opened = personal.opened(self._work.session, ours)
        return [entry | shown for entry, shown in zip(told, opened, strict=True)]

    def chain(self) -> AuditChain:
        last = ChainRepository(self._work.session).last(self._chain)
        if last is None:
            return AuditChain(checkpoints=0, sealed_until=0, digest="", sealed_at=None, public_key=None)
        return AuditChain(
            checkpoints=last.number,
            sealed_until=last.last_position,
            digest=last.digest,
            sealed_at=last.sealed_at,
            public_key=last.public_key,
        )

    def _with_id(self, wanted: AuditFilter) -> AuditFilter:
        """Users act by their id; whoever asks knows their name."""
        if wanted.actor is None or _uuid(wanted.actor) is not None:
            return wanted
        user = IdentityService(self._work).ids_of([wanted.actor]).get(wanted.actor)
        return wanted if user is None else wanted.model_copy(update={"actor": str(user)})


def _holds(row: Any, told: dict[str, Any], text: str) -> bool:
    everything = f"{row.type} {row.actor} {msgspec.json.encode(told).decode()}"
    return text.casefold() in everything.casefold()


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _entry(
    row: Any, told: dict[str, Any], actor_id: UUID | None, names: dict[UUID, str], *, is_sealed: bool
) -> AuditEntry:
    return AuditEntry(
        position=row.position,
        id=row.id,
        at=row.at,
        actor=row.actor if actor_id is None else names.get(actor_id, row.actor),
        actor_id=actor_id,
        type=row.type,
        outcome=outcome_of(row.type),
        resource_kind=row.subject_kind,
        resource_id=row.subject_id,
        data=told["data"],
        changes=told.get("changes", {}),
        source=told.get("from", {}),
        request_id=row.request_id,
        sealed=is_sealed,
    )
