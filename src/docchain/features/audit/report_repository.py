"""Statements of reports: entries of some types in a time, and whether there is evidence for a control."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, not_, or_, select
from sqlalchemy.orm import Session

from docchain.features.audit.entry_repository import COLUMNS
from docchain.features.audit.repository import of_chain
from docchain.features.audit.tables import AuditBatchRow, AuditRuleRow, AuditStreamRow
from docchain.platform.events import EventRow


class ReportRepository:
    """Takes the session of a work of the workspace."""

    def __init__(self, session: Session, chain: UUID, after: datetime | None, before: datetime | None) -> None:
        self._session = session
        self._within = [of_chain(chain)]
        if after is not None:
            self._within.append(EventRow.at >= after)
        if before is not None:
            self._within.append(EventRow.at < before)

    def entries(self, types: Sequence[str], without: Sequence[str], limit: int) -> Sequence[Any]:
        """The newest first."""
        left_out = [not_(EventRow.type.startswith(start, autoescape=True)) for start in without]
        wanted = select(*COLUMNS).where(*self._within, of_types(types), *left_out)
        return self._session.execute(wanted.order_by(EventRow.position.desc()).limit(limit)).all()

    def evidence(self) -> dict[str, tuple[int, int]]:
        """By type, how many entries there are and the position of the newest one."""
        counted = select(EventRow.type, func.count(), func.max(EventRow.position)).where(*self._within)
        return {type_: (count, last) for type_, count, last in self._session.execute(counted.group_by(EventRow.type))}

    def states(self) -> tuple[int, int, int]:
        """How many checkpoints, rules and streams there are."""
        counts = [select(func.count()).select_from(table) for table in (AuditBatchRow, AuditRuleRow, AuditStreamRow)]
        checkpoints, rules, streams = (self._session.scalar(count) or 0 for count in counts)
        return checkpoints, rules, streams


def of_types(types: Sequence[str]) -> ColumnElement[bool]:
    """Whether an entry's type is one of these, or of one of these families."""
    exact = [type_ for type_ in types if not type_.endswith("*")]
    families = [type_[:-1] for type_ in types if type_.endswith("*")]
    if "" in families:
        return and_(EventRow.position > 0)
    return or_(EventRow.type.in_(exact), *(EventRow.type.startswith(family, autoescape=True) for family in families))
