"""Streams, rules and alerts as people keep them; everything they do to them is an entry itself."""

from typing import Final, NamedTuple
from uuid import UUID

from docchain.features.audit.errors import AlertNotFound, RuleNotFound, StreamNotFound, TooMany
from docchain.features.audit.stream_repository import KeptRepository
from docchain.features.audit.stream_schemas import Alert, Rule, RuleMatch, RuleRequest, Stream, StreamRequest
from docchain.features.audit.tables import AuditAlertRow, AuditRuleRow, AuditStreamRow
from docchain.platform.events import last_position
from docchain.platform.handles import next_number
from docchain.platform.ids import Handle, new_id
from docchain.platform.pagination import Order, Page, PageRequest
from docchain.platform.work import Work

STREAM: Final = "stream"
RULE: Final = "rule"
ALERT: Final = "alert"


class StreamService:
    def __init__(self, work: Work) -> None:
        self._work = work
        self._rows = KeptRepository(work.session)

    def list(self, request: PageRequest) -> Page[Stream]:
        order = Order(AuditStreamRow.created_at, AuditStreamRow.id)
        rows, cursor, total = self._rows.page(AuditStreamRow, order, request)
        return Page[Stream](items=[_stream(row) for row in rows], next_cursor=cursor, total=total)

    def create(self, wanted: StreamRequest, most: int) -> Stream:
        if self._rows.count(AuditStreamRow) >= most:
            raise TooMany(f"There are {most} streams.", hint="Delete one, or raise DOCCHAIN_AUDIT_STREAMS_MAX.")
        row = AuditStreamRow(
            id=new_id(),
            number=next_number(self._work, STREAM),
            name=wanted.name,
            kind=wanted.kind,
            target=wanted.target,
            types=wanted.types,
            position=last_position(self._work.session),
            delivered=0,
            trouble="",
            troubled_since=None,
            created_at=self._work.now,
        )
        self._rows.add(row)
        self._emit("created", row)
        return _stream(row)

    def delete(self, reference: str) -> None:
        row = self._rows.find(AuditStreamRow, reference, STREAM)
        if row is None:
            raise StreamNotFound(f"There is no stream {reference[:100]!r}.", hint="GET /security/audit/streams lists.")
        self._rows.remove(row)
        self._emit("deleted", row)

    def _emit(self, what: str, row: AuditStreamRow) -> None:
        told = {"stream": _handle(STREAM, row.number), "name": row.name, "kind": row.kind, "target": row.target}
        self._work.emit(f"audit_stream.{what}", "audit_stream", row.id, told)


class RuleService:
    def __init__(self, work: Work) -> None:
        self._work = work
        self._rows = KeptRepository(work.session)

    def list(self, request: PageRequest) -> Page[Rule]:
        order = Order(AuditRuleRow.created_at, AuditRuleRow.id)
        rows, cursor, total = self._rows.page(AuditRuleRow, order, request)
        return Page[Rule](items=[_rule(row) for row in rows], next_cursor=cursor, total=total)

    def create(self, wanted: RuleRequest, most: int) -> Rule:
        if self._rows.count(AuditRuleRow) >= most:
            raise TooMany(f"There are {most} rules.", hint="Delete one, or raise DOCCHAIN_AUDIT_RULES_MAX.")
        row = AuditRuleRow(
            id=new_id(),
            number=next_number(self._work, RULE),
            name=wanted.name,
            severity=wanted.severity,
            match=wanted.match.model_dump(),
            threshold=wanted.threshold,
            window_seconds=wanted.window_seconds,
            since=last_position(self._work.session),
            recent=[],
            created_at=self._work.now,
        )
        self._rows.add(row)
        self._emit("created", row)
        return _rule(row)

    def delete(self, reference: str) -> None:
        row = self._rows.find(AuditRuleRow, reference, RULE)
        if row is None:
            raise RuleNotFound(f"There is no rule {reference[:100]!r}.", hint="GET /security/audit/rules lists.")
        self._rows.remove(row)
        self._emit("deleted", row)

    def _emit(self, what: str, row: AuditRuleRow) -> None:
        told = {"rule": _handle(RULE, row.number), "name": row.name, "severity": row.severity}
        self._work.emit(f"audit_rule.{what}", "audit_rule", row.id, told)


class AlertService:
    def __init__(self, work: Work) -> None:
        self._work = work
        self._rows = KeptRepository(work.session)

    def list(self, request: PageRequest) -> Page[Alert]:
        order = Order(AuditAlertRow.raised_at, AuditAlertRow.id)
        rows, cursor, total = self._rows.page(AuditAlertRow, order, request)
        return Page[Alert](items=[_alert(row) for row in rows], next_cursor=cursor, total=total)

    def acknowledge(self, reference: str) -> Alert:
        """The first who does it is named."""
        row = self._rows.find(AuditAlertRow, reference, ALERT)
        if row is None:
            raise AlertNotFound(f"There is no alert {reference[:100]!r}.", hint="GET /security/audit/alerts lists.")
        if row.acknowledged_at is None:
            row.acknowledged_at, row.acknowledged_by = self._work.now, self._work.actor.name
            told = {"alert": _handle(ALERT, row.number), "rule": row.rule}
            self._work.emit("alert.acknowledged", ALERT, row.id, told)
        return _alert(row)


class Raised(NamedTuple):
    """What raises an alert: a rule or a detector, and the entries that made it."""

    workspace: UUID
    rule_id: UUID
    rule: str
    severity: str
    entries: list[int]


def raise_alert(work: Work, raised: Raised) -> None:
    """Add an alert in the workspace; its event goes to all streams that take it."""
    with work.inside(raised.workspace):
        row = AuditAlertRow(
            id=new_id(),
            number=next_number(work, ALERT),
            rule_id=raised.rule_id,
            rule=raised.rule,
            severity=raised.severity,
            entries=raised.entries,
            raised_at=work.now,
            acknowledged_at=None,
            acknowledged_by=None,
        )
        KeptRepository(work.session).add(row)
        told = {"rule": raised.rule, "severity": raised.severity, "entries": raised.entries}
        work.emit("alert.raised", ALERT, row.id, {"alert": _handle(ALERT, row.number), **told})


def _handle(kind: str, number: int) -> str:
    return str(Handle(kind, number))


def _stream(row: AuditStreamRow) -> Stream:
    return Stream.model_validate(
        {name: getattr(row, name) for name in Stream.model_fields.keys() - {"handle", "signing_key"}}
        | {"handle": _handle(STREAM, row.number)}
    )


def _rule(row: AuditRuleRow) -> Rule:
    kept = {name: getattr(row, name) for name in Rule.model_fields.keys() - {"handle", "match"}}
    return Rule(**kept, match=RuleMatch.model_validate(row.match), handle=_handle(RULE, row.number))


def _alert(row: AuditAlertRow) -> Alert:
    kept = {name: getattr(row, name) for name in Alert.model_fields.keys() - {"handle"}}
    return Alert(**kept, handle=_handle(ALERT, row.number))
