"""Where a socket listens: it joins what its user may read, and hears what it missed there before it goes live."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal
from uuid import UUID

from docchain.features.realtime import domain, messages
from docchain.features.realtime.errors import BadMessage
from docchain.features.realtime.hub import Hub
from docchain.features.realtime.repository import RealtimeRepository
from docchain.features.realtime.socket import Socket
from docchain.platform.database import Database
from docchain.platform.errors import Denied
from docchain.platform.ids import Handle
from docchain.platform.work import SYSTEM, Actor, Work

Resolver = Callable[[Work, Sequence[str]], list[UUID]]
"""Finds what references name in the workspace of the work; raises NotFound."""


class Places:
    """Joins and leaves.

    Args:
        database: where what clients name is looked up.
        hub: where they listen.
        rooms: kinds of things that have a room, and how they are found.
    """

    def __init__(self, database: Database, hub: Hub, rooms: Mapping[str, Resolver]) -> None:
        self._database = database
        self._hub = hub
        self._rooms = rooms

    @property
    def number(self) -> int:
        return self._hub.feed.position

    def enter(self, socket: Socket, actor: Actor) -> None:
        """Hear what is said to the user; but who resumes hears it in its turn."""
        if socket.resumes_after is None:
            self._hub.listen(socket, _own(actor))

    async def place_of(self, actor: Actor, room: str) -> str:
        """A room as connections tell where they listen."""
        [address] = await self._named(actor, [room])
        return address.partition("/")[2]

    async def subscribe(self, socket: Socket, order: messages.Subscribe) -> None:
        actor = _actor(socket)
        workspace = _workspace(actor)
        for pattern in order.events:
            _check_pattern(pattern, actor)
        if not order.events and not order.rooms and order.after is None:
            raise BadMessage("It names nothing.", hint='Name events, such as ["run.*"], or rooms, such as ["run_1"].')
        addresses = [domain.by_pattern(workspace, pattern) for pattern in order.events]
        await self._listen(socket, order, addresses + await self._named(actor, order.rooms), order.after)

    async def join_workflow(self, socket: Socket, order: messages.JoinWorkflow) -> None:
        await self._join(socket, order, "workflow", str(order.workflow_id), order.after)

    async def join_run(self, socket: Socket, order: messages.JoinRun) -> None:
        await self._join(socket, order, "run", str(order.run_id), order.after)

    async def join(self, socket: Socket, order: messages.Join) -> None:
        await self._listen(socket, order, await self._named(_actor(socket), [order.room]), order.after)

    async def leave(self, socket: Socket, order: messages.Leave) -> messages.Told:
        actor = _actor(socket)
        leaving = [domain.by_pattern(_workspace(actor), order.event)] if order.event else []
        if order.room:
            leaving += await self._named(actor, [order.room])
        if not order.event and not order.room:
            leaving = [*socket.addresses.keys() - set(_own(actor))]
        self._hub.leave(socket, leaving)
        return messages.Ok(id=order.id, order="leave")

    async def _join(self, socket: Socket, order: messages.Order, kind: str, reference: str, after: int | None) -> None:
        actor = _actor(socket)
        await self._listen(socket, order, await self._found(actor, kind, [reference]), after)

    async def _named(self, actor: Actor, rooms: Sequence[str]) -> list[str]:
        """Handles of what has a room name that; every other name is a room that people agreed on."""
        by_kind: dict[str, list[str]] = {}
        addresses = []
        for room in rooms:
            handle = Handle.parse(room)
            if handle is not None and handle.kind in self._rooms:
                by_kind.setdefault(handle.kind, []).append(room)
            else:
                addresses.append(domain.by_room(_workspace(actor), room))
        for kind, references in by_kind.items():
            addresses += await self._found(actor, kind, references)
        return addresses

    async def _found(self, actor: Actor, kind: str, references: Sequence[str]) -> list[str]:
        _require(actor, kind)
        found = await self._database.read(lambda work: self._rooms[kind](work, references), actor)
        return [domain.by_subject(_workspace(actor), kind, subject_id) for subject_id in found]

    async def _listen(self, socket: Socket, order: messages.Order, addresses: Sequence[str], after: int | None) -> None:
        """Acknowledge, then tell what was missed; a resume brings what was said to the user, too."""
        kind = getattr(order, "type", "")
        after, socket.resumes_after = (socket.resumes_after if after is None else after), None
        if after is None:
            self._hub.listen(socket, addresses)
            socket.answer(messages.Ok(id=order.id, order=kind, number=self.number))
            return
        begin = await self._beginning(after)
        own = _own(_actor(socket))
        socket.answer(messages.Ok(id=order.id, order=kind, number=begin))
        if begin != after:
            reason: Literal["removed", "ahead"] = "ahead" if begin < after else "removed"
            socket.answer(messages.Gap(id=order.id, after=after, number=begin, reason=reason))
        number = await self._hub.catch_up(socket, dict.fromkeys([*own, *addresses], begin))
        socket.answer(messages.CaughtUp(id=order.id, number=number))

    async def _beginning(self, after: int) -> int:
        """From where on everything is known: retention may have removed events, a restored database lacks some."""
        if not await self._hub.reaches(after):
            return self.number
        oldest = await self._database.read(lambda work: RealtimeRepository(work.session).oldest_event(), SYSTEM)
        return max(after, oldest - 1)


def _own(actor: Actor) -> tuple[str, str]:
    """Where every socket of a user listens."""
    workspace = _workspace(actor)
    return domain.by_user(workspace, str(actor.user_id)), domain.by_everybody(workspace)


def _actor(socket: Socket) -> Actor:
    assert socket.actor is not None  # noqa: S101 - nobody else's orders come this far
    return socket.actor


def _workspace(actor: Actor) -> UUID:
    assert actor.workspace_id is not None  # noqa: S101 - who signs in acts in one
    return actor.workspace_id


def _check_pattern(pattern: str, actor: Actor) -> None:
    if not domain.is_pattern(pattern):
        raise BadMessage(f"{pattern!r} names no events.", hint="Write `*`, `run.finished` or `run.*`.")
    if pattern != "*":
        _require(actor, domain.family_of(pattern))


def _require(actor: Actor, family: str) -> None:
    needed = domain.permission_of(family)
    if needed is not None and not actor.may(needed):
        raise Denied(f"This needs the permission {needed} in the workspace.")
