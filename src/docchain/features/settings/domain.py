"""Which settings a workspace has, and what each may be."""

from ipaddress import ip_network
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt, StringConstraints


def _place(value: str) -> str:
    """A network as a network, all else as a name."""
    if value[0].isdigit() or ":" in value:
        return str(ip_network(value, strict=False))
    return value.lower()


Place = Annotated[str, StringConstraints(pattern=r"^(\*\.)?[A-Za-z0-9_.:/-]{1,253}$"), AfterValidator(_place)]
_Places = Annotated[list[Place], Field(max_length=500)]
Rate = tuple[PositiveInt, PositiveFloat, PositiveInt]


class Outgoing(BaseModel):
    """What steps and sources of the workspace may reach, within what the operator allows."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    allow: _Places = Field(
        [], description="Hosts (`*.example.com` for all below) and networks; where there are any, nothing else."
    )
    deny: _Places = Field([], description="Hosts and networks that are never reached, also if they are allowed.")


class Rates(BaseModel):
    """Rates of the workspace's users and keys, instead of the usual ones."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    policies: dict[Annotated[str, StringConstraints(pattern=r"^(user|key)\.(read|write)$")], Rate] = Field(
        {},
        description='Requests, in so many seconds, and how many at once, such as `{"user.write": [600, 60, 100]}`; '
        "never more than the operator's.",
    )


KNOWN: Final[dict[str, type[BaseModel]]] = {"outgoing": Outgoing, "rates": Rates}


def blank(name: str) -> dict[str, Any]:
    """What a setting is while nobody has set it."""
    return KNOWN[name]().model_dump(mode="json")
