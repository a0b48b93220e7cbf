"""The run list at a million rows: a page is merged from lanes, each a range of an index with nothing to skip in it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from docchain.features.runs.list_statements import (
    by_numbers,
    filtered,
    first_numbers,
    is_rare,
    lanes_of,
    newest_page,
    number_of_workflow,
    origins_here,
    shows,
)
from docchain.features.runs.schemas import RunFilter
from docchain.features.runs.tables import RunRow
from docchain.platform.ids import parse_reference
from docchain.platform.page_cursors import encode
from docchain.platform.pagination import COUNTED, Order, PageRequest, count_lanes, first_of, made_for, place_of
from docchain.platform.scope import ScopedSession

Found = tuple[Sequence[Row[Any]], str | None, int | None]
Lanes = tuple[tuple[bool, str], ...]
"""Whether its runs are listed, and their origin."""
_ONE: Final = "one"


class RunListing:
    """Any filters, first page or last, cost about the same.

    Statuses and origins are few, so every combination of them is a lane that is looked into; what is rare has a
    partial index of its own and is read straight from it.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._dialect = session.get_bind().dialect.name

    def page(self, wanted: RunFilter, request: PageRequest, *, newest_first: bool) -> Found:
        order = Order(RunRow.number, RunRow.id, descending=newest_first)
        list_ = made_for(self._session, order, request)
        start = place_of(order, list_, request.cursor)[0] if request.cursor else None
        if wanted == RunFilter() and newest_first and not request.total:
            rows = self._newest(start, request.limit)
            if len(rows) > request.limit or (rows and rows[0].is_all):
                return *_cut(rows, list_, request.limit), None
        numbers = self._numbers(wanted, order, start, request.limit + 1)
        found = {row.number: row for row in self._session.execute(by_numbers(self._dialect), {"numbers": numbers})}
        rows = [found[number] for number in numbers if number in found]
        return *_cut(rows, list_, request.limit), self.count(wanted) if request.total else None

    def count(self, wanted: RunFilter, most: int = COUNTED + 1) -> int:
        """How many match, counted up to `most`."""
        if self._is_direct(wanted):
            return count_lanes(self._session, [filtered(wanted).with_only_columns(RunRow.number)], most)
        shape, given = self._told(wanted)
        lanes = [lane.params(given) for lane in lanes_of(shape, self._origins(shape, given))] if given else []
        return count_lanes(self._session, lanes, most) if lanes else 0

    def is_of_some(self, workflow: str) -> bool:
        """Whether there is any run of this workflow."""
        number = self._workflow_number(workflow)
        found = select(RunRow.id).where(RunRow.workspace_id == self._workspace, RunRow.workflow_number == number)
        return number is not None and self._session.scalar(found.limit(1)) is not None

    @property
    def _workspace(self) -> UUID | None:
        return self._session.workspace_id if isinstance(self._session, ScopedSession) else None

    def _is_direct(self, wanted: RunFilter) -> bool:
        return self._workspace is None or is_rare(wanted)

    def _newest(self, start: int | None, limit: int) -> Sequence[Row[Any]]:
        """The page that is asked for most; it falls short if it lies behind very many hidden runs."""
        given = {"most": limit + 1} if start is None else {"most": limit + 1, "start": start}
        return self._session.execute(newest_page(self._dialect, begins=start is None), given).all()

    def _numbers(self, wanted: RunFilter, order: Order, start: int | None, most: int) -> Sequence[int]:
        """Those of the page, in its order."""
        if self._is_direct(wanted):
            lane = filtered(wanted).with_only_columns(RunRow.number)
            if start is not None:
                lane = lane.where(RunRow.number < start if order.descending else RunRow.number > start)
            return self._session.scalars(first_of([lane], order, most)).all()
        shape, given = self._told(wanted)
        lanes = self._origins(shape, given) if given else ()
        if not lanes:
            return []
        query = first_numbers(shape, lanes, descending=order.descending, begins=start is None)
        return self._session.scalars(query, {**given, "most": most, "start": start}).all()

    def _told(self, wanted: RunFilter) -> tuple[RunFilter, dict[str, Any]]:
        """What statements are built from, and what they are asked with; nothing, if there is no such workflow."""
        shape, given = replace(wanted, statuses=tuple(dict.fromkeys(wanted.statuses))), {"workspace": self._workspace}
        if wanted.workflow is None:
            return shape, given
        number = self._workflow_number(wanted.workflow)
        return replace(shape, workflow=_ONE), {} if number is None else {**given, "workflow": number}

    def _origins(self, shape: RunFilter, given: dict[str, Any]) -> Lanes:
        """The origins that there are among listed runs, and among those of the hidden ones that are asked for."""
        if shape.origin is not None:
            return tuple((listed, shape.origin) for listed in shows(shape))
        return tuple(
            (listed, origin)
            for listed in shows(shape)
            for origin in self._session.scalars(origins_here(replace(shape, statuses=()), listed=listed), given)
        )

    def _workflow_number(self, reference: str) -> int | None:
        key = parse_reference(reference, "workflow", bare_number=True)
        if not isinstance(key, UUID):
            return key
        number: int | None = self._session.scalar(number_of_workflow(), {"workspace": self._workspace, "id": key})
        return number


def _cut(rows: Sequence[Row[Any]], list_: str, limit: int) -> tuple[Sequence[Row[Any]], str | None]:
    """The page, of rows that are one more than it if more follow, and the cursor of the next."""
    if len(rows) <= limit:
        return rows, None
    return rows[:limit], encode(list_, rows[limit - 1].number, rows[limit - 1].id)
