"""Use cases of approvals: list, read, answer. Only an answer decides, reading never does."""

from collections.abc import Mapping
from typing import Any, Final

from docchain.features.approvals import domain
from docchain.features.approvals.errors import (
    AlreadySettled,
    AnswerInvalid,
    ApprovalChanged,
    ApprovalNotFound,
    NotAsked,
)
from docchain.features.approvals.form import FormField, check_values
from docchain.features.approvals.repository import LONG, ApprovalRepository
from docchain.features.approvals.schemas import AnswerRequest, Approval, ApprovalFilter
from docchain.features.approvals.tables import ApprovalRow
from docchain.features.approvals.teaching import tell_values
from docchain.features.runs import RunService
from docchain.platform.ids import Handle
from docchain.platform.pagination import Page, PageRequest
from docchain.platform.preconditions import ANY, Expected, state_of
from docchain.platform.work import Work

ANSWERS_ANY = "admin"
"""The permission to answer approvals that ask others, so that none is stuck when its assignees are gone."""

_LONG: Final = tuple(column.key for column in LONG)
_SHOWN: Final = tuple(name for name in Approval.model_fields if name not in {"handle", "omitted"})
_EMPTY: Final[dict[str, Any]] = {"message": "", "assignees": [], "form": {}, "comment": "", "values": {}}


class ApprovalService:
    """Wake the engine once the transaction has committed: an answer is a command to it."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._approvals = ApprovalRepository(work.session)

    def list(self, wanted: ApprovalFilter, request: PageRequest, *, newest_first: bool = True) -> Page[Approval]:
        names = domain.names_of(self._work.actor)
        rows, cursor, total = self._approvals.page(wanted, names, request, newest_first=newest_first)
        short = self._approvals.short_values(rows)
        return Page(items=[_listed(row, short[row.id]) for row in rows], next_cursor=cursor, total=total)

    def read(self, reference: str) -> Approval:
        return to_approval(self._find(reference))

    def answer(self, reference: str, answer: AnswerRequest, expected: Expected = ANY) -> Approval:
        """Decide. The first answer counts; the run goes on with it."""
        row = self._find(reference, to_change=True)
        self._check_may_answer(row)
        if row.status != domain.PENDING:
            by = f" by {row.answered_by}" if row.answered_by else ""
            raise AlreadySettled(f"{_handle(row)} is {row.status}{by}; it cannot be answered again.")
        expected.check(state_of(to_approval(row)), ApprovalChanged(_handle(row)))
        self._check_values(row, answer)
        self._settle(row, answer)
        return to_approval(row)

    def _find(self, reference: str, *, to_change: bool = False) -> ApprovalRow:
        row = self._approvals.find(reference, to_change=to_change)
        if row is None:
            raise ApprovalNotFound(reference)
        return row

    def _check_may_answer(self, row: ApprovalRow) -> None:
        actor = self._work.actor
        if actor.reach.is_limited:
            self._work.require("answer", "workflow", RunService(self._work).workflow_of(row.run_id))
        if not domain.is_asked(actor, row.assignees) and not actor.may(ANSWERS_ANY):
            raise NotAsked(row.assignees)

    def _check_values(self, row: ApprovalRow, answer: AnswerRequest) -> None:
        """A rejection needs no values; what it gives must fit all the same."""
        form = {name: FormField.model_validate(field) for name, field in row.form.items()}
        faults = check_values(form, answer.values)
        if answer.decision == "reject":
            faults = [fault for fault in faults if fault.code != "missing"]
        if faults:
            raise AnswerInvalid(faults)

    def _settle(self, row: ApprovalRow, answer: AnswerRequest) -> None:
        row.status = domain.APPROVED if answer.decision == "approve" else domain.REJECTED
        row.comment, row.values = answer.comment, answer.values
        row.answered_by, row.settled_at = self._work.actor.name, self._work.now
        payload = {
            "decision": row.status,
            "comment": row.comment,
            "values": row.values,
            "answered_by": row.answered_by,
        }
        RunService(self._work).signal(str(row.run_id), row.step, domain.ANSWER, payload)
        data = {"approval": _handle(row), "run_id": str(row.run_id), "decision": row.status}
        self._work.emit("approval.answered", "approval", row.id, data)
        tell_values(self._work, row)


def _handle(row: ApprovalRow) -> str:
    return str(Handle("approval", row.number))


def to_approval(row: ApprovalRow) -> Approval:
    return Approval(handle=_handle(row), **{name: getattr(row, name) for name in _SHOWN})


def _listed(row: ApprovalRow, short: Mapping[str, Any]) -> Approval:
    """The row of a page, which lacks what may be long, with what is small of that."""
    always = {name: getattr(row, name) for name in _SHOWN if name not in _LONG}
    told = {name: short[name] for name in _LONG if short[name] is not None}
    omitted = [name for name in _LONG if short[f"{name}_is_long"]]
    return Approval(handle=_handle(row), omitted=omitted, **_EMPTY | always | told)
