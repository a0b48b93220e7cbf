"""The watcher: counts what matches the rules, and raises an alert where it is enough within a rule's window."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from docchain.features.audit.domain import outcome_of, parsed
from docchain.features.audit.stream_repository import KeptRepository
from docchain.features.audit.streams import Raised, raise_alert
from docchain.features.audit.tables import AuditRuleRow
from docchain.features.identity import DEFAULT_WORKSPACE, IdentityService
from docchain.platform.cursors import peek_position, set_position
from docchain.platform.database import Database
from docchain.platform.events import last_position
from docchain.platform.persevering import Rhythm, persevere
from docchain.platform.work import SYSTEM, Work

CURSOR: Final = "audit_rules"
_BATCH: Final = 1_000
_POLL: Final = 5.0
_OWN: Final = "alert."
"""Alerts raise none: they would go round in a circle."""


class Watcher:
    """Writes only where something matched; what it read again after a restart had not matched.

    Args:
        database: where the log and the rules are.
        every: seconds between two looks.
    """

    def __init__(self, database: Database, every: float) -> None:
        self._database = database
        self._every = every
        self._position: int | None = None
        self._wake = asyncio.Event()
        database.on_events(self._wake.set)

    async def run(self) -> None:
        """Watch until cancelled; whatever fails is tried again."""
        await persevere(self.catch_up, self._wake, Rhythm(self._every, _POLL), "audit_watcher_failed")

    async def catch_up(self) -> None:
        while await self.watch_some():
            pass

    async def watch_some(self) -> bool:
        """Look at the next entries; tell whether there may be more."""
        found = await self._database.read(self._look, SYSTEM)
        if found is None:
            return False
        rows, matched, last = found
        if matched:
            await self._database.write(lambda work: _count(work, matched, last), SYSTEM)
        self._position = last
        return len(rows) == _BATCH

    def _look(self, work: Work) -> tuple[Sequence[Any], Mapping[UUID, list[Any]], int] | None:
        """The next entries, and by rule those that match; none if there is nothing to do.

        Rules of the first workspace see the entries of the installation, too.
        """
        kept = KeptRepository(work.session)
        rules = kept.all(AuditRuleRow)
        if not rules:
            self._position = last_position(work.session)
            return None
        known = max(self._position or 0, peek_position(work, CURSOR), min(rule.since for rule in rules))
        rows = kept.behind(known, _BATCH)
        if not rows:
            return None
        names, first = _names(work, rules), IdentityService(work).workspace_id(DEFAULT_WORKSPACE)
        of = {rule.id: (rule.workspace_id, None if rule.workspace_id == first else rule.workspace_id) for rule in rules}
        matched = {
            rule.id: [row for row in rows if row.workspace_id in of[rule.id] and _matches(rule, row, names)]
            for rule in rules
        }
        return rows, {id_: theirs for id_, theirs in matched.items() if theirs}, rows[-1].position


def _names(work: Work, rules: Sequence[AuditRuleRow]) -> dict[str, str]:
    """Users act by their ids; rules may name them."""
    wanted = {actor for rule in rules for actor in rule.match["actors"]}
    return {name: str(id_) for name, id_ in IdentityService(work).ids_of(wanted).items()}


def _matches(rule: AuditRuleRow, row: Any, names: Mapping[str, str]) -> bool:
    wanted = rule.match
    if row.position <= rule.since or row.type.startswith(_OWN):
        return False
    if wanted["types"] and not any(_is_of(row.type, type_) for type_ in wanted["types"]):
        return False
    if wanted["actors"] and row.actor not in {names.get(actor, actor) for actor in wanted["actors"]}:
        return False
    if wanted["resource_kinds"] and row.subject_kind not in wanted["resource_kinds"]:
        return False
    return wanted["outcome"] is None or outcome_of(row.type) == wanted["outcome"]


def _is_of(type_: str, wanted: str) -> bool:
    return type_.startswith(wanted[:-1]) if wanted.endswith("*") else type_ == wanted


def _count(work: Work, matched: Mapping[UUID, list[Any]], last: int) -> None:
    if peek_position(work, CURSOR) >= last:
        return  # another process was faster
    for rule in KeptRepository(work.session).some(AuditRuleRow, matched):
        recent = list(rule.recent)
        for row in matched[rule.id]:
            recent = [*_within(recent, row.at, rule.window_seconds), [row.at.isoformat(), row.position, _weight(row)]]
            if sum(weight for _, _, weight in recent) >= rule.threshold:
                entries = [position for _, position, _ in recent]
                raise_alert(work, Raised(rule.workspace_id, rule.id, rule.name, rule.severity, entries))
                recent = []
        with work.inside(rule.workspace_id):
            rule.recent = recent
    set_position(work, CURSOR, last)


def _within(recent: Sequence[Any], now: datetime, seconds: int) -> list[Any]:
    oldest = now - timedelta(seconds=seconds)
    return [one for one in recent if datetime.fromisoformat(one[0]) > oldest]


def _weight(row: Any) -> int:
    """How often it happened: equal refusals are one entry."""
    told = parsed(row.data)
    count = told.get("count", 1) if isinstance(told, dict) else 1
    return count if isinstance(count, int) and count > 0 else 1
