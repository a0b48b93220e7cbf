"""Signing in at other providers: there, back, and whom that stands for; the session is opened by the door."""

import secrets
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from docchain.features.identity.oidc.errors import NoSuchProvider, NotAdmitted, ProviderRefused
from docchain.features.identity.oidc.passage import Passage, Passages
from docchain.features.identity.oidc.provider import Json, Provider
from docchain.features.identity.oidc.service import ExternalService
from docchain.platform.database import Database
from docchain.platform.outgoing import Outgoing
from docchain.platform.passwords import Passwords
from docchain.platform.settings import Settings
from docchain.platform.settings_factors import OidcProvider
from docchain.platform.work import SYSTEM

_LARGEST = 1024 * 1024
_FRESH = 300


@dataclass(frozen=True, slots=True)
class Arrival:
    """Who came back, and when the provider asked who they are, if it was told to."""

    user_id: UUID
    proved_at: datetime | None


class OpenIdConnect:
    """Doors find it at `services.oidc`."""

    def __init__(self, database: Database, passwords: Passwords, settings: Settings) -> None:
        self._database = database
        self._passwords = passwords
        chosen = settings.oidc
        self._outgoing = Outgoing(settings.outgoing.outgoing_allow, chosen.oidc_timeout, _LARGEST)
        self.passages = Passages(settings.security.secret_key.get_secret_value(), database.clock)
        self._providers = {
            each.id: Provider(each, self._outgoing, database.clock, chosen.oidc_keys_minutes)
            for each in chosen.oidc_providers
        }

    @classmethod
    def open(cls, database: Database, passwords: Passwords, settings: Settings, stack: AsyncExitStack) -> Self:
        made = cls(database, passwords, settings)
        stack.push_async_callback(made.close)
        return made

    @property
    def offered(self) -> list[OidcProvider]:
        return [provider.settings for provider in self._providers.values()]

    def provider(self, name: str) -> Provider:
        found = self._providers.get(name)
        if found is None:
            raise NoSuchProvider
        return found

    async def begin(self, name: str, back: str, *, again: bool) -> tuple[str, str]:
        """Where to send a browser, and the cookie that it takes along."""
        provider, passage = self.provider(name), Passage.begin(name, back, again=again)
        return await provider.authorization(passage.asked), self.passages.write(passage)

    async def finish(self, name: str, cookie: str, said: Mapping[str, str]) -> Arrival:
        """Who came back from a provider.

        Raises:
            StateUnknown: nobody who was sent there by us.
            ProviderRefused: the provider did not let them in.
            BadIdToken: what it says of them cannot be trusted.
            NotAdmitted: they have no place here.
        """
        provider = self.provider(name)
        passage = self.passages.read(cookie, name, said.get("state", ""))
        if said.get("iss") not in (None, provider.settings.issuer):
            raise ProviderRefused("Another provider answered.", hint="Begin again.")
        if "error" in said or not said.get("code"):
            reason = said.get("error_description") or said.get("error") or "It sent no code."
            raise ProviderRefused(reason[:200], hint="Try again, or sign in another way.")
        fresh = _FRESH if passage.again else None
        claims = await provider.claims(said["code"], passage.verifier, passage.back, (passage.nonce, fresh))
        proved_at = datetime.fromtimestamp(claims["auth_time"], UTC) if passage.again else None
        return Arrival(await self._user_of(provider.settings, claims), proved_at)

    async def close(self) -> None:
        await self._outgoing.close()

    async def _user_of(self, provider: OidcProvider, claims: Json) -> UUID:
        hashed = await self._passwords.hash(secrets.token_urlsafe(32))  # takes as long for whoever comes

        async def find() -> UUID | None:
            return await self._database.write(
                lambda work: ExternalService(work, provider).user_of(claims, hashed), SYSTEM
            )

        try:
            user_id = await find()
        except IntegrityError:  # the same user came twice at the same moment
            user_id = await find()
        if user_id is None:
            raise NotAdmitted("None of your groups has a role here.", hint="Ask an administrator for one.")
        return user_id
