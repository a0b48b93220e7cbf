"""The provider `gguf`: a model in a file of this machine, in a child process of its own; nothing of it leaves."""

import importlib.util
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from docchain.features.ai.json_answers import value_of
from docchain.features.ai.port import (
    Ask,
    Bound,
    Capability,
    Deltas,
    FailureClass,
    Finish,
    Health,
    Origin,
    ProviderFailedError,
    Reply,
    Usage,
)
from docchain.platform.processes import ChildError, ChildFailed, ChildMemory, ChildTimeout, ProcessPool
from docchain.platform.settings_ai import AiSettings

_JOB: Final = "docchain.features.ai.providers.gguf_child:chat"
_CALLS: Final = 100_000
_FINISH: Final[dict[str, Finish]] = {"length": "length"}
_MIB: Final = 1024 * 1024
_STOPPED: Final[dict[type[ChildError], tuple[FailureClass, str]]] = {
    ChildTimeout: ("timeout", "The model took too long. Raise DOCCHAIN_AI_TIMEOUT, or ask for less."),
    ChildMemory: ("unavailable", "The model wants more memory. Raise DOCCHAIN_AI_GGUF_MEMORY_MB."),
}


class GgufProvider:
    """A model of the operator's; it loads with its first call, and is let go after five minutes without one.

    Args:
        path: of the model.
        settings: how much it may take.
    """

    name = "gguf"
    remote = False

    def __init__(self, path: Path, settings: AiSettings) -> None:
        self._path, self._settings = path, settings
        self._pool = ProcessPool(1, settings.ai_gguf_memory_mb * _MIB, _CALLS)

    def can(self, ask: Ask) -> Capability:
        """Everything but vectors, which are made by `local`."""
        if ask.task == "embed":
            return Capability(
                able=False, missing="Vectors are made by the provider local.", setting="DOCCHAIN_AI_ORDER"
            )
        return Capability(able=True)

    def bound(self, ask: Ask, model: str) -> Bound:  # noqa: ARG002 - the port's shape: there is one model, for nothing
        return Bound(self._settings.ai_gguf_context, ask.max_tokens, Decimal(0))

    async def send(self, ask: Ask, model: str, origin: Origin, deltas: Deltas | None = None) -> Reply:  # noqa: ARG002
        if not await self._ready():
            sentence = "gguf is not set up. Install `docchain[gguf]`, and set DOCCHAIN_AI_GGUF_PATH to a model's file."
            raise ProviderFailedError(sentence, failure="not_configured")
        own = self._settings
        call = (str(self._path), own.ai_gguf_threads, own.ai_gguf_context, _asked(ask, own.ai_max_tokens))
        try:
            told: dict[str, Any] = await self._pool.run(_JOB, *call, timeout=own.ai_timeout)
        except ChildFailed as error:
            ours = error.code == "invalid_request"
            sentence = error.message if ours else "The model's process failed. Try again with other text."
            raise ProviderFailedError(sentence, failure="invalid_request" if ours else "unavailable") from None
        except ChildError as error:
            failure, sentence = _STOPPED.get(type(error), ("unavailable", "The model's process ended. Try again."))
            raise ProviderFailedError(sentence, failure=failure) from None
        if deltas is not None and told["text"]:
            await deltas(told["text"])
        usage = Usage(told["tokens_in"], told["tokens_out"])
        value = None if ask.schema is None else value_of(told["text"])
        return Reply(told["text"], value, self._path.name, usage, _FINISH.get(told["finish"], "stop"))

    async def health(self, origin: Origin) -> Health:  # noqa: ARG002 - the same for everybody
        return Health("ok" if await self._ready() else "not_configured")

    async def close(self) -> None:
        await self._pool.close()

    async def _ready(self) -> bool:
        return self._path.is_file() and importlib.util.find_spec("xllamacpp") is not None


def _asked(ask: Ask, most: int) -> dict[str, Any]:
    messages = [{"role": message.role, "content": message.text} for message in ask.messages]
    asked: dict[str, Any] = {
        "messages": messages,
        "max_tokens": min(ask.max_tokens, most),
        "temperature": ask.temperature,
    }
    if ask.schema is not None:
        asked["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": "result", "schema": dict(ask.schema)},
        }
    return asked
