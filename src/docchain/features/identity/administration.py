"""Administration of users by whoever runs the installation: listed, added, shut out; takes a work of the system."""

from uuid import UUID

from docchain.features.identity import domain
from docchain.features.identity.errors import LastAdministrator, NoSuchUser, NoSuchWorkspace
from docchain.features.identity.repository import IdentityRepository
from docchain.features.identity.schemas import Registration, User, Workspace
from docchain.features.identity.service import IdentityService
from docchain.features.identity.tables import UserRow
from docchain.features.identity.user_repository import UserRepository
from docchain.platform.work import Work


class KnownUser(User):
    """A user with the workspaces that they are a member of."""

    disabled: bool
    workspaces: list[Workspace]


class UserAdministration:
    def __init__(self, work: Work) -> None:
        self._work = work
        self._identity = IdentityService(work)
        self._rows = IdentityRepository(work.session)
        self._users = UserRepository(work.session)

    def list(self) -> "list[KnownUser]":
        """All users, by name."""
        return [
            _shown(row, [Workspace(id=place.id, slug=place.slug, name=place.name, role=role) for place, role in places])
            for row, places in self._users.all()
        ]

    def add(self, registration: Registration, password_hash: str, workspace: str, role: str) -> KnownUser:
        place = self._rows.workspace_by_slug(workspace)
        if place is None:
            raise NoSuchWorkspace(workspace)
        user_id = self._identity.add_user(registration, password_hash)
        self._identity.add_member(place.id, user_id, role)
        return self._one(user_id)

    def set_password(self, username: str, password_hash: str) -> KnownUser:
        """All sessions of the user end."""
        row = self._find(username)
        row.password_hash = password_hash
        self._work.emit("user.password_set", "user", row.id, {"username": row.username})
        return self._signed_out(row)

    def disable(self, username: str) -> KnownUser:
        row = self._find(username)
        if row.username_key == domain.username_key(domain.FIRST_USER):
            raise LastAdministrator(row.username)
        if not row.disabled:
            row.disabled = True
            self._work.emit("user.disabled", "user", row.id, {"username": row.username})
        return self._signed_out(row)

    def enable(self, username: str) -> KnownUser:
        row = self._find(username)
        if row.disabled:
            row.disabled = False
            self._work.emit("user.enabled", "user", row.id, {"username": row.username})
        return self._one(row.id)

    def _signed_out(self, row: UserRow) -> KnownUser:
        for session_id in self._users.end_sessions(row.id, self._work.now):
            self._work.emit("session.ended", "session", session_id)
        return self._one(row.id)

    def _find(self, username: str) -> UserRow:
        row = self._rows.user_by_key(domain.username_key(username))
        if row is None:
            raise NoSuchUser(username)
        return row

    def _one(self, user_id: UUID) -> KnownUser:
        row = self._rows.user(user_id)
        assert row is not None  # noqa: S101 - found or made in this transaction
        places = self._rows.memberships(user_id)
        return _shown(
            row, [Workspace(id=place.id, slug=place.slug, name=place.name, role=role) for place, role in places]
        )


def _shown(row: UserRow, places: list[Workspace]) -> KnownUser:
    return KnownUser(
        id=row.id, username=row.username, name=row.name, email=row.email, disabled=row.disabled, workspaces=places
    )
