"""Settings: all concerns together, read from `DOCCHAIN_…` variables and `.env`, and refused where they do not fit."""

from pathlib import Path
from typing import Any, Self, cast

from pydantic import BaseModel, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings
from pydantic_settings import SettingsError as UnreadableValue

from docchain.platform.settings_accounts import AccountSettings, MailSettings
from docchain.platform.settings_ai import AiSettings
from docchain.platform.settings_audit import AuditSettings
from docchain.platform.settings_concerns import (
    DEFAULT_ADMIN_PASSWORD,
    DEFAULT_SECRET_KEY,
    PREFIX,
    Concern,
    EngineSettings,
    LimitSettings,
    LiveSettings,
    OutgoingSettings,
    ProcessSettings,
    RetentionSettings,
    SecuritySettings,
    ServerSettings,
)
from docchain.platform.settings_data import DataSettings
from docchain.platform.settings_factors import FactorSettings, OidcSettings
from docchain.platform.settings_intake import IntakeSettings
from docchain.platform.settings_previews import PreviewSettings
from docchain.platform.settings_protection import DoorSettings, RateSettings, VaultSettings
from docchain.platform.settings_search import SearchSettings
from docchain.platform.settings_storage import StorageSettings
from docchain.platform.settings_threats import ThreatSettings

__all__ = [
    "DEFAULT_ADMIN_PASSWORD",
    "PREFIX",
    "AccountSettings",
    "AiSettings",
    "AuditSettings",
    "DataSettings",
    "DoorSettings",
    "EngineSettings",
    "FactorSettings",
    "IntakeSettings",
    "LimitSettings",
    "LiveSettings",
    "MailSettings",
    "OidcSettings",
    "OutgoingSettings",
    "PreviewSettings",
    "ProcessSettings",
    "RateSettings",
    "RetentionSettings",
    "SearchSettings",
    "SecuritySettings",
    "ServerSettings",
    "Settings",
    "SettingsError",
    "StorageSettings",
    "VaultSettings",
    "concerns_of",
    "load_settings",
]
SHORTEST_SECRET_KEY = 32
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class SettingsError(Exception):
    """The settings do not allow a start; the message says which and what to do."""


class Settings(BaseModel):
    """All settings, checked together."""

    server: ServerSettings = Field(default_factory=ServerSettings)
    storage: StorageSettings = Field(default_factory=StorageSettings)
    security: SecuritySettings = Field(default_factory=SecuritySettings)
    factors: FactorSettings = Field(default_factory=FactorSettings)
    oidc: OidcSettings = Field(default_factory=OidcSettings)
    accounts: AccountSettings = Field(default_factory=AccountSettings)
    mail: MailSettings = Field(default_factory=MailSettings)
    vault: VaultSettings = Field(default_factory=VaultSettings)
    rates: RateSettings = Field(default_factory=RateSettings)
    doors: DoorSettings = Field(default_factory=DoorSettings)
    limits: LimitSettings = Field(default_factory=LimitSettings)
    live: LiveSettings = Field(default_factory=LiveSettings)
    processes: ProcessSettings = Field(default_factory=ProcessSettings)
    engine: EngineSettings = Field(default_factory=EngineSettings)
    retention: RetentionSettings = Field(default_factory=RetentionSettings)
    outgoing: OutgoingSettings = Field(default_factory=OutgoingSettings)
    search: SearchSettings = Field(default_factory=SearchSettings)
    previews: PreviewSettings = Field(default_factory=PreviewSettings)
    data: DataSettings = Field(default_factory=DataSettings)
    intake: IntakeSettings = Field(default_factory=IntakeSettings)
    audit: AuditSettings = Field(default_factory=AuditSettings)
    threats: ThreatSettings = Field(default_factory=ThreatSettings)
    ai: AiSettings = Field(default_factory=AiSettings)

    @property
    def delivery_roots(self) -> list[Path]:
        roots = self.outgoing.delivery_roots or [self.storage.data_dir / "deliveries"]
        return [root.resolve() for root in roots]

    @property
    def audit_key(self) -> Path:
        return self.audit.audit_key_file or self.storage.data_dir.resolve() / "audit.key"

    @property
    def intake_roots(self) -> list[Path]:
        roots = self.intake.intake_roots or [self.storage.data_dir / "inbox"]
        return [root.resolve() for root in roots]

    @model_validator(mode="after")
    def _refuse_weak_secrets(self) -> Self:
        if self.security.profile == "production":
            key = self.security.secret_key.get_secret_value()
            if key == DEFAULT_SECRET_KEY or len(key) < SHORTEST_SECRET_KEY:
                raise ValueError(
                    "DOCCHAIN_SECRET_KEY must be your own and at least 32 characters long in production. Make one with "
                    "`python -c 'import secrets; print(secrets.token_urlsafe(48))'`."
                )
            if self._default_password:
                raise ValueError("DOCCHAIN_ADMIN_PASSWORD must not be the default in production. Set one of your own.")
            if self.storage.lacks_key:
                raise ValueError(
                    "DOCCHAIN_ENCRYPTION_KEY or DOCCHAIN_ENCRYPTION_KEY_FILE must be set in production. Make a key "
                    "with `python -c 'import secrets; print(secrets.token_urlsafe(48))'` and keep it apart from the "
                    "data, or set DOCCHAIN_ENCRYPTION=none."
                )
        return self

    def check_listening(self, host: str | None = None) -> None:
        """Refuse to listen beyond this machine while anybody knows the password."""
        host = host or self.server.host
        if self._default_password and host not in _LOOPBACK:
            raise SettingsError(
                f"Not listening on {host} with the default password. Set DOCCHAIN_ADMIN_PASSWORD, "
                "or listen on 127.0.0.1."
            )

    def check_executing(self) -> None:
        """Refuse a process that nobody could execute the runs beside."""
        if not self.engine.execute:
            raise SettingsError(
                "DOCCHAIN_EXECUTE=false needs PostgreSQL: on SQLite nobody else could execute the runs. Set "
                "DOCCHAIN_DATABASE_URL, or leave DOCCHAIN_EXECUTE out."
            )

    @property
    def is_exposed(self) -> bool:
        """Whether others may reach the server."""
        return self.security.profile == "production" or self.server.host not in _LOOPBACK

    @property
    def _default_password(self) -> bool:
        return self.security.admin_password.get_secret_value() == DEFAULT_ADMIN_PASSWORD


def load_settings(env_file: Path | str | None = ".env", **concerns: Concern) -> Settings:
    """Read the settings from the environment and a file; a concern that is passed is taken as it is.

    Raises:
        SettingsError: with every fault and the variable it is in.
    """
    read: dict[str, Any] = dict(concerns)
    faults: list[str] = []
    for name, concern in concerns_of(Settings):
        if name in read:
            continue
        try:
            read[name] = concern(_env_file=env_file)
        except ValidationError as error:
            faults += [_fault(concern, item) for item in error.errors()]
        except UnreadableValue as error:
            faults.append(f'{error}: write a JSON list, such as ["one", "two"]. {concern.__doc__}')
    if not faults:
        try:
            return Settings(**read)
        except ValidationError as error:
            faults = [str(item["ctx"]["error"]) for item in error.errors()]
    raise SettingsError("\n".join(faults))


def concerns_of(settings: type[Settings]) -> list[tuple[str, type[BaseSettings]]]:
    return [(name, cast("type[BaseSettings]", field.annotation)) for name, field in settings.model_fields.items()]


def _fault(concern: type[BaseSettings], item: Any) -> str:
    if not item["loc"]:
        return str(item["ctx"]["error"])
    name = str(item["loc"][0])
    variable = name if name.isupper() else PREFIX + name.upper()
    return f"{variable}: {item['msg']}. {(concern.__doc__ or '').strip()}"
