"""What pages are told of other providers."""

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from docchain.platform.model import Model

_EXAMPLE: JsonDict = {"id": "acme", "title": "Acme", "start": "/api/v3/auth/oidc/acme"}


class SignInProvider(Model):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": _EXAMPLE})

    id: str
    title: str
    start: str = Field(description="Where to send a browser.")
