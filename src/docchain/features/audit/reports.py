"""Reports: entries as lines, and compliance views in which each line names its evidence or says that it is not met."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from docchain.features.audit import report_kinds as kinds
from docchain.features.audit.report_repository import ReportRepository
from docchain.features.audit.report_schemas import Report
from docchain.features.audit.schemas import AuditEntry
from docchain.features.audit.service import AuditService
from docchain.platform.work import Work

_ENTRY_COLUMNS: Final = ["at", "actor", "type", "resource", "outcome", "from", "evidence"]
_VIEW_COLUMNS: Final = ["control", "asks", "status", "evidence"]
_NAMES: Final = ("name", "handle", "username", "workflow", "code")
_NO_STATE: Final = {
    kinds.SEALED: "no checkpoint yet: the sealer has to run",
    kinds.WATCHED: "no alert rule: add one with POST /security/audit/rules",
    kinds.STREAMED: "no stream: add one with POST /security/audit/streams",
    kinds.ENCRYPTED: "encryption is off: see DOCCHAIN_ENCRYPTION",
}


class Reports:
    """Takes a work of the workspace.

    Args:
        work: one transaction that reads.
        most: lines that a report has at most.
        encrypted: whether stored content is.
    """

    def __init__(self, work: Work, most: int, *, encrypted: bool) -> None:
        self._work = work
        self._most = most
        self._encrypted = encrypted

    def make(self, name: kinds.ReportName, after: datetime | None, before: datetime | None) -> Report:
        rows = ReportRepository(self._work.session, self._work.workspace_id, after, before)
        told = kinds.ENTRY_REPORTS.get(name)
        if told is not None:
            columns, (lines, cut) = _ENTRY_COLUMNS, self._entries(rows, told)
        else:
            columns, lines, cut = _VIEW_COLUMNS, self._controls(rows, kinds.VIEWS[name][1]), False
        return Report(
            report=name,
            title=kinds.TITLES[name],
            made_at=self._work.now,
            after=after,
            before=before,
            columns=columns,
            lines=lines,
            cut=cut,
        )

    def _entries(self, rows: ReportRepository, told: kinds.EntryReport) -> tuple[list[list[str]], bool]:
        found = rows.entries(told.types, told.without, self._most + 1)
        service = AuditService(self._work, self._work.workspace_id, self._most)
        return [_line(entry) for entry in service.shown(found[: self._most])], len(found) > self._most

    def _controls(self, rows: ReportRepository, controls: Sequence[kinds.Control]) -> list[list[str]]:
        evidence, states = rows.evidence(), self._states(rows)
        return [
            [
                control.id,
                control.asks,
                *(_of_state(control, states) if control.state else _of_entries(control, evidence)),
            ]
            for control in controls
        ]

    def _states(self, rows: ReportRepository) -> dict[str, str]:
        checkpoints, rules, streams = rows.states()
        return {
            kinds.SEALED: f"{checkpoints} signed checkpoints; docchain audit verify" if checkpoints else "",
            kinds.WATCHED: f"{rules} alert rules; GET /security/audit/rules" if rules else "",
            kinds.STREAMED: f"{streams} streams; GET /security/audit/streams" if streams else "",
            kinds.ENCRYPTED: "stored content is encrypted; GET /storage/usage" if self._encrypted else "",
        }


def _of_state(control: kinds.Control, states: Mapping[str, str]) -> tuple[str, str]:
    told = states[control.state]
    return ("met", told) if told else ("not met", _NO_STATE[control.state])


def _of_entries(control: kinds.Control, evidence: Mapping[str, tuple[int, int]]) -> tuple[str, str]:
    found = {type_: told for type_, told in evidence.items() if any(_is_of(type_, wanted) for wanted in control.types)}
    if not found:
        return "not met", f"no entry of {', '.join(control.types)} in this time"
    last = max(position for _, position in found.values())
    return (
        "met",
        f"{sum(count for count, _ in found.values())} entries ({', '.join(sorted(found))}); the last: entry {last}",
    )


def _is_of(type_: str, wanted: str) -> bool:
    return type_.startswith(wanted[:-1]) if wanted.endswith("*") else type_ == wanted


def _line(entry: AuditEntry) -> list[str]:
    named: Any = next((entry.data[name] for name in _NAMES if entry.data.get(name)), "")
    return [
        entry.at.isoformat(timespec="seconds"),
        entry.actor,
        entry.type,
        f"{entry.resource_kind} {named}".strip(),
        entry.outcome,
        str(entry.source.get("address", "")),
        f"entry {entry.position}",
    ]
