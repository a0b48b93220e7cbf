"""What people who are not here may do now: something made by their right asks, so that it ends with the right."""

from collections.abc import Collection, Iterable
from uuid import UUID

from docchain.features.identity import domain
from docchain.features.identity.authorization.repository import RightsRepository
from docchain.features.identity.authorization.rights import reach_of, rights_of
from docchain.features.identity.authorization.standing_repository import StandingRepository
from docchain.features.identity.keys.narrowing import narrowed
from docchain.platform.work import Actor, Work

Maker = tuple[UUID, UUID | None]
"""A user, and the key that acted for them, if one did."""


class Standing:
    """Asks a few times, for however many makers."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._rows = StandingRepository(work.session)

    def of(self, makers: Collection[Maker]) -> dict[Maker, Actor]:
        """As whom they may act in this workspace; not there: who is disabled or no member, or whose key ended."""
        here = self._work.workspace_id
        members = self._rows.members(here, {user for user, _ in makers}) if makers else {}
        keys = {key for _, key in makers if key}
        rows = self._rows.open_keys(keys, self._work.now) if keys else {}
        actors = self._actors(here, members) if members else {}
        return {
            (user, key): actors[user] if key is None else narrowed(actors[user], rows[key])
            for user, key in makers
            if user in actors and (key is None or key in rows)
        }

    def _actors(self, here: UUID, members: dict[UUID, tuple[str, str]]) -> dict[UUID, Actor]:
        named = {role for _, role in members.values()}
        own = self._rows.roles(here, made_up) if (made_up := named - domain.PERMISSIONS.keys()) else {}
        granted = self._rows.grants(here, members, named)
        restrictions = RightsRepository(self._work.session).restrictions(here)
        found = {}
        for user, (username, role) in members.items():
            theirs = (row for row in granted if _is_for(row.subject_kind, row.subject, user, role))
            rights = rights_of(role, own.get(role))
            reach = reach_of(role, theirs, restrictions)
            permissions = frozenset[str]() if rights is None else rights.permissions
            found[user] = Actor(user, username, here, frozenset({role}), permissions, reach=reach)
        return found


def may_there(actor: Actor, permission: str, things: Iterable[UUID]) -> bool:
    """Whether they have a permission for what is filed under some things, by their role or by a grant on one."""
    granted = {thing for _, thing in actor.reach.things_for(permission)}
    return actor.may(permission) or any(thing in granted for thing in things)


def _is_for(kind: str, subject: str, user: UUID, role: str) -> bool:
    return subject == (role if kind == "role" else str(user))
