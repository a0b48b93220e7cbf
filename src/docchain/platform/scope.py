"""Workspace isolation in the session: no statement of one workspace ever reads or changes a row of another."""

from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Any, cast
from uuid import UUID

from sqlalchemy import BindParameter, ClauseElement, ColumnElement, event, func, literal_column
from sqlalchemy.exc import PendingRollbackError
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria
from sqlalchemy.sql import visitors

from docchain.platform.columns import Id
from docchain.platform.errors import Denied
from docchain.platform.reach import Reach, criteria_of, may_add, may_change
from docchain.platform.tables import WORKSPACE, Table, WorkspaceScoped

_CRITERIA = "workspace_criteria"
_REACH = "reach"
_LIMITS = "reach_criteria"
KEPT = "kept"
"""The execution option of a statement that is made once and used for ever."""


class CrossesWorkspacesError(RuntimeError):
    """Code tried to touch another workspace's rows; a programming fault, never a user's."""


class ScopedSession(Session):
    """A session bound to one workspace, or to none: that is the system, which sees all."""

    @property
    def workspace_id(self) -> UUID | None:
        workspace: UUID | None = self.info.get(WORKSPACE)
        return workspace

    def enter(self, workspace_id: UUID | None) -> None:
        """Bind the session and its connection to a workspace."""
        self.info[WORKSPACE] = workspace_id
        self.info[_CRITERIA] = None if workspace_id is None else _criteria(workspace_id, self.get_bind().dialect.name)
        with suppress(PendingRollbackError):  # after a failure or a cancellation only the rollback is left to do
            self.connection().info[WORKSPACE] = workspace_id

    def limit(self, reach: Reach) -> None:
        """Let statements see no more than this from now on."""
        self.info[_REACH], self.info[_LIMITS] = reach, criteria_of(reach) if reach.is_limited else ()


def is_limited(session: Session) -> bool:
    """Whether the actor sees some of the workspace only: then what is asked of tables themselves would show more."""
    return bool(session.info.get(_LIMITS))


class _Bound(BindParameter[UUID]):
    """Equal to itself only: a compiled statement looks it up, and columns build a comparison in SQL each time."""

    inherit_cache = True
    __eq__ = object.__eq__  # type: ignore[assignment] # columns answer with an expression
    __hash__ = BindParameter.__hash__


@lru_cache(maxsize=1024)
def _criteria(workspace_id: UUID, dialect: str) -> Any:
    """SQLite is told that many rows match: it would rather read a whole workspace than look up a few ids.

    Not that nearly all do: then it would read the whole table instead of looking up a few numbers.
    """
    bound = _Bound(WORKSPACE, workspace_id, Id(), unique=True)
    if dialect != "sqlite":
        return with_loader_criteria(WorkspaceScoped, lambda row: row.workspace_id == bound, include_aliases=True)
    many: ColumnElement[float] = literal_column("0.1")
    return with_loader_criteria(
        WorkspaceScoped, lambda row: func.likelihood(row.workspace_id == bound, many), include_aliases=True
    )


@event.listens_for(ScopedSession, "do_orm_execute")
def _scope_statement(state: ORMExecuteState) -> None:
    criteria = state.session.info.get(_CRITERIA)
    if criteria is None or state.is_column_load:
        return
    if state.is_insert:
        _check_inserted(state)
    elif not state.is_orm_statement:
        _refuse_unscoped(state)
    elif state.is_update and isinstance(state.parameters, list):
        raise CrossesWorkspacesError("An update by primary keys is not scoped; update rows of the session instead.")
    elif KEPT in state.execution_options:
        state.statement = _scoped(state.statement, criteria)
    else:
        state.statement = state.statement.options(criteria)
    limits = state.session.info.get(_LIMITS)
    if limits and not state.is_insert:
        state.statement = state.statement.options(*limits)


@lru_cache(maxsize=1024)
def _scoped(statement: Any, criteria: Any) -> Any:
    """A statement that is made once is scoped once: what it compiles to is then found at once, too."""
    return statement.options(criteria)


def check_may_add(session: Session, table: type) -> None:
    """Refuse new things of somebody who is confined to some that there are."""
    reach: Reach | None = session.info.get(_REACH)
    if reach is not None and reach.only and not may_add(reach, table):
        raise Denied("You are confined to some things here, and may make no others.")


def _check_reach(session: Session, reach: Reach) -> None:
    for table in {type(row) for row in session.new}:
        check_may_add(session, table)
    changed = [row for row in (*session.dirty, *session.deleted) if row in session.deleted or session.is_modified(row)]
    with session.no_autoflush:
        if changed and reach.barred and not may_change(session, reach, changed):
            hint = "Ask who administers the workspace for a grant to write it."
            raise Denied("This is restricted: you may see it, but not change it.", hint=hint)


def _check_inserted(state: ORMExecuteState) -> None:
    given = state.parameters or {}
    rows = [given] if isinstance(given, Mapping) else given
    workspace = state.session.info[WORKSPACE]
    if any(row.get(WORKSPACE, workspace) != workspace for row in rows):
        raise CrossesWorkspacesError("A row was inserted for another workspace; leave out workspace_id.")


def _refuse_unscoped(state: ORMExecuteState) -> None:
    scoped = {mapper.local_table for mapper in Table.registry.mappers if issubclass(mapper.class_, WorkspaceScoped)}
    for element in visitors.iterate(cast("ClauseElement", state.statement)):
        if element in scoped:
            raise CrossesWorkspacesError(f"Select from the mapped class, not the table {element}: only that is scoped.")


@event.listens_for(ScopedSession, "before_flush")
def _scope_rows(session: Session, _context: Any, _instances: Any) -> None:
    workspace = session.info.get(WORKSPACE)
    reach: Reach | None = session.info.get(_REACH)
    if reach is not None and reach.is_limited:
        _check_reach(session, reach)
    for row in (*session.new, *session.dirty, *session.deleted):
        if not isinstance(row, WorkspaceScoped):
            continue
        if row.workspace_id is None and row in session.new and workspace is not None:
            row.workspace_id = workspace
        elif row.workspace_id != workspace and workspace is not None:
            raise CrossesWorkspacesError(f"{type(row).__name__} belongs to another workspace than the unit of work.")
