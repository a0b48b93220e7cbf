"""Roles of a workspace: made, changed and removed by whoever has at least what the role has."""

from collections.abc import Sequence
from typing import Final

from docchain.features.identity import domain
from docchain.features.identity.authorization.catalogue import CATALOGUE
from docchain.features.identity.authorization.errors import (
    BeyondYourOwn,
    BuiltInRole,
    NoSuchRole,
    RoleChanged,
    RoleInUse,
    RoleTaken,
    UnknownPermissions,
)
from docchain.features.identity.authorization.repository import RightsRepository
from docchain.features.identity.authorization.rights import Rights
from docchain.features.identity.authorization.schemas import PermissionShown, Role, RoleChange, RoleRequest
from docchain.features.identity.authorization.tables import RoleRow
from docchain.platform.ids import new_id
from docchain.platform.preconditions import Expected
from docchain.platform.work import Work

_KIND: Final = "role"
_SAID: Final = {
    "owner": "May everything, and is never shut out",
    "admin": "May everything but make owners",
    "editor": "Builds and runs workflows, keeps documents",
    "operator": "Runs workflows and looks after runs, changes none",
    "reviewer": "Answers approvals and files documents",
    "auditor": "Sees everything, the audit log too, and changes nothing",
    "viewer": "Sees workflows, runs and documents",
}


class RoleService:
    def __init__(self, work: Work) -> None:
        self._work = work
        self._rows = RightsRepository(work.session)
        self._rights = Rights(work)

    def permissions(self) -> Sequence[PermissionShown]:
        """The catalogue."""
        return [
            PermissionShown(
                name=name,
                description=said._asdict(),
                roles=[role for role, has in domain.PERMISSIONS.items() if name in has],
                yours=self._work.actor.may(name),
            )
            for name, said in CATALOGUE.items()
        ]

    def list(self) -> Sequence[Role]:
        """Those that are built in, then the workspace's own."""
        built_in = [self._built_in(name) for name in domain.PERMISSIONS]
        return [*built_in, *(self._shown(row) for row in self._rows.roles())]

    def read(self, name: str) -> Role:
        return self._built_in(name) if name in domain.PERMISSIONS else self._shown(self._find(name))

    def create(self, wanted: RoleRequest) -> Role:
        if wanted.name in domain.PERMISSIONS or self._rows.role(wanted.name) is not None:
            raise RoleTaken(f"There is a role {wanted.name}.", hint="Choose another name, or change that one.")
        self._check(wanted.permissions, wanted.hidden)
        row = RoleRow(
            id=new_id(),
            name=wanted.name,
            description=wanted.description,
            permissions=sorted(set(wanted.permissions)),
            hidden=sorted(set(wanted.hidden)),
            revision=1,
            created_at=self._work.now,
            created_by=self._work.actor.name,
        )
        self._rows.add(row)
        self._emit("created", row)
        return self._shown(row)

    def replace(self, name: str, wanted: RoleChange, expected: Expected) -> Role:
        """All who have it have what it is now with their next request."""
        row = self._find(name, to_change=True)
        expected.check(row.revision, RoleChanged(hint="Read it again."))
        self._check(row.permissions, row.hidden)
        self._check(wanted.permissions, wanted.hidden)
        row.description, row.revision = wanted.description, row.revision + 1
        row.permissions, row.hidden = sorted(set(wanted.permissions)), sorted(set(wanted.hidden))
        self._emit("changed", row)
        return self._shown(row)

    def delete(self, name: str, expected: Expected) -> None:
        row = self._find(name, to_change=True)
        expected.check(row.revision, RoleChanged(hint="Read it again."))
        self._check(row.permissions, row.hidden)
        if self._members(name) or self._rows.is_role_used(name):
            raise RoleInUse(name)
        self._rows.drop(row)
        self._emit("deleted", row)

    def _check(self, permissions: Sequence[str], hidden: Sequence[str]) -> None:
        """Nobody makes, changes or removes a role that may, or sees, more than they do."""
        unknown = sorted(set(permissions) - CATALOGUE.keys())
        if unknown:
            raise UnknownPermissions(unknown)
        self._rights.check_has(frozenset(permissions))
        unseen = self._work.actor.hidden - set(hidden)
        if unseen:
            raise BeyondYourOwn(sorted(unseen))

    def _find(self, name: str, *, to_change: bool = False) -> RoleRow:
        if name in domain.PERMISSIONS:
            raise BuiltInRole(name)
        row = self._rows.role(name, to_change=to_change)
        if row is None:
            raise NoSuchRole(name)
        return row

    def _emit(self, what: str, row: RoleRow) -> None:
        told = {"role": row.name, "workspace_id": str(self._work.workspace_id), "permissions": row.permissions}
        self._work.emit(f"role.{what}", _KIND, row.id, {**told, "hidden": row.hidden})

    def _members(self, name: str) -> int:
        return self._rows.members_with(self._work.workspace_id, name)

    def _built_in(self, name: str) -> Role:
        return Role(
            name=name,
            description=_SAID[name],
            permissions=sorted(domain.PERMISSIONS[name]),
            hidden=[],
            built_in=True,
            revision=1,
            members=self._members(name),
        )

    def _shown(self, row: RoleRow) -> Role:
        return Role(
            name=row.name,
            description=row.description,
            permissions=row.permissions,
            hidden=row.hidden,
            built_in=False,
            revision=row.revision,
            members=self._members(row.name),
        )
