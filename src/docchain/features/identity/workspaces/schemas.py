"""Workspaces, their members, invitations and quotas, as they are asked for and told."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.config import JsonDict

from docchain.features.identity.accounts.schemas import Email, LinkText, example
from docchain.platform.model import NO_FLAG, Model

_MOST = 1_000_000_000
_MEMBER: JsonDict = {
    "id": "019a0b1c-5a2e-7c40-9a6e-2f4f6d1c8b10",
    "username": "ana",
    "name": "Ana Ruiz",
    "email": "ana@example.com",
    "role": "editor",
    "disabled": False,
    "since": "2026-05-01T12:00:00Z",
}
_INVITATION: JsonDict = {
    "id": "019a0b1c-5a2e-7c40-9a6e-2f4f6d1c8b77",
    "email": "ben@example.com",
    "role": "reviewer",
    "invited_by": "admin",
    "created_at": "2026-05-01T12:00:00Z",
    "expires_at": "2026-05-08T12:00:00Z",
    "status": "open",
}
_PENDING: JsonDict = {
    "id": "019a0b1c-5a2e-7c40-9a6e-2f4f6d1c8b77",
    "workspace": "payable",
    "workspace_name": "Accounts payable",
    "role": "reviewer",
    "invited_by": "admin",
    "created_at": "2026-05-01T12:00:00Z",
    "expires_at": "2026-05-08T12:00:00Z",
}
_QUOTA: JsonDict = {"users": 25, "runs_a_day": 10_000}
_PLACE: JsonDict = {
    "id": "019a0b1c-5a2e-7c41-8b3d-6f0e4c7a9d22",
    "slug": "default",
    "name": "Default",
    "created_at": "2026-05-01T12:00:00Z",
    "members": 3,
    "quota": _QUOTA,
}
_TOKEN = "dci_7Hq3n0mXvT2kq9fYw5uZbA7Hq3n0mXvT2kq9fYw5uZb"  # noqa: S105 - an example

Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,46}[a-z0-9])?$")]
RoleName = Annotated[str, StringConstraints(min_length=1, max_length=60)]
Limit = Annotated[int, Field(ge=0, le=_MOST), NO_FLAG]


def _shown(value: JsonDict) -> ConfigDict:
    return ConfigDict(json_schema_extra={"example": value})


class Quota(BaseModel):
    model_config = example(_QUOTA)

    users: Limit | None = Field(None, description="Members; 0: any number; null: what the installation says.")
    runs_a_day: Limit | None = Field(None, description="Runs started in a day (UTC); the same.")


class WorkspaceDetail(Model):
    model_config = _shown(_PLACE)

    id: UUID
    slug: str
    name: str
    created_at: datetime
    members: int
    quota: Quota = Field(description="In force; 0: no limit. Documents and storage: GET /api/v3/storage/quota.")


class WorkspaceOrder(BaseModel):
    model_config = example({"name": "Accounts payable", "slug": "payable"})

    name: Title
    slug: Slug | None = Field(None, description="Its short name; without one it is made of the name.")


class WorkspaceChange(BaseModel):
    model_config = example({"name": "Accounts payable"})

    name: Title


class Member(Model):
    model_config = _shown(_MEMBER)

    id: UUID
    username: str
    name: str
    email: str | None
    role: str
    disabled: bool
    since: datetime


class MemberOrder(BaseModel):
    model_config = example({"user": "carla", "role": "editor"})

    user: str = Field(
        min_length=1, max_length=200, description="Username or id of somebody you share a workspace with."
    )
    role: RoleName


class RoleChange(BaseModel):
    model_config = example({"role": "reviewer"})

    role: RoleName


class InvitationOrder(BaseModel):
    model_config = example({"role": "reviewer", "email": "ben@example.com"})

    role: RoleName
    email: Email | None = Field(None, description="Where the link is mailed to; without one, hand it over yourself.")


class Invitation(Model):
    model_config = _shown(_INVITATION)

    id: UUID
    email: str | None
    role: str
    invited_by: str
    created_at: datetime
    expires_at: datetime
    status: str = Field(description="open, accepted, declined, revoked or expired.")


class NewInvitation(Invitation):
    model_config = _shown(
        _INVITATION
        | {"link": f"https://flows.example.com/account/invitation#{_TOKEN}", "invitation": _TOKEN, "mailed": False}
    )

    link: str = Field(description="Shown this once; it works once. If this request is repeated, it is empty.")
    invitation: str = Field(description="Its token: `POST /auth/register` and `POST /auth/invitation` take it.")
    mailed: bool = Field(description="Whether the link goes to the address by mail.")


class InvitationAnswer(BaseModel):
    model_config = example({"invitation": _TOKEN})

    invitation: LinkText


class PendingInvitation(Model):
    """An invitation as whoever is invited sees it."""

    model_config = _shown(_PENDING)

    id: UUID
    workspace: str = Field(description="Its short name.")
    workspace_name: str
    role: str
    invited_by: str
    created_at: datetime
    expires_at: datetime


class PendingInvitations(Model):
    """The open invitations to somebody, the newest first."""

    model_config = _shown({"items": [_PENDING]})

    items: list[PendingInvitation]


class Erasing(BaseModel):
    model_config = example({"confirm": "payable"})

    confirm: str = Field(max_length=60, description="The workspace's short name, as a proof that it is meant.")


class Erasure(Model):
    model_config = _shown(
        {
            "workspace_id": "019a0b1c-5a2e-7c41-8b3d-6f0e4c7a9d22",
            "slug": "payable",
            "name": "Accounts payable",
            "asked_by": "admin",
            "asked_at": "2026-05-01T12:00:00Z",
            "erased_at": None,
            "rows": None,
            "trouble": None,
        }
    )

    workspace_id: UUID
    slug: str
    name: str
    asked_by: str
    asked_at: datetime
    erased_at: datetime | None = Field(description="Null while it is under way.")
    rows: dict[str, int] | None = Field(description="How many rows there were, by table.")
    trouble: str | None = Field(description="Why it has not come to an end; it is tried again.")


class Listed(Model):
    """The invitations of a workspace, the newest first."""

    model_config = _shown({"items": [_INVITATION]})

    items: list[Invitation]


class Members(Model):
    """The members of a workspace, by name."""

    model_config = _shown({"items": [_MEMBER]})

    items: list[Member]
