"""One provider as it is spoken to: its description and keys, kept for a while; codes exchanged for tokens."""

import json
from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

from docchain.features.identity.oidc.errors import BadIdToken, ProviderAway, ProviderRefused, UnknownKey
from docchain.features.identity.oidc.id_token import Expected, believed
from docchain.platform.clock import Clock
from docchain.platform.outgoing import Outgoing, OutgoingError
from docchain.platform.settings_factors import OidcProvider

Json = dict[str, Any]
_OK: Final = 200
_AGAIN: Final = timedelta(seconds=30)
"""Unknown keys make us ask for new ones no more often than that."""
_FORM: Final = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}


@dataclass(slots=True)
class _Kept:
    value: Any
    at: datetime


class Provider:
    def __init__(self, settings: OidcProvider, outgoing: Outgoing, clock: Clock, keys_minutes: int) -> None:
        self.settings = settings
        self._outgoing = outgoing
        self._clock = clock
        self._lasts = timedelta(minutes=keys_minutes)
        self._description: _Kept | None = None
        self._keys: _Kept | None = None

    async def authorization(self, asked: dict[str, str]) -> str:
        """Where to send a browser."""
        endpoint = (await self.description())["authorization_endpoint"]
        joint = "&" if urlsplit(endpoint).query else "?"
        told = {"response_type": "code", "client_id": self.settings.client_id, "scope": " ".join(self._scopes)}
        return f"{endpoint}{joint}{urlencode(told | asked, quote_via=quote)}"

    async def end(self, back: str) -> str | None:
        """Where to send a browser to sign out there, too, if the provider offers that."""
        endpoint = (await self.description()).get("end_session_endpoint")
        if not isinstance(endpoint, str):
            return None
        told = {"client_id": self.settings.client_id, "post_logout_redirect_uri": back}
        return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(told, quote_via=quote)}"

    async def claims(self, code: str, verifier: str, back: str, expected: tuple[str, int | None]) -> Json:
        """Exchange a code, and return what the provider says of whoever signed in."""
        tokens = await self._exchange(code, verifier, back)
        token = tokens.get("id_token")
        if not isinstance(token, str):
            raise BadIdToken("The provider sent no ID token.")
        nonce, fresh = expected
        said = await self._believed(token, Expected(self.settings.issuer, self.settings.client_id, nonce, fresh))
        return await self._completed(said, tokens.get("access_token"))

    async def description(self) -> Json:
        if self._description is None or self._clock.now() - self._description.at > self._lasts:
            found = await self._get(f"{self.settings.issuer.rstrip('/')}/.well-known/openid-configuration")
            if found.get("issuer") != self.settings.issuer:
                raise ProviderAway(f"It calls itself {str(found.get('issuer'))[:100]!r}, not {self.settings.issuer!r}.")
            for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                if urlsplit(str(found.get(name))).scheme not in ("https", urlsplit(self.settings.issuer).scheme):
                    raise ProviderAway(f"Its description has no usable {name}.")
            self._description = _Kept(found, self._clock.now())
        return dict(self._description.value)

    async def _believed(self, token: str, expected: Expected) -> Json:
        """Keys change: one that is not known is looked for once more."""
        try:
            return believed(token, await self._published(timedelta.max), expected, self._clock.now())
        except UnknownKey:
            return believed(token, await self._published(_AGAIN), expected, self._clock.now())

    async def _published(self, oldest: timedelta) -> list[Json]:
        now = self._clock.now()
        if self._keys is None or now - self._keys.at > min(oldest, self._lasts):
            found = (await self._get((await self.description())["jwks_uri"])).get("keys")
            if not isinstance(found, list):
                raise ProviderAway("It publishes no keys.")
            self._keys = _Kept([key for key in found if isinstance(key, dict)], now)
        return list(self._keys.value)

    async def _exchange(self, code: str, verifier: str, back: str) -> Json:
        described = await self.description()
        sent = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier}
        secret, headers = self.settings.client_secret.get_secret_value(), dict(_FORM)
        ways = described.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        if secret and "client_secret_basic" in ways:
            pair = f"{quote(self.settings.client_id, safe='')}:{quote(secret, safe='')}"
            headers["authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        else:
            sent |= {"client_id": self.settings.client_id} | ({"client_secret": secret} if secret else {})
        status, answer = await self._call("POST", described["token_endpoint"], headers, urlencode(sent).encode())
        if status != _OK:
            reason = str(answer.get("error_description") or answer.get("error") or f"status {status}")
            raise ProviderRefused(f"It did not exchange the code: {reason[:200]}", hint="Begin again.")
        return answer

    async def _completed(self, claims: Json, access_token: object) -> Json:
        """What the ID token leaves out, as the provider's own page about the user says it."""
        endpoint = (await self.description()).get("userinfo_endpoint")
        wanted = {"email", self.settings.groups_claim if self.settings.roles else "email"}
        if wanted <= claims.keys() or not isinstance(endpoint, str) or not isinstance(access_token, str):
            return claims
        more = await self._get(endpoint, {"authorization": f"Bearer {access_token}"})
        if more.get("sub") != claims["sub"]:
            raise BadIdToken("The provider speaks of somebody else.")
        return more | claims

    async def _get(self, url: str, headers: dict[str, str] | None = None) -> Json:
        status, answer = await self._call("GET", url, {"accept": "application/json", **(headers or {})}, None)
        if status != _OK:
            raise ProviderAway(f"{url} answered {status}.")
        return answer

    async def _call(self, method: str, url: str, headers: dict[str, str], content: bytes | None) -> tuple[int, Json]:
        try:
            answer = await self._outgoing.send(method, url, headers=headers, content=content)
            body = json.loads(answer.body or b"{}")
        except OutgoingError as error:
            raise ProviderAway(str(error)) from None
        except ValueError:
            raise ProviderAway(f"{url} did not answer with JSON.") from None
        return answer.status, body if isinstance(body, dict) else {}

    @property
    def _scopes(self) -> list[str]:
        return list(dict.fromkeys(["openid", *self.settings.scopes]))
