"""Questions about workflows, answered from the database."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Integer, Row, Select, and_, bindparam, delete, or_, select, tuple_
from sqlalchemy.orm import Session

from docchain.features.workflows.errors import WorkflowNotFound
from docchain.features.workflows.filter_repository import filtered, is_deleted
from docchain.features.workflows.schemas import WorkflowFilter
from docchain.features.workflows.tables import WorkflowRow, WorkflowTagRow, WorkflowTextRow, WorkflowVersionRow
from docchain.platform.bulk import insert_many
from docchain.platform.ids import parse_reference
from docchain.platform.page_cursors import encode
from docchain.platform.pagination import Order, PageRequest, count, made_for, place_of, take
from docchain.platform.references import ids_of
from docchain.platform.scope import KEPT, is_limited
from docchain.platform.tables import WORKSPACE
from docchain.platform.work import Work

_SORTED_BY: Final = {
    "created_at": WorkflowRow.created_at,
    "updated_at": WorkflowRow.updated_at,
    "name": WorkflowRow.name,
}

_COLUMNS: Final = tuple(column.key for column in WorkflowRow.__table__.c)
_LONG: Final = frozenset({"draft", "source"})
_EVERY: Final = WorkflowFilter()
_RUNNABLE: Final = ("id", "number", "status", "draft_digest", "faults", "published_version")


class WorkflowRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, reference: str | int, *, deleted: bool = False, to_change: bool = False) -> WorkflowRow | None:
        """By id, handle or number. One that is `to_change` is nobody else's to change until this transaction ends."""
        key = parse_reference(reference, "workflow", bare_number=True)
        if key is None:
            return None
        found = _one(by_id=isinstance(key, UUID), deleted=deleted, to_change=to_change)
        return self._session.scalars(found, {"key": key}).one_or_none()

    def to_run(self, reference: str | int) -> Row[Any] | WorkflowRow | None:
        """What running one takes to know; its draft is asked for where it was not read before."""
        key = parse_reference(reference, "workflow", bare_number=True)
        if key is None:
            return None
        if is_limited(self._session):
            return self.find(reference)
        self._session.flush()
        asked = {"key": key, "workspace": self._session.info[WORKSPACE]}
        return self._session.connection().execute(_to_run(by_id=isinstance(key, UUID)), asked).one_or_none()

    def draft(self, workflow_id: UUID) -> dict[str, Any]:
        found: dict[str, Any] = self._session.scalars(
            select(WorkflowRow.draft).where(WorkflowRow.id == workflow_id)
        ).one()
        return found

    def named(self, name: str) -> Sequence[WorkflowRow]:
        """The first few of this name: the workflow's own, or the one that its definition says."""
        found = select(WorkflowRow).where(
            or_(WorkflowRow.name == name, WorkflowRow.definition_name == name), is_deleted(deleted=False)
        )
        return self._session.scalars(found.order_by(WorkflowRow.number).limit(5)).all()

    def known(self, references: Iterable[str]) -> set[str]:
        """Those of the references that name a workflow: by id, handle, number or name."""
        wanted = set(references)
        if not wanted:
            return set()
        keys = {name: parse_reference(name, "workflow", bare_number=True) for name in wanted}
        shown = (WorkflowRow.id, WorkflowRow.number, WorkflowRow.name, WorkflowRow.definition_name)
        matches = or_(
            WorkflowRow.name.in_(wanted),
            WorkflowRow.definition_name.in_(wanted),
            WorkflowRow.id.in_([key for key in keys.values() if isinstance(key, UUID)]),
            WorkflowRow.number.in_([key for key in keys.values() if isinstance(key, int)]),
        )
        found = self._session.execute(select(*shown).where(matches, is_deleted(deleted=False))).all()
        told = {value for row in found for value in row}
        return {name for name in wanted if name in told or keys[name] in told}

    def definitions_in_force(self) -> Iterable[tuple[UUID, dict[str, Any]]]:
        """The newest published version of every workflow, deleted ones too, or else its draft."""
        published = and_(
            WorkflowVersionRow.workflow_id == WorkflowRow.id, WorkflowVersionRow.number == WorkflowRow.published_version
        )
        found = select(WorkflowRow.id, WorkflowVersionRow.definition, WorkflowRow.draft)
        rows = self._session.execute(found.outerjoin(WorkflowVersionRow, published))
        return ((row[0], row[1] if row[1] is not None else row[2]) for row in rows)

    def add(self, row: WorkflowRow) -> None:
        """One that is new, with its tags, straight into the tables; look it up before it is changed again."""
        row.workspace_id = self._session.info[WORKSPACE]
        insert_many(self._session, WorkflowRow, [{name: getattr(row, name) for name in _COLUMNS}])
        told = {"workflow_id": row.id, "workspace_id": row.workspace_id}
        if row.tags:
            insert_many(self._session, WorkflowTagRow, [{**told, "tag": tag} for tag in row.tags])
        insert_many(self._session, WorkflowTextRow, [{**told, "text": text_of(row)}])

    def relist(self, row: WorkflowRow) -> None:
        """Write anew what lists find it by."""
        self._relist([row])

    def _relist(self, rows: Sequence[WorkflowRow]) -> None:
        for table in (WorkflowTagRow, WorkflowTextRow):
            self._session.execute(delete(table).where(table.workflow_id.in_([row.id for row in rows])))
        self._session.add_all(WorkflowTagRow(workflow_id=row.id, tag=tag) for row in rows for tag in row.tags)
        self._session.add_all(WorkflowTextRow(workflow_id=row.id, text=text_of(row)) for row in rows)

    def page(
        self, wanted: WorkflowFilter, sort: str, request: PageRequest
    ) -> tuple[list[WorkflowRow], str | None, int | None]:
        statement = filtered(self._session, wanted)
        rows, cursor = take(self._session, statement, _by_number(sort) if wanted.ai else _order(sort), request)
        return rows, cursor, count(self._session, statement) if request.total else None

    def listed(
        self, wanted: WorkflowFilter, sort: str, request: PageRequest
    ) -> tuple[Sequence[WorkflowRow | Row[Any]], str | None, int | None]:
        """A page as a list shows it; of all of them without what is long, by a statement that is made once."""
        if wanted != _EVERY or request.total:
            return self.page(wanted, sort, request)
        order = _order(sort)
        list_ = made_for(self._session, order, request)
        asked: dict[str, Any] = {"most": request.limit + 1}
        if request.cursor:
            asked["value"], asked["last"] = place_of(order, list_, request.cursor)
        rows = self._session.execute(_every(sort, begins=not request.cursor), asked).all()
        if len(rows) <= request.limit:
            return rows, None, None
        last = rows[request.limit - 1]
        return rows[: request.limit], encode(list_, getattr(last, order.column.key), last.id), None


@cache
def _one(*, by_id: bool, deleted: bool = False, to_change: bool = False) -> Select[Any]:
    """The statement, made once: to build it takes longer than to run it."""
    column = WorkflowRow.id if by_id else WorkflowRow.number
    found = select(WorkflowRow).where(column == bindparam("key", type_=column.type), is_deleted(deleted))
    return (found.with_for_update() if to_change else found).execution_options(**{KEPT: True})


def _order(sort: str) -> Order:
    return Order(_SORTED_BY[sort.removeprefix("-")], WorkflowRow.id, descending=sort.startswith("-"))


def _by_number(sort: str) -> Order:
    """AI workflows count down as they are made: an index leads to them among any number of others."""
    if not sort.endswith("created_at"):
        return _order(sort)
    return Order(WorkflowRow.number, WorkflowRow.id, descending=not sort.startswith("-"))


@cache
def _every(sort: str, *, begins: bool) -> Select[Any]:
    order = _order(sort)
    keys = (order.column, order.id)
    found = select(*(getattr(WorkflowRow, name) for name in _COLUMNS if name not in _LONG)).where(
        is_deleted(deleted=False)
    )
    if not begins:
        last = tuple_(bindparam("value", type_=order.column.type), bindparam("last", type_=order.id.type))
        found = found.where(tuple_(*keys) < last if order.descending else tuple_(*keys) > last)
    found = found.order_by(*(key.desc() if order.descending else key.asc() for key in keys))
    return found.limit(bindparam("most", type_=Integer)).execution_options(**{KEPT: True})


@cache
def _to_run(*, by_id: bool) -> Select[Any]:
    """Of the table itself, for every start asks it: a mapped row takes four times as long."""
    table = WorkflowRow.__table__.c
    key, mine = (table.id if by_id else table.number) == bindparam("key"), table.workspace_id == bindparam("workspace")
    return select(*(table[name] for name in _RUNNABLE)).where(key, mine, table.deleted_at.is_(None))


def text_of(row: WorkflowRow) -> str:
    return f"{row.name}\n{row.title}\n{row.description}".lower()


def workflow_ids(work: Work, references: Sequence[str]) -> list[UUID]:
    """The ids of workflows that ids, handles or numbers name."""
    return ids_of(work, WorkflowRow, "workflow", references, WorkflowNotFound, is_deleted(deleted=False))
