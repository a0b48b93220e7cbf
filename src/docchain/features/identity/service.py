"""Users, memberships and sessions in one transaction; passwords arrive here already hashed or verified."""

import secrets
from collections.abc import Collection, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from docchain.features.identity import domain
from docchain.features.identity.authorization.rights import Rights
from docchain.features.identity.errors import BadRefreshToken, NoSuchWorkspace, NotAMember, SessionEnded, UsernameTaken
from docchain.features.identity.repository import IdentityRepository, Membership
from docchain.features.identity.schemas import Me, Registration, User, Workspace
from docchain.features.identity.sessions.opening import Opening
from docchain.features.identity.sessions.repository import SessionRepository
from docchain.features.identity.sessions.service import SessionService
from docchain.features.identity.tables import MembershipRow, RefreshTokenRow, SessionRow, UserRow, WorkspaceRow
from docchain.platform.ids import new_id
from docchain.platform.web.session_cookie import cookie_digest
from docchain.platform.work import Actor, Work

SignedInRows = tuple[UserRow, SessionRow]
_TOKEN_BYTES = 32
REFRESH_PREFIX = "dcr_"
NOBODYS_HASH = "$argon2id$v=19$m=65536,t=3,p=1$ktPLJu+z8OGVvZuuQR5rQw$h7BlIdpxvBvl0JToqsW/Ga3HyT+Ab7phBnX/0S+ybqE"
"""Of random bytes that were thrown away, made as `Passwords` makes them; no password matches it."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a sign-in or a refresh hands out."""

    user: User
    workspace: Workspace | None
    """Where they are a member for longest; there may be none."""
    session_id: UUID
    refresh_token: str
    until: datetime | None


class IdentityService:
    """Takes a work of the system."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._rows = IdentityRepository(work.session)
        self._sessions = SessionRepository(work.session)

    def is_empty(self) -> bool:
        return not self._rows.has_users()

    def password_hash(self, username: str) -> tuple[UUID | None, str]:
        """Return the user and what to verify against; for who has none a hash of nothing, so that it takes as long."""
        user = self._rows.user_by_key(domain.username_key(username))
        if user and not user.disabled and user.password_hash:
            return user.id, user.password_hash
        return None, NOBODYS_HASH

    def hash_of(self, user_id: UUID) -> str:
        """What the password of a user is verified against; of nobody's, for who is not there any more."""
        user = self._rows.user(user_id)
        return NOBODYS_HASH if user is None or user.disabled else user.password_hash

    def renew_hash(self, user_id: UUID, old: str, new: str) -> bool:
        """Keep another hash of the same password, unless the password is another by now."""
        user = self._rows.user(user_id)
        if user is None or user.password_hash != old:
            return False
        user.password_hash = new
        return True

    def add_user(self, registration: Registration, password_hash: str, *, installation_admin: bool = False) -> UUID:
        key = domain.username_key(registration.username)
        if self._rows.user_by_key(key):
            raise UsernameTaken(hint="Choose another one, or sign in.")
        row = UserRow(
            id=new_id(),
            username=registration.username,
            username_key=key,
            name=registration.name or registration.username,
            email=registration.email,
            password_hash=password_hash,
            disabled=False,
            created_at=self._work.now,
            installation_admin=installation_admin,
        )
        self._rows.add(row)
        self._work.emit("user.created", "user", row.id, {"username": row.username})
        return row.id

    def made_by(self, key: UUID) -> str | None:
        """The digest of the registration with this key, if whom it made is still there."""
        row = self._rows.registration(key)
        user = None if row is None or row.answer is None else self._rows.user(UUID(row.answer["user"]))
        return None if row is None or user is None else row.request

    def add_workspace(self, slug: str, name: str, owner: UUID) -> UUID:
        """Create a workspace; a slug that is taken gets a number."""
        free, number = slug, 1
        while self._rows.workspace_by_slug(free):
            number += 1
            free = f"{slug}-{number}"
        row = WorkspaceRow(id=new_id(), slug=free, name=name, created_at=self._work.now)
        self._rows.add(row)
        self._work.emit("workspace.created", "workspace", row.id, {"slug": row.slug})
        self.add_member(row.id, owner, domain.OWNER)
        return row.id

    def add_member(self, workspace_id: UUID, user_id: UUID, role: str) -> None:
        self._rows.add(MembershipRow(user_id=user_id, workspace_id=workspace_id, role=role, created_at=self._work.now))
        told = {"workspace_id": str(workspace_id), "role": role}
        with self._work.inside(workspace_id):
            self._work.emit("membership.added", "membership", user_id, told)

    def open_session(self, user_id: UUID, opening: Opening) -> Grant:
        """Begin a session; a browser's has its cookie, any other a refresh token."""
        now, lasts = self._work.now, opening.lifetimes
        session = SessionRow(
            id=new_id(),
            user_id=user_id,
            created_at=now,
            ended_at=None,
            method=opening.method,
            verified_at=opening.verified_at(now),
            device=opening.device,
            address=opening.address,
            seen_at=now,
            expires_at=now + lasts.absolute,
            idle_until=now + lasts.idle if opening.cookie else None,
            cookie_hash=opening.cookie,
        )
        self._rows.add(session)
        grant = self._grant(session.id, None if opening.cookie else lasts.refresh)
        told = {"user_id": str(user_id), "method": opening.method, "device": opening.device}
        with self._work.inside(grant.workspace.id) if grant.workspace else nullcontext():
            self._work.emit("session.started", "session", session.id, told)
        return grant

    def refresh(self, token: str, lifetime: timedelta) -> Grant | None:
        """Exchange a refresh token; one that was used before ends its session and yields nothing.

        That must be committed, so it is told by the result, not by an exception.
        """
        row = self._rows.refresh_token(digest(token))
        if row is None:
            raise BadRefreshToken(hint="Sign in again.")
        if row.expires_at <= self._work.now:
            raise SessionEnded(hint="Sign in again.")
        sessions = SessionService(self._work)
        if not self._rows.rotate(row.token_hash, self._work.now):
            sessions.end(row.session_id, "session.token_reused")
            return None
        sessions.touch(row.session_id, lifetime)
        return self._grant(row.session_id, lifetime)

    def actor(self, session_id: UUID, slug: str | None) -> Actor:
        """Return who acts in a session, in the workspace that was named or the user's first; until it is over."""
        return self._acting(self._sessions.signed_in(session_id, self._work.now), slug)

    def actor_of_cookie(self, cookie: str, slug: str | None) -> Actor:
        """The same, by the cookie of a browser."""
        return self._acting(self._sessions.by_cookie(cookie_digest(cookie), self._work.now), slug)

    def person(self, session_id: UUID) -> Actor:
        """The same wherever they are a member, if anywhere: nobody's member, so with no permission at all."""
        found = self._sessions.signed_in(session_id, self._work.now)
        if found is None:
            raise SessionEnded(hint="Sign in again.")
        user, session = found
        given = domain.INSTALLATION if user.installation_admin else frozenset[str]()
        until = _end_of(session)
        actor = Actor(user.id, user.username, None, permissions=given, session_id=session.id, until=until)
        return replace(actor, method=session.method, verified_at=session.verified_at)

    def member(self, username: str, slug: str) -> Actor:
        """Return a user as actor in a workspace, for doors without a sign-in such as the command line."""
        user = self._rows.user_by_key(domain.username_key(username))
        if user is None:
            raise NotAMember(f"There is no user {username}.")
        workspace, role = _choose(self._rows.memberships(user.id), slug)
        return Rights(self._work).actor(user.id, user.username, workspace.id, role)

    def operator(self, slug: str) -> Actor:
        """Whoever runs this installation, in any workspace: its user there if it has one, else the system."""
        workspace = self._rows.workspace_by_slug(slug)
        if workspace is None:
            raise NoSuchWorkspace(slug)
        user = self._rows.user_by_key(domain.username_key(domain.FIRST_USER))
        member = user is not None and any(place.id == workspace.id for place, _ in self._rows.memberships(user.id))
        return self.member(domain.FIRST_USER, slug) if member else Actor(None, "system", workspace.id)

    def colleague(self, reference: str) -> tuple[UUID, str] | None:
        """The id and username of a member of this workspace, by either of them."""
        user = self._rows.member_of(self._work.workspace_id, reference, domain.username_key(reference))
        return None if user is None else (user.id, user.username)

    def names(self, ids: Collection[UUID]) -> dict[UUID, str]:
        """The usernames of users, by their ids."""
        return self._rows.names(ids) if ids else {}

    def ids_of(self, usernames: Collection[str]) -> dict[str, UUID]:
        """The users that there are, by the names as they were given."""
        keys = {name: domain.username_key(name) for name in usernames}
        known = self._rows.ids_of(set(keys.values())) if keys else {}
        return {name: known[key] for name, key in keys.items() if key in known}

    def first_workspaces(self, ids: Collection[UUID]) -> dict[UUID, UUID]:
        """The workspaces that users act in, if they name none."""
        return self._rows.first_workspaces(ids) if ids else {}

    def workspace_id(self, slug: str) -> UUID | None:
        workspace = self._rows.workspace_by_slug(slug)
        return None if workspace is None else workspace.id

    def me(self, actor: Actor) -> Me:
        user = self._rows.user(actor.user_id) if actor.user_id else None
        if user is None:
            raise SessionEnded(hint="Sign in again.")
        workspaces = [_workspace(*membership) for membership in self._rows.memberships(user.id)]
        here = next(workspace for workspace in workspaces if workspace.id == actor.workspace_id)
        return Me(user=_user(user), workspace=here, permissions=sorted(actor.permissions), workspaces=workspaces)

    def _acting(self, found: SignedInRows | None, slug: str | None) -> Actor:
        if found is None:
            raise SessionEnded(hint="Sign in again.")
        user, session = found
        workspace, role = _choose(self._rows.memberships(user.id), slug)
        actor = Rights(self._work).actor(user.id, user.username, workspace.id, role)
        return replace(
            actor,
            permissions=actor.permissions | domain.INSTALLATION if user.installation_admin else actor.permissions,
            session_id=session.id,
            until=_end_of(session),
            method=session.method,
            verified_at=session.verified_at,
        )

    def _grant(self, session_id: UUID, lifetime: timedelta | None) -> Grant:
        found = self._sessions.signed_in(session_id, self._work.now)
        if found is None:
            raise SessionEnded(hint="Sign in again.")
        user, session = found
        workspace = next((_workspace(*place) for place in self._rows.memberships(user.id)), None)
        if lifetime is None:
            return Grant(_user(user), workspace, session_id, "", _end_of(session))
        token = REFRESH_PREFIX + secrets.token_urlsafe(_TOKEN_BYTES)
        self._rows.add(_refresh_token(token, session_id, self._work.now + lifetime))
        return Grant(_user(user), workspace, session_id, token, _end_of(session))


def _end_of(session: SessionRow) -> datetime | None:
    ends = [moment for moment in (session.expires_at, session.idle_until) if moment]
    return min(ends, default=None)


def digest(token: str) -> str:
    """Return what is kept of a refresh token; it is random, so a fast hash is safe."""
    return sha256(token.encode()).hexdigest()


def _refresh_token(token: str, session_id: UUID, expires: datetime) -> RefreshTokenRow:
    return RefreshTokenRow(token_hash=digest(token), session_id=session_id, expires_at=expires, rotated_at=None)


def _choose(memberships: Sequence[Membership], slug: str | None) -> Membership:
    for membership in memberships:
        if slug is None or membership[0].slug == slug:
            return membership
    if slug is None:
        raise NotAMember(
            "You are a member of no workspace.", hint="GET /api/v3/auth/invitations lists who invites you."
        )
    raise NotAMember(f"You are no member of a workspace {slug}.", hint="GET /api/v3/auth/me lists yours.")


def _user(row: UserRow) -> User:
    return User(id=row.id, username=row.username, name=row.name, email=row.email)


def _workspace(row: WorkspaceRow, role: str) -> Workspace:
    return Workspace(id=row.id, slug=row.slug, name=row.name, role=role)
