"""Questions about runs, answered from the database."""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, bindparam, delete, func, select
from sqlalchemy.orm import Session

from docchain.engine.doors import Cursors
from docchain.engine.journal.port import COMMANDS
from docchain.features.runs.domain import ENDED, QUEUED
from docchain.features.runs.errors import RunNotFound
from docchain.features.runs.judging import id_at
from docchain.features.runs.lanes import next_of_every_lane, reading
from docchain.features.runs.listing import Found, RunListing
from docchain.features.runs.orders import Definition
from docchain.features.runs.presenting import Seen
from docchain.features.runs.queued import QueuedRun
from docchain.features.runs.reader_repository import by_index
from docchain.features.runs.schemas import RunFilter
from docchain.features.runs.tables import CommandRow, DefinitionRow, RunRow
from docchain.platform.bulk import insert_many
from docchain.platform.ids import parse_reference
from docchain.platform.pagination import PageRequest
from docchain.platform.references import ids_of
from docchain.platform.scope import KEPT, is_limited
from docchain.platform.tables import WORKSPACE
from docchain.platform.work import Work

# One lock number for all who append commands on PostgreSQL, so that positions follow the order of commits.
_APPEND_LOCK = 0x646F_6363_6F6D_6D64


class RunRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, reference: str) -> RunRow | None:
        key = parse_reference(reference, "run")
        if key is None:
            return None
        return self._session.scalars(_one(by_id=isinstance(key, UUID)), {"key": key}).one_or_none()

    def seen(self, reference: str) -> Seen | None:
        """What doors show of a run, of the table itself: a mapped row takes three times as long."""
        key, workspace = parse_reference(reference, "run"), self._session.info[WORKSPACE]
        if key is None or workspace is None or is_limited(self._session):
            return self.find(reference)
        self._session.flush()
        asked = {"key": key, "workspace": workspace}
        return self._session.connection().execute(_shown(by_id=isinstance(key, UUID)), asked).one_or_none()

    def add(self, *rows: QueuedRun) -> None:
        insert_many(self._session, RunRow, [vars(row) for row in rows])

    def page(self, wanted: RunFilter, request: PageRequest, *, newest_first: bool) -> Found:
        """One page; what is long of its rows is None."""
        return RunListing(self._session).page(wanted, request, newest_first=newest_first)

    def workflows_of(self, numbers: Sequence[int]) -> set[UUID | None]:
        """The workflows that runs are of, by their numbers."""
        chunks = (numbers[start : start + 500] for start in range(0, len(numbers), 500))
        found = (select(RunRow.workflow_id).where(RunRow.number.in_(chunk)).distinct() for chunk in chunks)
        return {workflow_id for query in found for workflow_id in self._session.scalars(query)}

    def numbers_of(self, run_ids: Iterable[UUID]) -> dict[UUID, int]:
        """The numbers of those of the runs that are known."""
        ids = list(run_ids)
        chunks = (ids[start : start + 500] for start in range(0, len(ids), 500))
        found = (select(RunRow.id, RunRow.number).where(RunRow.id.in_(chunk)) for chunk in chunks)
        return {run_id: number for query in found for run_id, number in self._session.execute(query)}

    def queued(self, most: int) -> int:
        """How many runs have not begun, counted up to `most`."""
        return RunListing(self._session).count(RunFilter(statuses=[QUEUED], children=True, system=True), most)

    def ordered_since(self, moment: datetime) -> int:
        """How many runs of the workspace were ordered from a moment on; ids follow time."""
        return self._session.scalar(select(func.count(RunRow.id)).where(RunRow.id >= id_at(moment))) or 0

    def matching(self, wanted: RunFilter, most: int) -> list[tuple[int, str]]:
        """Number and status of all runs that match, oldest first, up to `most`."""
        rows, _, _ = self.page(wanted, PageRequest(most), newest_first=False)
        return [(row.number, row.status) for row in rows]

    def named(self, references: Iterable[str]) -> dict[str, tuple[int, str]]:
        """Number and status of the runs that are named by id or handle; of those that there are."""
        keys = {reference: parse_reference(reference, "run") for reference in references}
        wanted = [key for key in keys.values() if key is not None]
        found: dict[UUID | int, tuple[int, str]] = {}
        query = select(RunRow.id, RunRow.number, RunRow.status)
        for column, kind in ((RunRow.id, UUID), (RunRow.number, int)):  # not with OR: SQLite would read the workspace
            asked = [key for key in wanted if isinstance(key, kind)]
            for begin in range(0, len(asked), 500):
                chunk = query.where(column.in_(asked[begin : begin + 500]))
                for run_id, number, status in self._session.execute(chunk):
                    found[run_id] = found[number] = (number, status)
        return {reference: found[key] for reference, key in keys.items() if key in found}

    def unknown(self, wanted: RunFilter) -> dict[str, str]:
        """Names in a filter that no run can match, each with what is wrong about it."""
        told = {}
        if wanted.workflow is not None and not RunListing(self._session).is_of_some(wanted.workflow):
            told["workflow"] = f"no run here is of a workflow {wanted.workflow!r}"
        runs = {"parent": wanted.parent, "source": wanted.source}
        asked = {field: name for field, name in runs.items() if name is not None}
        known = self.named(asked.values())
        return told | {field: f"{name!r} is no run here" for field, name in asked.items() if name not in known}

    def keep_definitions(self, definitions: Iterable[Definition]) -> None:
        rows = sorted((definition.digest, definition.body) for definition in definitions)
        connection = self._session.connection()
        connection.exec_driver_sql(_KEEP[connection.dialect.name], rows if len(rows) > 1 else rows[0])

    def append_command(self, run_id: UUID, kind: str, actor: str, payload: dict[str, Any]) -> None:
        row = {"run_id": run_id, "kind": kind, "actor": actor, "payload": payload}
        self.append_commands([row | {"workspace_id": self._session.info[WORKSPACE]}])

    def append_commands(self, rows: Sequence[dict[str, Any]]) -> None:
        """Many at once; each row names its workspace, too."""
        self._append()
        insert_many(self._session, CommandRow, rows)

    def _append(self) -> None:
        if self._session.get_bind().dialect.name == "postgresql":
            self._session.execute(select(func.pg_advisory_xact_lock(_APPEND_LOCK), func.pg_notify(COMMANDS, "")))

    def unfinished(self, run_ids: Iterable[UUID]) -> set[UUID]:
        """Those of the runs that have not ended, as far as the list knows."""
        ids = list(run_ids)
        chunks = (ids[start : start + 500] for start in range(0, len(ids), 500))
        found = (select(RunRow.id).where(RunRow.id.in_(chunk), RunRow.status.not_in(ENDED)) for chunk in chunks)
        return {run_id for query in found for run_id in self._session.scalars(query)}

    def commands_after(
        self, cursors: Cursors, each: int, without: AbstractSet[UUID] = frozenset(), *, orders: bool
    ) -> Sequence[CommandRow]:
        """The next starts, or orders, of every workspace but those in `without`, `each` of them at most."""
        by_index(self._session)
        on_postgres = self._session.get_bind().dialect.name == "postgresql"
        query = next_of_every_lane(orders=orders, on_postgres=on_postgres)
        return self._session.scalars(query, reading(cursors, each, without)).all()

    def has_commands(self, run_id: UUID) -> bool:
        return self._session.connection().scalar(_command_of(), {"run": run_id}) is not None

    def starts_of(self, run_ids: Sequence[UUID]) -> Sequence[CommandRow]:
        query = select(CommandRow).where(CommandRow.run_id.in_(run_ids), CommandRow.kind == "start")
        return self._session.scalars(query.order_by(CommandRow.position)).all()

    def definition(self, digest: str) -> str | None:
        return self._session.scalar(select(DefinitionRow.body).where(DefinitionRow.digest == digest))

    def remove_commands_of(self, run_ids: Sequence[UUID]) -> None:
        """Forget what was asked of ended runs, but not of one that somebody tries again: the list may lag behind."""
        theirs = CommandRow.run_id.in_(run_ids)
        again = select(CommandRow.run_id).where(theirs, CommandRow.kind == "retry")
        removal = delete(CommandRow).where(theirs, CommandRow.run_id.not_in(again))
        self._session.execute(removal, execution_options={"synchronize_session": False})


_KEEP: Final = {
    "sqlite": "INSERT INTO definition (digest, body) VALUES (?, ?) ON CONFLICT DO NOTHING",
    "postgresql": "INSERT INTO definition (digest, body) VALUES ($1, $2) ON CONFLICT DO NOTHING",
}


@cache
def _one(*, by_id: bool) -> Select[RunRow]:
    """The statement, made once: to build it takes longer than to run it."""
    column = RunRow.id if by_id else RunRow.number
    return select(RunRow).where(column == bindparam("key", type_=column.type)).execution_options(**{KEPT: True})


@cache
def _shown(*, by_id: bool) -> Select[Any]:
    table = RunRow.__table__.c
    key, mine = (table.id if by_id else table.number) == bindparam("key"), table.workspace_id == bindparam("workspace")
    return select(*table).where(key, mine)


@cache
def _command_of() -> Select[Any]:
    """Of the table itself: whoever has a run's id has found it in the workspace."""
    table = CommandRow.__table__.c
    return select(table.position).where(table.run_id == bindparam("run")).limit(1)


def run_ids(work: Work, references: Sequence[str]) -> list[UUID]:
    """The ids of runs that ids, handles or numbers name."""
    return ids_of(work, RunRow, "run", references, RunNotFound)


def known_workspaces(work: Work, run_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """The workspace of each of these runs."""
    ids = list(run_ids)
    chunks = (ids[start : start + 500] for start in range(0, len(ids), 500))
    found = (select(RunRow.id, RunRow.workspace_id).where(RunRow.id.in_(chunk)) for chunk in chunks)
    return {run_id: workspace_id for query in found for run_id, workspace_id in work.session.execute(query)}


def all_run_ids(work: Work, after: UUID, most: int) -> list[UUID]:
    """The next runs of the workspace, oldest first."""
    return list(work.session.scalars(select(RunRow.id).where(RunRow.id > after).order_by(RunRow.id).limit(most)))


def unfinished_run_ids(work: Work) -> list[UUID]:
    """Some runs of the workspace that have not ended."""
    return list(work.session.scalars(select(RunRow.id).where(RunRow.status.not_in(ENDED)).limit(500)))
