"""Whom a provider's user is here, and what they may do, in one transaction; takes a work of the system."""

import re
import unicodedata
from typing import Any, Final
from uuid import UUID

from pydantic import SecretStr

from docchain.features.identity import domain
from docchain.features.identity.oidc.errors import NotAdmitted
from docchain.features.identity.oidc.repository import ExternalRepository
from docchain.features.identity.oidc.tables import ExternalIdentityRow
from docchain.features.identity.repository import IdentityRepository
from docchain.features.identity.schemas import Registration
from docchain.features.identity.service import IdentityService
from docchain.features.identity.tables import MembershipRow, WorkspaceRow
from docchain.features.identity.workspaces.parting import end_rights
from docchain.platform.settings_factors import OidcProvider
from docchain.platform.work import Work

Json = dict[str, Any]
_NOT_IN_NAME: Final = re.compile(r"[^\w.@+-]+")
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+")
_SHORTEST, _LONGEST = 2, 56
_LONGEST_TEXT: Final = 200


class ExternalService:
    def __init__(self, work: Work, provider: OidcProvider) -> None:
        self._work = work
        self._provider = provider
        self._rows = ExternalRepository(work.session)
        self._users = IdentityRepository(work.session)
        self._identity = IdentityService(work)

    def user_of(self, claims: Json, password_hash: str) -> UUID | None:
        """Find, link or make the user, and give them the role of their groups; None: they have none any more.

        Args:
            claims: what the provider says; its signature was checked.
            password_hash: of a password that nobody knows, for a new user.
        """
        user_id = self._known(claims) or self._linked(claims) or self._made(claims, password_hash)
        user = self._users.user(user_id)
        if user is None or user.disabled:
            raise NotAdmitted("This user is disabled here.", hint="Ask an administrator.")
        self._give_role(user_id, claims)
        return user_id if self._users.memberships(user_id) else None

    def _known(self, claims: Json) -> UUID | None:
        row = self._rows.identity(self._provider.issuer, claims["sub"])
        if row is None:
            return None
        row.used_at = self._work.now
        return row.user_id

    def _linked(self, claims: Json) -> UUID | None:
        """The user with the same address, if both sides know that it is theirs."""
        email = _email(claims)
        if not self._provider.link_by_email or email is None:
            return None
        found = self._rows.users_with(email)
        return self._bind(found[0].id, claims) if len(found) == 1 else None

    def _made(self, claims: Json, password_hash: str) -> UUID:
        if not self._provider.create_users:
            raise NotAdmitted("New users are not made by signing in.", hint="Ask an administrator for a user.")
        if self._role(claims) is None:
            raise NotAdmitted("None of your groups has a role here.", hint="Ask an administrator for one.")
        made = Registration.model_construct(
            username=self._free_name(claims),
            password=SecretStr(""),
            name=str(claims.get("name") or "")[:_LONGEST_TEXT],
            email=_email(claims),
        )
        user_id = self._identity.add_user(made, password_hash)
        user = self._users.user(user_id)
        if user is not None and user.email and self._provider.link_by_email and not self._rows.users_with(user.email):
            user.email_verified_at = self._work.now
        return self._bind(user_id, claims)

    def _bind(self, user_id: UUID, claims: Json) -> UUID:
        now = self._work.now
        self._rows.add(
            ExternalIdentityRow(
                issuer=self._provider.issuer, subject=claims["sub"], user_id=user_id, created_at=now, used_at=now
            )
        )
        self._work.emit("security.identity_linked", "user", user_id, {"provider": self._provider.id})
        return user_id

    def _free_name(self, claims: Json) -> str:
        wished = str(claims.get("preferred_username") or str(claims.get("email") or "").partition("@")[0])
        plain = unicodedata.normalize("NFKC", wished or str(claims["sub"]))
        name = _NOT_IN_NAME.sub("-", plain).strip("-")[:_LONGEST]
        name = name if len(name) >= _SHORTEST else f"user-{name}"
        free, number = name, 1
        while domain.is_reserved(free) or self._users.user_by_key(domain.username_key(free)):
            number += 1
            free = f"{name}-{number}"
        return free

    def _role(self, claims: Json) -> str | None:
        """Of the groups that the settings name, the first one counts."""
        said = claims.get(self._provider.groups_claim)
        groups = {str(group) for group in said} if isinstance(said, list) else {said}
        named = (role for group, role in self._provider.roles.items() if group in groups)
        return next(named, self._provider.default_role or None)

    def _give_role(self, user_id: UUID, claims: Json) -> None:
        workspace = self._users.workspace_by_slug(self._provider.workspace)
        if workspace is None:
            raise NotAdmitted(f"There is no workspace {self._provider.workspace}.", hint="Tell an administrator.")
        role, present = self._role(claims), self._rows.membership(user_id, workspace.id)
        if present is None:
            if role is not None:
                self._identity.add_member(workspace.id, user_id, role)
        elif self._provider.roles and present.role != role:
            self._change(present, workspace, role)

    def _change(self, present: MembershipRow, workspace: WorkspaceRow, role: str | None) -> None:
        """The groups decide, but never leave a workspace without an owner."""
        if present.role == domain.OWNER and self._rows.members_with(workspace.id, domain.OWNER) == 1:
            return
        told = {"workspace_id": str(workspace.id), "role": role, "before": present.role}
        with self._work.inside(workspace.id):
            if role is None:
                self._rows.drop(present)
                end_rights(self._work, present.user_id)
            else:
                present.role = role
            what = "membership.removed" if role is None else "membership.changed"
            self._work.emit(what, "membership", present.user_id, told)
            self._work.emit("user.changed", "user", present.user_id, {"provider": self._provider.id})


def _email(claims: Json) -> str | None:
    """An address that the provider has checked."""
    email = claims.get("email")
    right = claims.get("email_verified") is True and isinstance(email, str) and _EMAIL.fullmatch(email)
    return email if right and isinstance(email, str) else None
