"""What the operator may choose of secrets, rate limits, and of who may reach the server and what it may reach."""

from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, PositiveFloat, PositiveInt, SecretStr, model_validator

from docchain.platform.settings_concerns import Concern, also


def _network(value: str) -> str:
    return str(ip_network(value, strict=False))


def _origin(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query or parts.fragment:
        raise ValueError("write an origin such as https://portal.example.com, without a path")
    return value.lower()


Limit = tuple[PositiveInt, PositiveFloat, PositiveInt]


class VaultSettings(Concern):
    """Credentials that steps and sources use."""

    secrets_max: int = Field(1_000, ge=1, le=100_000, description="Most secrets of one workspace.")
    secret_uses_seconds: float = Field(
        60.0,
        gt=0,
        description="Seconds for which uses of a secret by the same step or source are one entry of the audit, after "
        "the first.",
    )


class RateSettings(Concern):
    """How many requests are answered."""

    rate_limits: dict[str, Limit] = Field(
        {},
        description="Other rates than the usual ones, as JSON: requests, in so many seconds, and how many at once, by "
        'subject (`ip`, `user`, `key`) and class (`read`, `write`, `sign_in`), such as `{"user.write": [600, 60, '
        "100]}`; the policies are told by GET /api/v3/security/rate-limits.",
    )
    rate_limiting: bool = Field(default=True, description="Whether requests beyond the rates are refused with 429.")
    redis_url: SecretStr = Field(
        SecretStr(""),
        validation_alias=also("REDIS_URL", "REDIS_URL"),
        description="Redis where several servers count together, such as `redis://host:6379/0`; empty: each server "
        "counts by itself.",
    )
    rate_timeout: float = Field(
        0.25, gt=0, le=10, description="Seconds that a request waits for Redis; then this server counts by itself."
    )


class DoorSettings(Concern):
    """Who may reach the server, and how."""

    trusted_proxies: list[Annotated[str, AfterValidator(_network)]] = Field(
        [],
        description='Networks of the proxies before the server, as a JSON list such as `["10.0.0.0/8"]`; only they '
        "are believed when they say who calls (`X-Forwarded-For`, `X-Forwarded-Proto`).",
    )
    cors_origins: list[Annotated[str, AfterValidator(_origin)]] = Field(
        [], description="Web pages of others that may call the API, as a JSON list of exact origins. Empty: none."
    )
    hsts_seconds: int = Field(
        31_536_000,
        ge=0,
        description="Seconds for which browsers are told to come over TLS only, where they did; 0 tells them nothing.",
    )
    tls_certificate: Path | None = Field(None, description="PEM file of the certificate; with `tls_key`, serves TLS.")
    tls_key: Path | None = Field(None, description="PEM file of its private key, not encrypted.")
    tls_least: Literal["tls1.2", "tls1.3"] = Field("tls1.3", description="Oldest version of TLS that is spoken.")

    @model_validator(mode="after")
    def _both(self) -> Self:
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("DOCCHAIN_TLS_CERTIFICATE and DOCCHAIN_TLS_KEY go together: set both, or none.")
        return self
