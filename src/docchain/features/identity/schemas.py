"""What sign-in takes and answers."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, StringConstraints
from pydantic.config import JsonDict

from docchain.features.identity.domain import is_reserved
from docchain.platform.model import Model

_TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIwMTlhLi4uIn0.Zk3mXcQ"  # noqa: S105 - an example
_REFRESH = "dcr_7Hq3n0mXvT2kq9fYw5uZbA"
_CSRF = "5b1f3c0e9d7a42b68e15c3f7a09d2b4c6e8f1a3b5d7c9e0f2a4b6c8d0e1f3a5b"
_USER: JsonDict = {
    "id": "019a0b1c-5a2e-7c40-9a6e-2f4f6d1c8b10",
    "username": "admin",
    "name": "Administrator",
    "email": None,
}
_WORKSPACE: JsonDict = {
    "id": "019a0b1c-5a2e-7c41-8b3d-6f0e4c7a9d22",
    "slug": "default",
    "name": "Default",
    "role": "owner",
}

_HOME = (
    "Where requests act that name no workspace. Null: a member of none; `GET /auth/invitations` lists who invites you."
)


def _example(value: JsonDict) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"example": value})


def _free(username: str) -> str:
    if is_reserved(username):
        raise ValueError("would be taken for somebody else; choose one that is no id, no user_<number> and not system")
    return username


Username = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[\w.@+-]{2,64}$"), AfterValidator(_free)]
USERNAME = "Neither an id, nor `user_<number>`, nor `system`."


class Login(BaseModel):
    model_config = _example({"username": "admin", "password": "admin123"})

    username: str = Field(max_length=200)
    password: SecretStr = Field(max_length=256)
    cookies: bool = Field(
        default=False,
        description="For pages: keep this browser signed in by a cookie that no script can read, instead of tokens. "
        "Requests that change something then send `X-CSRF-Token`.",
    )


class Registration(BaseModel):
    model_config = _example(
        {"username": "ana", "password": "correct horse battery", "name": "Ana Ruiz", "email": "ana@example.com"}
    )

    username: Username = Field(description=USERNAME)
    password: SecretStr = Field(min_length=8, max_length=256)
    name: str = Field("", max_length=200)
    email: str | None = Field(None, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")
    invitation: SecretStr | None = Field(
        None, max_length=200, description="The token of an invitation to a workspace; without one you get your own."
    )


class RefreshRequest(BaseModel):
    model_config = _example({"refresh_token": _REFRESH})

    refresh_token: SecretStr = Field(max_length=200)


class User(Model):
    id: UUID
    username: str
    name: str
    email: str | None


class Workspace(Model):
    id: UUID
    slug: str = Field(description="Choose a workspace by sending it in the header X-Workspace.")
    name: str
    role: str = Field(description="The user's role there: owner, admin, editor, reviewer or viewer.")


class SignedIn(Model):
    model_config = _example(
        {
            "access_token": _TOKEN,
            "refresh_token": _REFRESH,
            "token_type": "bearer",
            "expires_in": 3600,
            "user": _USER,
            "workspace": _WORKSPACE,
        }
    )

    access_token: str = Field(description="Send it as `Authorization: Bearer …`.")
    refresh_token: str = Field(description="Good for one call of refresh; keep the new one it answers.")
    token_type: str = "bearer"  # noqa: S105 - the kind of token, not one
    expires_in: int = Field(description="Seconds until the access token expires.")
    user: User
    workspace: Workspace | None = Field(description=_HOME)


class BrowserSession(Model):
    model_config = _example(
        {
            "csrf_token": _CSRF,
            "expires_at": "2026-05-31T12:00:00Z",
            "user": _USER,
            "workspace": _WORKSPACE,
        }
    )

    csrf_token: str = Field(description="Send it as `X-CSRF-Token` with everything that changes something.")
    expires_at: datetime = Field(description="When the session is over, if it is not used; each use moves it.")
    user: User
    workspace: Workspace | None = Field(description=_HOME)


class Me(Model):
    model_config = _example(
        {
            "user": _USER,
            "workspace": _WORKSPACE,
            "permissions": ["documents:read", "workflows:read"],
            "workspaces": [_WORKSPACE],
        }
    )

    user: User
    workspace: Workspace = Field(description="Where this request acted.")
    permissions: list[str]
    workspaces: list[Workspace] = Field(description="All workspaces the user is a member of.")
