"""Audit entries as search finds them, for whoever may read the log: what happened, who did it, and what it changed.

What a run says of itself is left out: whoever looks for that finds the run.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, ClassVar, Final
from uuid import UUID

from docchain.features.audit.domain import outcome_of, parsed
from docchain.features.audit.searchable_repository import entries_at, positions_behind, positions_there
from docchain.features.identity import IdentityService
from docchain.features.search import Entry, texts_in
from docchain.platform.personal import SEALED
from docchain.platform.work import Work

_SPACE: Final = (0xA0D1 << 112) | (8 << 76) | (2 << 62)
"""Entries are found by their position in the log; as ids, positions begin with this."""
_POSITION: Final = (1 << 62) - 1
_OF_RUNS: Final = frozenset({"run.started", "run.waiting", "run.finished"})


class AuditSource:
    """Handed down to search."""

    kind = "audit"
    permission = "audit:read"
    facts: ClassVar = frozenset({"event", "outcome", "owner", "resource", "position"})
    has_meaning = False
    comes_last = True

    def entries(self, work: Work, ids: Collection[UUID]) -> list[Entry]:
        rows = entries_at(work, _positions(ids))
        users = {id_ for row in rows if (id_ := _id(row.actor)) is not None}
        names = {str(id_): name for id_, name in IdentityService(work).names(users).items()}
        return [_entry(row, names.get(row.actor, row.actor)) for row in rows]

    def touched(self, work: Work, ids: Collection[UUID]) -> set[UUID]:  # noqa: ARG002 - the contract's shape
        return set(ids)

    def present(self, work: Work, ids: Collection[UUID]) -> set[UUID]:
        return {_found_by(position) for position in positions_there(work, _positions(ids))}

    def page(self, work: Work, after: UUID | None, limit: int) -> list[UUID]:
        behind = 0 if after is None else _positions([after])[0]
        return [_found_by(position) for position in positions_behind(work, behind, limit, _OF_RUNS)]

    def told_by(self, position: int, type_: str) -> UUID | None:
        """The entry of an event."""
        return None if type_ in _OF_RUNS else _found_by(position)


def _entry(row: Any, actor: str) -> Entry:
    context = parsed(row.context) or {}
    said = [row.type.replace(".", " ").replace("_", " "), row.subject_kind, actor, row.request_id or ""]
    more = _in_clear([parsed(row.data), context.get("changes")])
    return Entry(
        id=_found_by(row.position),
        kind="audit",
        handle=f"audit_{row.position}",
        title=row.type,
        created_at=row.at,
        updated_at=row.at,
        facts={
            "event": row.type,
            "outcome": outcome_of(row.type),
            "owner": actor,
            "resource": row.subject_kind,
            "position": float(row.position),
        },
        text="\n".join(filter(None, [*said, *texts_in(more)])),
    )


def _found_by(position: int) -> UUID:
    return UUID(int=_SPACE | position)


def _positions(ids: Iterable[UUID]) -> list[int]:
    """Of those that are entries of the log."""
    return [id_.int & _POSITION for id_ in ids if id_.int & ~_POSITION == _SPACE]


def _in_clear(value: Any) -> Any:
    """Without what is encrypted: an index could not forget it."""
    match value:
        case Mapping():
            return [_in_clear(inner) for inner in value.values()] if SEALED not in value else None
        case list():
            return [_in_clear(inner) for inner in value]
        case _:
            return value


def _id(actor: str) -> UUID | None:
    try:
        return UUID(actor)
    except ValueError:
        return None
