"""Users and workspaces as whoever looks after the installation sees and changes them."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints
from pydantic.config import JsonDict

from docchain.features.identity.accounts.schemas import Email, Language, example
from docchain.features.identity.schemas import USERNAME, User, Username, Workspace
from docchain.features.identity.workspaces.schemas import Erasure, RoleName, Slug, Title
from docchain.platform.model import Model
from docchain.platform.pagination import PageQuery

_USER: JsonDict = {
    "id": "019a0b1c-5a2e-7c40-9a6e-2f4f6d1c8b10",
    "username": "ana",
    "name": "Ana Ruiz",
    "email": "ana@example.com",
    "disabled": False,
    "email_confirmed": True,
    "language": "es",
    "installation_admin": False,
    "created_at": "2026-05-01T12:00:00Z",
    "workspaces": [
        {"id": "019a0b1c-5a2e-7c41-8b3d-6f0e4c7a9d22", "slug": "default", "name": "Default", "role": "editor"}
    ],
}


class KnownUser(User):
    """A user with the workspaces that they are a member of."""

    model_config = ConfigDict(json_schema_extra={"example": _USER})

    disabled: bool = Field(description="Whether they are shut out.")
    email_confirmed: bool
    language: str
    installation_admin: bool = Field(description="Whether they look after all users and workspaces.")
    created_at: datetime
    workspaces: list[Workspace]


class UserQuery(PageQuery):
    q: str = Field("", max_length=200, description="Part of the username, the name or the address.")
    disabled: bool | None = Field(None, description="Only those who are shut out, or only those who are not.")
    installation_admin: bool | None = Field(None, description="Only those who look after the installation, or not.")
    workspace: Slug | None = Field(None, description="Only members of this workspace.")


class UserOrder(BaseModel):
    model_config = example(
        {
            "username": "carla",
            "name": "Carla Soto",
            "email": "carla@example.com",
            "password": "marea baja junto al faro 9",
            "workspace": "default",
            "role": "editor",
        }
    )

    username: Username = Field(description=USERNAME)
    name: str = Field("", max_length=200)
    email: Email | None = None
    language: Language = "en"
    password: SecretStr | None = Field(
        None, max_length=256, description="Without one they set theirs by a link: POST /admin/users/{user}/reset."
    )
    workspace: Slug
    role: RoleName


class UserChange(BaseModel):
    """What is left out stays."""

    model_config = example({"name": "Carla Soto", "language": "es"})

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)] | None = None
    email: Email | None = Field(None, description="Counts as not confirmed until they confirm it.")
    language: Language | None = None
    installation_admin: bool | None = Field(None, description="Whether they look after all users and workspaces.")


class WorkspaceQuery(PageQuery):
    q: str = Field("", max_length=120, description="Part of the name or the short name.")


class OwnedWorkspace(BaseModel):
    model_config = example({"name": "Accounts receivable", "slug": "receivable", "owner": "admin"})

    name: Title
    slug: Slug | None = Field(None, description="Its short name; without one it is made of the name.")
    owner: str = Field(min_length=1, max_length=200, description="Username or id of who will own it.")


class SessionCount(Model):
    model_config = ConfigDict(json_schema_extra={"example": {"ended": 2}})

    ended: int


class ErasureList(Model):
    """Deleted workspaces, the latest first."""

    items: list[Erasure]
