"""What the operator may choose of second factors, passkeys, and sign-in at other providers."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from docchain.platform.settings_concerns import Concern

_ISSUER = r"^(https://[^\s?#/]+|http://(localhost|127\.0\.0\.1)(:\d+)?)(/[^\s?#]*)?$"
"""Without TLS only on this machine."""


class FactorSettings(Concern):
    """How users prove who they are, besides by a password."""

    passkey_rp_id: str = Field(
        "",
        description="Domain that passkeys are for, such as `example.com`; it cannot be changed later without losing "
        "them. Empty: the host of `public_url`, or `localhost`.",
    )
    passkey_origins: list[str] = Field(
        [],
        description="Web addresses that passkeys may be used at, as a JSON list of origins. Empty: the one of "
        "`public_url`, or `http://localhost` with the server's port.",
    )
    passkeys_max: int = Field(20, ge=1, le=100, description="Most passkeys of one user.")
    totp_issuer: Annotated[str, StringConstraints(min_length=1, max_length=60, pattern="^[^:]+$")] = Field(
        "Document Workflow Chain", description="What authenticator apps call this installation."
    )
    totp_neighbours: int = Field(
        1,
        ge=0,
        le=5,
        description="Of how many periods of 30 seconds before and after the present one codes of authenticator apps "
        "count, too. 0: each counts for its own 30 seconds only, so all clocks have to be right, and people quick.",
    )
    second_factor: Literal["optional", "admins", "everybody"] = Field(
        "optional",
        description="Of whom a second factor is demanded: of nobody (`optional`), of those who administer the "
        "installation or a workspace (`admins`), or of `everybody`. Who has none sets one up before anything else; "
        "who signs in at a provider is left to it.",
    )
    step_up_minutes: int = Field(
        15, ge=1, le=24 * 60, description="Minutes for which a proof of who somebody is allows dangerous actions."
    )
    proof_failures: int = Field(
        5,
        ge=1,
        le=100,
        description="Wrong codes in a row that a user is free to send; each further one makes them wait.",
    )


class OidcProvider(BaseModel):
    """A provider of OpenID Connect that users may sign in at."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, StringConstraints(pattern="^[a-z0-9-]{1,40}$")]
    title: str = Field("", max_length=80)
    issuer: Annotated[str, StringConstraints(pattern=_ISSUER, max_length=400)]
    client_id: Annotated[str, StringConstraints(min_length=1, max_length=400)]
    client_secret: SecretStr = SecretStr("")
    scopes: list[str] = ["openid", "profile", "email"]
    workspace: str = "default"
    groups_claim: str = "groups"
    roles: dict[str, str] = {}
    default_role: str = ""
    create_users: bool = True
    link_by_email: bool = False

    @property
    def shown(self) -> str:
        return self.title or self.id


class OidcSettings(Concern):
    """Where else users may sign in."""

    oidc_providers: list[OidcProvider] = Field(
        [],
        description="Providers of OpenID Connect, as a JSON list: `id`, `issuer`, `client_id`, `client_secret`, "
        "`title`, `scopes`, `workspace`, `groups_claim`, `roles` (role by group), `default_role` (of those in no such "
        "group; without it they are refused), `create_users`, `link_by_email` (to users with the same verified "
        "address).",
    )
    oidc_timeout: float = Field(10.0, gt=0, le=60, description="Seconds that one call of a provider may take.")
    oidc_keys_minutes: int = Field(
        60, ge=1, le=24 * 60, description="Minutes for which a provider's description and keys are kept."
    )
