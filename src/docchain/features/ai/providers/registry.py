"""Which providers there are, and their order; a remote one's library loads when it is first used, in a thread."""

import asyncio
import logging
import time
import warnings
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from docchain.features.ai.port import Health, Origin, Provider, ProviderFailedError
from docchain.features.ai.providers.breaker import Breaker
from docchain.features.ai.providers.keys import Keys, Opens, Place
from docchain.features.ai.providers.local import MODEL
from docchain.features.ai.providers.turns import Turns
from docchain.platform.limits.counting import Counter, InMemory
from docchain.platform.settings_ai import BUILT_IN, GGUF, ON_THIS_MACHINE, AiSettings

if TYPE_CHECKING:
    import httpx2

    from docchain.features.ai.providers.gguf import GgufProvider
    from docchain.platform.outgoing_rules import Watch

_CHATTY: Final = ("openai", "anthropic", "google_genai", "google.genai", "pydantic_ai", "httpx2", "httpcore2", "httpx")
_WARNING: Final = r"(pydantic|pydantic_ai|openai|anthropic|google)(\.|$)"
_HERE: Final = __name__.rpartition(".")[0]


class Providers:
    """All providers of a process.

    Args:
        settings: which, where and in which order.
        local: the one that needs nothing but this machine.
        vault: opens keys of workspaces.
        watch: knows the rules of workspaces.
        allow: private `host:port` pairs that may be called.
        counter: where calls are counted; in this process alone where there is none.
        clock: of the circuit breakers.
    """

    def __init__(
        self,
        settings: AiSettings,
        local: Provider,
        *,
        vault: Opens | None = None,
        watch: "Watch | None" = None,
        allow: list[str] | None = None,
        counter: Counter | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.names = settings.providers
        self.order = tuple(settings.ai_order)
        self._settings, self._watch, self._allow = settings, watch, allow or []
        self._keys = Keys(settings, vault)
        self._clock = clock
        self._turns = Turns(settings, counter or InMemory())
        self._opened: dict[str, Provider] = {"local": local}
        self._opening = asyncio.Lock()
        self._http: httpx2.AsyncClient | None = None
        self._gguf: GgufProvider | None = None

    async def get(self, name: str) -> Provider:
        """A provider by its name.

        Raises:
            ProviderFailedError: there is none of this name.
        """
        if name not in self.names:
            sentence = f"There is no provider {name[:40]!r}. Take one of: {', '.join(self.names)}."
            raise ProviderFailedError(sentence, failure="not_configured")
        async with self._opening:
            if name not in self._opened:
                self._opened[name] = await self._open(name)
            return self._opened[name]

    def model_of(self, name: str) -> str:
        """The model of a provider where none is named; empty where nobody chose one."""
        if name == GGUF and self._settings.ai_gguf_path is not None:
            return self._settings.ai_gguf_path.name
        if name == "local":
            return MODEL
        server = self._settings.ai_compatible.get(name)
        return self._settings.ai_models.get(name) or (server.models[0] if server and server.models else "")

    async def health(self, name: str, origin: Origin) -> Health:
        """How a provider is; of one that nobody asked yet only whether it has a key: looking loads no library."""
        opened = await self.get(name) if name in ON_THIS_MACHINE else self._opened.get(name)
        if opened is not None:
            return await opened.health(origin)
        place = self._place(name)
        try:
            key = await self._keys.of(place, origin)
        except ProviderFailedError:
            key = ""
        return Health("unknown" if key or not place.required else "not_configured")

    def gate(self, name: str) -> AbstractAsyncContextManager[None]:
        """Whoever calls a provider goes through here: it lets in as many as the operator allows."""
        return self._turns.of(name)

    async def close(self) -> None:
        if self._http is not None:
            await self._http.aclose()
        if self._gguf is not None:
            await self._gguf.close()

    async def _open(self, name: str) -> Provider:
        if name == GGUF and self._settings.ai_gguf_path is not None:
            from docchain.features.ai.providers.gguf import GgufProvider  # noqa: PLC0415 - where there is one

            self._gguf = GgufProvider(self._settings.ai_gguf_path, self._settings)
            return self._gguf
        kind = name if name in BUILT_IN else "compatible"
        remote, dialect, client = await asyncio.to_thread(self._load, kind)
        self._http = client
        wire = remote.Wire(self._settings, client, self._keys, self._watch)
        seconds = self._settings.ai_breaker_seconds
        breaker = Breaker(self._settings.ai_breaker_failures, seconds, self._clock)
        opened: Provider = remote.RemoteProvider(name, dialect, self._place(name), wire, breaker)
        return opened

    def _load(self, kind: str) -> tuple[Any, Any, "httpx2.AsyncClient"]:
        import httpx2  # noqa: PLC0415 - with the first remote call, not with the start

        from docchain.platform.guarded_model_transport import GuardedModelTransport  # noqa: PLC0415 - the same

        remote, dialect = import_module(f"{_HERE}.remote"), import_module(f"{_HERE}.{kind}")
        import_module("genai_prices")
        for library in _CHATTY:  # after their import, which may raise them: they would write what was sent
            logging.getLogger(library).setLevel(logging.WARNING)
        warnings.filterwarnings("ignore", module=_WARNING)  # the same: theirs quote what was answered
        client = self._http or httpx2.AsyncClient(
            transport=GuardedModelTransport(self._allow), trust_env=False, follow_redirects=False, timeout=3_600
        )
        return remote, dialect, client

    def _place(self, name: str) -> Place:
        if server := self._settings.ai_compatible.get(name):
            return Place(server.url, server.key_secret, "", required=bool(server.key_secret))
        return Place(getattr(self._settings, f"{name}_base_url"), name, f"{name}_api_key")
