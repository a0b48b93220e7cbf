"""What a transaction changed in rows: each field before and after, with secrets masked and long values as digests."""

import json
from collections.abc import Iterable
from datetime import datetime
from enum import Enum
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from sqlalchemy import event, inspect
from sqlalchemy.orm import Session

from docchain.platform.scope import ScopedSession
from docchain.platform.secrecy import MASK, is_secret, masked_text

Changes = dict[str, dict[str, Any]]
_KEPT: Final = "changes"
_LONGEST: Final = 200
_SILENT: Final = frozenset({"updated_at", "workspace_id"})
_PERSONAL: Final = frozenset({"email"})


@event.listens_for(ScopedSession, "before_flush")
def _note(session: Session, _context: Any, _instances: Any) -> None:
    for row in session.dirty:
        key = getattr(row, "id", None)
        if not isinstance(key, UUID):
            continue
        found = dict(_changes_of(row))
        if found:
            _merge(session.info.setdefault(_KEPT, {}).setdefault(key, {}), found)


def _changes_of(row: Any) -> Iterable[tuple[str, dict[str, Any]]]:
    state = inspect(row)
    for column in state.mapper.column_attrs:
        if column.key in _SILENT:
            continue
        history = state.attrs[column.key].history
        if history.has_changes():
            before = _shown(column.key, history.deleted[0]) if history.deleted else None
            yield (
                column.key,
                {"before": before, "after": _shown(column.key, history.added[0] if history.added else None)},
            )


def _merge(known: Changes, found: Changes) -> None:
    for name, change in found.items():
        known[name] = {"before": known.get(name, change)["before"], "after": change["after"]}


def taken(session: Session) -> dict[UUID, Changes]:
    """What was changed in this session since this was last asked."""
    found: dict[UUID, Changes] = session.info.pop(_KEPT, {})
    return found


def _shown(name: str, value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if is_secret(name) or name.endswith("_hash"):
        return MASK
    if isinstance(value, datetime | UUID | Enum):
        return value.isoformat() if isinstance(value, datetime) else str(getattr(value, "value", value))
    if isinstance(value, str):
        short = len(value) <= _LONGEST and name not in _PERSONAL
        return masked_text(value) if short else _digest(value.encode(errors="replace"))
    if isinstance(value, bytes):
        return _digest(value)
    return _digest(json.dumps(value, sort_keys=True, default=str).encode())


def _digest(content: bytes) -> str:
    return f"sha256:{sha256(content).hexdigest()[:32]}"
