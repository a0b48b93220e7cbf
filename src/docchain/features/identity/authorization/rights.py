"""What a member may do in a workspace: role, grants and restrictions, put together each time somebody is let in."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from docchain.features.identity import domain
from docchain.features.identity.authorization.catalogue import CATALOGUE, GIVEN_BY, actions_of
from docchain.features.identity.authorization.errors import BeyondYourOwn, LastOwner, NoSuchRole
from docchain.features.identity.authorization.repository import RightsRepository
from docchain.features.identity.authorization.tables import GrantRow, RoleRow
from docchain.platform.reach import Bar, Reach
from docchain.platform.work import Actor, Work


@dataclass(frozen=True, slots=True)
class RoleRights:
    """What a role may do, and what it is not shown."""

    permissions: frozenset[str]
    hidden: frozenset[str] = frozenset()


_NONE: Final = RoleRights(frozenset())


class Rights:
    """Works in any transaction, for the workspace that is named.

    Args:
        giver: who gives, if it is not whoever acts.
    """

    def __init__(self, work: Work, giver: Actor | None = None) -> None:
        self._work = work
        self._giver = giver or work.actor
        self._rows = RightsRepository(work.session)

    def actor(self, user_id: UUID, name: str, workspace_id: UUID, role: str) -> Actor:
        """The member as they may act now."""
        rights = self.of_role(workspace_id, role) or _NONE
        return Actor(
            user_id,
            name,
            workspace_id,
            frozenset({role}),
            rights.permissions,
            reach=self.reach(user_id, workspace_id, role),
            hidden=rights.hidden,
        )

    def of_role(self, workspace_id: UUID, role: str) -> RoleRights | None:
        """A built-in role, or one of the workspace; None if there is no such role."""
        return rights_of(role, None if role in domain.PERMISSIONS else self._rows.role_in(workspace_id, role))

    def reach(self, user_id: UUID, workspace_id: UUID, role: str) -> Reach:
        """Owners reach everything, so that nothing is ever out of everybody's reach."""
        found = self._rows.grants_to(workspace_id, user_id, role)
        return reach_of(role, found, () if role == domain.OWNER else self._rows.restrictions(workspace_id))

    def check_may_give(self, role: str) -> None:
        """Refuse to give somebody a role that may what the actor may not.

        Raises:
            NoSuchRole: the workspace has no such role.
            BeyondYourOwn: nobody gives what they do not have.
        """
        actor = self._giver
        rights = self.of_role(self._work.workspace_id, role)
        if rights is None:
            raise NoSuchRole(role)
        self.check_has(rights.permissions)
        if role == domain.OWNER and not actor.is_system and domain.OWNER not in actor.roles:
            raise BeyondYourOwn([domain.OWNER])
        if not actor.hidden <= rights.hidden:
            raise BeyondYourOwn(sorted(actor.hidden - rights.hidden))

    def check_has(self, permissions: frozenset[str]) -> None:
        """Refuse to hand on what the actor does not have."""
        lacking = [name for name in sorted(permissions) if not self._giver.may(name)]
        if lacking:
            raise BeyondYourOwn(lacking)

    def check_owner_stays(self, role_now: str) -> None:
        """Refuse to take the role from the last owner, or to remove them."""
        if role_now == domain.OWNER and self._rows.members_with(self._work.workspace_id, domain.OWNER) <= 1:
            raise LastOwner


def rights_of(role: str, made_up: RoleRow | None) -> RoleRights | None:
    """Those of a built-in role, or of one that the workspace made up; None if there is no such role."""
    if role in domain.PERMISSIONS:
        return RoleRights(domain.permissions_of(role))
    if made_up is None:
        return None
    return RoleRights(frozenset(made_up.permissions) & CATALOGUE.keys(), frozenset(made_up.hidden))


def reach_of(role: str, grants: Iterable[GrantRow], restrictions: Iterable[tuple[str, UUID]]) -> Reach:
    """How far somebody of a role reaches with these grants."""
    done: frozenset[Bar] = frozenset((action, row.kind, row.thing_id) for row in grants for action in row.actions)
    granted = frozenset(
        (permission, kind, thing) for action, kind, thing in done for permission in GIVEN_BY.get((kind, action), ())
    )
    if role == domain.OWNER:
        return Reach(granted=granted)
    barred = ((action, kind, thing) for kind, thing in restrictions for action in actions_of(kind))
    return Reach(frozenset(barred) - done, granted)
