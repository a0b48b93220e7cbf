"""Administration of users by whoever looks after the installation; takes a work of the system."""

from uuid import UUID

from pydantic import SecretStr

from docchain.features.identity import domain
from docchain.features.identity.accounts.forgetting_repository import forget
from docchain.features.identity.accounts.links import OneTimeLinks
from docchain.features.identity.errors import LastAdministrator, NoSuchUser, NoSuchWorkspace
from docchain.features.identity.factors.repository import FactorRepository
from docchain.features.identity.installation.errors import LastInstallationAdmin, OwnsWorkspaces
from docchain.features.identity.installation.repository import InstallationRepository
from docchain.features.identity.installation.schemas import KnownUser, UserChange, UserOrder, UserQuery
from docchain.features.identity.repository import IdentityRepository, Membership
from docchain.features.identity.schemas import Registration, Workspace
from docchain.features.identity.service import IdentityService
from docchain.features.identity.tables import UserRow
from docchain.features.identity.user_repository import UserRepository
from docchain.features.identity.workspaces.members import Members
from docchain.platform.ids import parse_reference
from docchain.platform.pagination import Page
from docchain.platform.wiping import wiping
from docchain.platform.work import Work

__all__ = ["KnownUser", "UserAdministration"]


class UserAdministration:
    def __init__(self, work: Work) -> None:
        self._work = work
        self._identity = IdentityService(work)
        self._rows = IdentityRepository(work.session)
        self._users = UserRepository(work.session)
        self._all = InstallationRepository(work.session)

    def list(self) -> "list[KnownUser]":
        """All users, by name."""
        return [_shown(row, places) for row, places in self._users.all()]

    def page(self, wanted: UserQuery) -> Page[KnownUser]:
        rows, cursor, total = self._all.users(wanted)
        places = self._all.places([row.id for row in rows])
        return Page(items=[_shown(row, places[row.id]) for row in rows], next_cursor=cursor, total=total)

    def read(self, reference: str) -> KnownUser:
        return self._one(self._find(reference).id)

    def id_of(self, reference: str) -> UUID:
        return self._find(reference).id

    def add(self, registration: Registration, password_hash: str, workspace: str, role: str) -> KnownUser:
        user_id = self._identity.add_user(registration, password_hash)
        self.place(str(user_id), workspace, role)
        return self._one(user_id)

    def order(self, order: UserOrder, password_hash: str) -> KnownUser:
        """The same, as it is asked for over HTTP; without a hash nobody can sign in before they set a password."""
        registration = Registration.model_construct(
            username=order.username,
            password=order.password or SecretStr(""),
            name=order.name,
            email=order.email,
            invitation=None,
        )
        user = self.add(registration, password_hash, order.workspace, order.role)
        return self.change(str(user.id), UserChange(language=order.language))

    def change(self, reference: str, change: UserChange) -> KnownUser:
        row = self._find(reference)
        changed = change.model_dump(exclude_none=True)
        changed = {name: value for name, value in changed.items() if getattr(row, name) != value}
        if changed.get("installation_admin") is False:
            self._check_other_administrator(row)
        if "email" in changed:
            row.email_verified_at = None
            OneTimeLinks(self._work).spend(row.id)
        for name, value in changed.items():
            setattr(row, name, value)
        if changed:
            self._work.emit("user.changed", "user", row.id, {"username": row.username, "fields": sorted(changed)})
        return self._one(row.id)

    def place(self, reference: str, workspace: str, role: str) -> KnownUser:
        """Give somebody a role in a workspace, as a new member or as one who is there."""
        row = self._find(reference)
        with self._work.inside(self._workspace(workspace)):
            members = Members(self._work)
            if any(place.slug == workspace for place, _ in self._rows.memberships(row.id)):
                members.change(str(row.id), role)
            else:
                members.add(str(row.id), role)
        return self._one(row.id)

    def displace(self, reference: str, workspace: str) -> None:
        row = self._find(reference)
        with self._work.inside(self._workspace(workspace)):
            Members(self._work).remove(str(row.id))

    def set_password(self, username: str, password_hash: str) -> KnownUser:
        """All sessions of the user end, and so do all links that they were sent."""
        row = self._find(username)
        row.password_hash = password_hash
        OneTimeLinks(self._work).spend(row.id)
        self._work.emit("user.password_set", "user", row.id, {"username": row.username})
        self.end_sessions(username)
        return self._one(row.id)

    def disable(self, username: str) -> KnownUser:
        row = self._find(username)
        self._check_not_first(row)
        self._check_other_administrator(row)
        if not row.disabled:
            row.disabled = True
            OneTimeLinks(self._work).spend(row.id)
            self._work.emit("user.disabled", "user", row.id, {"username": row.username})
        self.end_sessions(username)
        return self._one(row.id)

    def enable(self, username: str) -> KnownUser:
        row = self._find(username)
        if row.disabled:
            row.disabled = False
            self._work.emit("user.enabled", "user", row.id, {"username": row.username})
        return self._one(row.id)

    def end_sessions(self, reference: str) -> int:
        ended = self._users.end_sessions(self._find(reference).id, self._work.now)
        for session_id in ended:
            self._work.emit("session.ended", "session", session_id)
        return len(ended)

    def remove_factors(self, reference: str) -> None:
        """Take away the second factors of somebody who lost them; all their sessions end."""
        row = self._find(reference)
        FactorRepository(self._work.session).remove_all(row.id)
        self._work.emit("security.factors_removed", "user", row.id, {"username": row.username})
        self.end_sessions(reference)

    def delete(self, reference: str) -> None:
        """Delete a user, their keys, factors and sessions; what they did stays, under a pseudonym.

        Raises:
            LastAdministrator: the command line acts as this user.
            LastInstallationAdmin: nobody else administers the installation.
            OwnsWorkspaces: workspaces would have no owner.
        """
        row = self._find(reference)
        self._check_not_first(row)
        self._check_other_administrator(row)
        if owned := self._all.owned_alone(row.id):
            raise OwnsWorkspaces(owned)
        self.end_sessions(reference)
        self._work.emit("user.deleted", "user", row.id, {"username": row.username})
        self._work.session.flush()
        self._work.emit("user.forgotten", "membership", row.id)  # whatever was kept of answers is told anew
        with wiping(self._work):
            forget(self._work.session, row)
            self._all.delete_user(row.id)

    def _check_not_first(self, row: UserRow) -> None:
        if row.username_key == domain.username_key(domain.FIRST_USER):
            raise LastAdministrator(row.username)

    def _check_other_administrator(self, row: UserRow) -> None:
        if row.installation_admin and not row.disabled and not self._all.administrators(but=row.id):
            raise LastInstallationAdmin

    def _workspace(self, slug: str) -> UUID:
        found = self._rows.workspace_by_slug(slug)
        if found is None:
            raise NoSuchWorkspace(slug)
        return found.id

    def _find(self, reference: str) -> UserRow:
        user_id = parse_reference(reference, "user")
        row = self._rows.user(user_id) if isinstance(user_id, UUID) else None
        row = row or self._rows.user_by_key(domain.username_key(reference))
        if row is None:
            raise NoSuchUser(reference)
        return row

    def _one(self, user_id: UUID) -> KnownUser:
        row = self._rows.user(user_id)
        assert row is not None  # noqa: S101 - found or made in this transaction
        return _shown(row, self._rows.memberships(user_id))


def _shown(row: UserRow, places: list[Membership]) -> KnownUser:
    return KnownUser(
        id=row.id,
        username=row.username,
        name=row.name,
        email=row.email,
        disabled=row.disabled,
        email_confirmed=row.email_verified_at is not None,
        language=row.language,
        installation_admin=row.installation_admin,
        created_at=row.created_at,
        workspaces=[Workspace(id=place.id, slug=place.slug, name=place.name, role=role) for place, role in places],
    )
