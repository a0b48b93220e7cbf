"""Which settings a workspace has, and what each may be."""

from ipaddress import ip_network
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PositiveFloat,
    PositiveInt,
    StringConstraints,
    ValidationInfo,
)


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


def _provider(value: str, info: ValidationInfo) -> str:
    """One that there is, where the context says which there are."""
    known = (info.context or {}).get(PROVIDERS)
    if known is not None and value not in known:
        raise ValueError(f"there is no provider {value!r}; take one of: {', '.join(known)}")
    return value


def _once(values: list[str]) -> list[str]:
    if len(set(values)) < len(values):
        raise ValueError("name each provider once")
    return values


PROVIDERS: Final = "providers"
"""In the context of a check: the names of the providers that the operator lets workspaces choose from."""
_Provider = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$"), AfterValidator(_provider)]
_Model = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Ai(BaseModel):
    """Which models the workspace asks, and what of its texts they may see."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    order: Annotated[list[_Provider], Field(max_length=20), AfterValidator(_once)] = Field(
        [], description="Providers that `auto` asks, in this order; empty: the operator's."
    )
    fallback_local: bool = Field(
        default=False,
        description="Whether `local` answers, and says so, where the chosen provider has no key or does not answer.",
    )
    redact: Literal["off", "identifiers", "names", "strict"] = Field(
        "strict",
        description="Personal data that remote models never see: nothing of it, numbers and addresses that point to "
        "somebody, names too, or whatever might be any of these.",
    )
    nothing_leaves: bool = Field(
        default=False,
        description="No remote model is asked, and nothing else of the workspace connects to anything outside.",
    )
    models: Annotated[dict[_Provider, _Model], Field(max_length=20)] = Field(
        {}, description="The model of a provider where none is named; the operator's for all others."
    )
    examples: bool = Field(
        default=True, description="Whether remote models are shown what people corrected on papers of the same layout."
    )


KNOWN: Final[dict[str, type[BaseModel]]] = {"outgoing": Outgoing, "rates": Rates, "ai": Ai}


def blank(name: str) -> dict[str, Any]:
    """What a setting is while nobody has set it."""
    return KNOWN[name]().model_dump(mode="json")
