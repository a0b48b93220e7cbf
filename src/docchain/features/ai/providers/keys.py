"""Keys of providers: the workspace's secret of the provider's name, else the operator's setting; never written down."""

from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from docchain.features.ai.port import Origin, ProviderFailedError
from docchain.features.secrets import SecretUser
from docchain.platform.errors import NotFound, Refusal
from docchain.platform.settings_ai import AiSettings


class Opens(Protocol):
    """The vault, as far as it is needed here."""

    async def open(self, name: str, host: str, user: SecretUser) -> str: ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where a provider is, and what its key is called: `required` ones do not answer without."""

    url: str
    secret: str
    setting: str
    required: bool = True

    @property
    def how(self) -> str:
        """What sets the key."""
        by_secret = f"the workspace's secret `{self.secret}`" if self.secret else "DOCCHAIN_AI_COMPATIBLE"
        return f"DOCCHAIN_{self.setting.upper()} or {by_secret}" if self.setting else by_secret


class Keys:
    """Finds the key of a call.

    Args:
        settings: with the operator's keys.
        vault: with the workspaces' keys, each bound to hosts.
    """

    def __init__(self, settings: AiSettings, vault: Opens | None = None) -> None:
        self._settings, self._vault = settings, vault

    async def of(self, place: Place, origin: Origin) -> str:
        """The key, or nothing where none is set.

        Raises:
            ProviderFailedError: the workspace's secret is not for this host, or cannot be read.
        """
        if place.secret and self._vault is not None:
            user = SecretUser(origin.workspace, "ai", origin.actor, str(origin.run or ""))
            try:
                return await self._vault.open(place.secret, urlsplit(place.url).hostname or "", user)
            except NotFound:
                pass  # then the operator's
            except Refusal as refusal:
                raise ProviderFailedError(refusal.detail, failure="denied") from None
        if not place.setting:
            return ""
        return str(getattr(self._settings, place.setting).get_secret_value())
