"""What is asked to be looked at, and what is found."""

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from docchain.platform.model import Model


class ValidationRequest(BaseModel):
    """One of the three."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"password": "summer 2026"}})

    token: SecretStr | None = Field(None, max_length=4096, description="An access token or an API key of yours.")
    password: SecretStr | None = Field(None, max_length=256, description="A password that you think of using.")
    text: str | None = Field(None, max_length=10_000, description="A text that is meant for a name or a note.")

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if sum(value is not None for value in (self.token, self.password, self.text)) != 1:
            raise ValueError("give one of token, password and text")
        return self


class Reason(Model):
    code: str
    message: str


class Validated(Model):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "valid": False,
                "reasons": [{"code": "common", "message": "is made of words that many passwords are made of"}],
                "session_id": None,
                "key_id": None,
                "expires_at": None,
            }
        }
    )

    valid: bool
    reasons: list[Reason] = Field(description="Why it is not valid; empty if it is.")
    session_id: UUID | None = Field(description="Of a valid token: the session that it stands for.")
    key_id: UUID | None = Field(description="Of a valid token: the API key that it is.")
    expires_at: datetime | None = Field(description="Of a valid token: when it ends.")
