"""The unit of work: one transaction of one actor in one workspace, with the events it appends."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from docchain.platform import changes, events, personal
from docchain.platform.errors import Denied
from docchain.platform.ids import new_id
from docchain.platform.provenance import Caller
from docchain.platform.reach import EVERYWHERE, Reach
from docchain.platform.scope import ScopedSession
from docchain.platform.secrecy import secret_path


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, and where. Without a workspace it is the system, which sees all of them.

    One who signed in acts in a session, until a moment.
    """

    user_id: UUID | None
    name: str
    workspace_id: UUID | None
    roles: frozenset[str] = frozenset()
    permissions: frozenset[str] = frozenset()
    session_id: UUID | None = None
    until: datetime | None = None
    key_id: UUID | None = None
    """The API key that acts, instead of a session."""
    method: str = ""
    """How they signed in: `password`, `password+totp`, `passkey`, `oidc`, `key`."""
    verified_at: datetime | None = None
    """When they last proved who they are."""
    to_enrol: bool = False
    """Whether they have to set up a second factor before anything else."""
    reach: Reach = EVERYWHERE
    """Which things of the workspace they see, and what they may do with them."""
    hidden: frozenset[str] = frozenset()
    """What they are not shown, such as `run.payload` or `document.fields.iban`."""

    @property
    def is_system(self) -> bool:
        return self.workspace_id is None

    def may(self, permission: str) -> bool:
        return self.is_system or permission in self.permissions


SYSTEM = Actor(user_id=None, name="system", workspace_id=None)


class Work:
    """One transaction. Services and repositories take it; the door opens and commits it."""

    def __init__(
        self, session: ScopedSession, actor: Actor, now: datetime, caller: Callable[[], Caller] | None = None
    ) -> None:
        self.session = session
        self.actor = actor
        self.now = now
        self._caller = caller
        self.callbacks: list[Callable[[], None]] = []
        self._events: list[dict[str, Any]] = []
        session.enter(actor.workspace_id)
        session.limit(actor.reach)

    @property
    def workspace_id(self) -> UUID:
        """The workspace this work is in; the system has to enter one first."""
        workspace = self.session.workspace_id
        if workspace is None:
            raise RuntimeError("The system is in no workspace; use work.inside(workspace_id).")
        return workspace

    @contextmanager
    def inside(self, workspace_id: UUID) -> Iterator["Work"]:
        """Let the system act within one workspace for a while."""
        outer = self.session.workspace_id
        if outer not in (None, workspace_id):
            raise RuntimeError("Only the system may enter a workspace.")
        self.session.flush()
        self.session.enter(workspace_id)
        try:
            yield self
            self.session.flush()
        finally:
            self.session.enter(outer)

    def require(self, action: str, kind: str, thing: UUID | None) -> None:
        """Refuse an actor whom a restriction keeps from doing this to a thing; None: it is about none that there is."""
        if not self.actor.reach.allows(action, kind, thing):
            raise Denied(
                f"This {kind.replace('_', ' ')} is restricted: you may not {action} it.",
                hint=f"Ask who administers the workspace for a grant to {action} it.",
            )

    def emit(self, type_: str, subject_kind: str, subject_id: UUID | None, data: dict[str, Any] | None = None) -> None:
        """Append an event in this transaction. Its data carries ids and facts, never secrets."""
        leak = secret_path(data or {})
        if leak:
            raise ValueError(f"Event {type_} would carry a secret in {leak}.")
        self._events.append(
            {
                "id": new_id(),
                "workspace_id": self.session.workspace_id,
                "type": type_,
                "subject_kind": subject_kind,
                "subject_id": subject_id,
                "actor": self.actor.name if self.actor.user_id is None else str(self.actor.user_id),
                "at": self.now,
                "data": data or {},
            }
        )

    def emit_many(self, rows: Iterable[dict[str, Any]]) -> None:
        """Append many events, as rows of the log; for a reader that carries facts of many workspaces over."""
        made = list(rows)
        for row in made:
            if leak := secret_path(row["data"]):
                raise ValueError(f"Event {row['type']} would carry a secret in {leak}.")
        self._events.extend(made)

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call back on the event loop once this transaction is durable."""
        self.callbacks.append(callback)

    @property
    def subjects(self) -> set[str]:
        """The kinds of what the events of this transaction are about."""
        return {row["subject_kind"] for row in self._events}

    def finish(self) -> None:
        """Flush rows, then append the events: the last statements before the commit."""
        self.session.flush()
        changed = changes.taken(self.session)
        if self._events:
            came = self._tell_context(changed)
            if remember := personal.seal(self.session, self._events, came, self.actor.user_id, self.now):
                self.after_commit(remember)
            self.session.enter(self.actor.workspace_id)
            events.append(self.session, self._events)

    def _tell_context(self, changed: Mapping[UUID, changes.Changes]) -> dict[str, Any]:
        """Complete the events by where they come from, and by what they changed; return where they come from."""
        caller = self._caller() if self._caller else None
        if caller is None and not changed:
            return {}
        came = {} if caller is None else caller.told()
        if came and self.actor.session_id:
            came["session"] = str(self.actor.session_id)
        if came and self.actor.key_id:
            came["key"] = str(self.actor.key_id)
        for row in self._events:
            known = {"from": came, "changes": changed.get(row["subject_id"])}
            row["request_id"] = caller.request_id if caller else None
            row["context"] = {name: value for name, value in known.items() if value} or None
        return came
