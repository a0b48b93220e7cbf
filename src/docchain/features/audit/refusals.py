"""Refusals become entries: equal ones are counted, so that a flood of them stays small."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final, NamedTuple
from uuid import UUID

import structlog

from docchain.features.identity import IdentityService
from docchain.platform.database import Database
from docchain.platform.errors import Refusal
from docchain.platform.ids import new_id
from docchain.platform.provenance import Caller, caller_of
from docchain.platform.web.door import ACTOR
from docchain.platform.web.problems import REQUEST_ID
from docchain.platform.work import SYSTEM, Actor, Work

log = structlog.get_logger(__name__)
_TYPES: Final = {
    401: "security.credentials_refused",
    403: "security.access_refused",
    422: "security.input_refused",
    429: "security.rate_limited",
}
_SIGN_IN: Final = {"wrong_credentials": "session.sign_in_failed", "too_many_attempts": "session.sign_in_limited"}
_KIND: Final = "security"
_ANYBODY: Final = "anonymous"
_LONGEST_PAUSE: Final = 60.0


class _Key(NamedTuple):
    """What makes two refusals equal."""

    type: str
    code: str
    operation: str
    address: str
    user: UUID | None
    workspace: UUID | None
    named: str


@dataclass(slots=True)
class _Count:
    count: int
    first: datetime
    last: datetime
    caller: Caller


class Refusals:
    """Counts in memory and writes now and then; a process that is killed takes the last seconds with it.

    Args:
        database: where entries go.
        every: seconds over which equal ones are one entry.
        kinds: how many different ones are told apart in that time.
    """

    def __init__(self, database: Database, every: float, kinds: int) -> None:
        self._database = database
        self._every = every
        self._kinds = kinds
        self._counts: dict[_Key, _Count] = {}

    def note(self, scope: Mapping[str, Any], refusal: Refusal) -> None:
        """Count a refusal that is being answered; those with other states are nobody's business here."""
        type_ = _SIGN_IN.get(refusal.code) or _TYPES.get(refusal.status)
        if type_ is None:
            return
        caller = caller_of(scope, scope.get(REQUEST_ID, ""))
        key, now = _key(type_, scope, refusal, caller), self._database.clock.now()
        if key not in self._counts and len(self._counts) >= self._kinds:
            key = _Key(type_, "others", "", "", None, None, "")
        found = self._counts.get(key)
        if found is None:
            self._counts[key] = _Count(1, now, now, caller)
        else:
            found.count, found.last = found.count + 1, now

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Write while the process lives, and once more at its end."""
        task = asyncio.create_task(self._run(), name="audit-refusals")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self.flush()

    async def flush(self) -> None:
        """Write what was counted."""
        counts, self._counts = self._counts, {}
        if not counts:
            return
        try:
            await self._database.write(lambda work: _write(work, counts), SYSTEM)
        except BaseException:
            for key, count in list(counts.items())[: self._kinds - len(self._counts)]:
                self._counts.setdefault(key, count)
            raise

    async def _run(self) -> None:
        pause = self._every
        while True:
            await asyncio.sleep(pause)
            try:
                await self.flush()
                pause = self._every
            except Exception:
                pause = min(pause * 2, _LONGEST_PAUSE)
                log.exception("audit_refusals_not_written", retry_in=pause)


def _key(type_: str, scope: Mapping[str, Any], refusal: Refusal, caller: Caller) -> _Key:
    actor: Actor | None = scope.get(ACTOR)
    operation = _operation(scope)
    named = getattr(refusal, "named", "")
    if actor is None:
        return _Key(type_, refusal.code, operation, caller.address, None, None, named)
    return _Key(type_, refusal.code, operation, caller.address, actor.user_id, actor.workspace_id, named)


def _operation(scope: Mapping[str, Any]) -> str:
    """The method and the form of the address: what stands in it for names and ids would make every call another."""
    names = {str(value): f"{{{name}}}" for name, value in scope.get("path_params", {}).items()}
    return f"{scope.get('method', 'GET')} {'/'.join(names.get(part, part) for part in scope['path'].split('/'))}"[:200]


def _write(work: Work, counts: Mapping[_Key, _Count]) -> None:
    """Failed sign-ins of a user are told in the workspace that they would have come to."""
    identity = IdentityService(work)
    users = identity.ids_of({key.named for key in counts if key.named})
    homes = identity.first_workspaces(set(users.values()))
    rows = []
    for key, count in counts.items():
        user = key.user or users.get(key.named)
        workspace = key.workspace or (homes.get(user) if user else None)
        rows.append(_row(key, count, user, workspace))
    work.emit_many(rows)


def _row(key: _Key, count: _Count, user: UUID | None, workspace: UUID | None) -> dict[str, Any]:
    named = "" if user or not key.named else f"sha256:{sha256(key.named.encode()).hexdigest()[:16]}"
    told = {
        "count": count.count,
        "code": key.code,
        "operation": key.operation,
        "first_at": count.first.isoformat(),
        "last_at": count.last.isoformat(),
        "named": named,
    }
    return {
        "id": new_id(),
        "workspace_id": workspace,
        "type": key.type,
        "subject_kind": _KIND,
        "subject_id": user,
        "actor": _ANYBODY if key.user is None else str(key.user),
        "at": count.last,
        "data": {name: value for name, value in told.items() if value},
        "request_id": count.caller.request_id,
        "context": {"from": count.caller.told()},
    }
