"""What changes an account, and what it is told."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints
from pydantic.config import JsonDict

EMAIL: str = r"^[^@\s<>,;:\"()\[\]\\]+@[^@\s<>,;:\"()\[\]\\]+$"
_NEW = "lluvia sobre tejado verde 7"
_LINK = "dcr_7Hq3n0mXvT2kq9fYw5uZbA7Hq3n0mXvT2kq9fYw5uZb"

Email = Annotated[str, StringConstraints(strip_whitespace=True, max_length=254, pattern=EMAIL)]
Secret = Annotated[SecretStr, Field(min_length=1, max_length=256)]
LinkText = Annotated[SecretStr, Field(min_length=20, max_length=200, description="The end of the link, behind `#`.")]
Language = Literal["en", "es"]


def example(value: JsonDict) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"example": value})


class PasswordChange(BaseModel):
    model_config = example({"current_password": "admin123", "new_password": _NEW})

    current_password: Secret
    new_password: Secret


class ResetOrder(BaseModel):
    model_config = example({"email": "ana@example.com"})

    email: Email


class PasswordReset(BaseModel):
    model_config = example({"token": _LINK, "new_password": _NEW})

    token: LinkText
    new_password: Secret


class EmailChange(BaseModel):
    model_config = example({"email": "ana.ruiz@example.com", "password": "admin123"})

    email: Email
    password: Secret


class EmailConfirmation(BaseModel):
    model_config = example({"token": _LINK.replace("dcr_", "dce_")})

    token: LinkText


class Profile(BaseModel):
    """How somebody is called, and the language of their mails."""

    model_config = example({"name": "Ana Ruiz", "language": "es"})

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)] | None = None
    language: Language | None = Field(None, description="Of the mails that they get.")


class Account(BaseModel):
    """One's own account."""

    model_config = example(
        {
            "username": "ana",
            "name": "Ana Ruiz",
            "email": "ana@example.com",
            "email_confirmed": True,
            "language": "es",
            "installation_admin": False,
        }
    )

    username: str
    name: str
    email: str | None
    email_confirmed: bool
    language: str
    installation_admin: bool = Field(description="Whether they look after all users and workspaces.")
