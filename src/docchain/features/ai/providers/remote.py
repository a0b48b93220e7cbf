"""A remote provider: one call over the guarded wire through pydantic-ai, and nothing else: no retry, no second call."""

import asyncio
import json
import math
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import httpx2
from pydantic_ai.direct import model_request, model_request_stream
from pydantic_ai.messages import (
    ModelMessage,
    ModelRequest,
    ModelResponse,
    PartDeltaEvent,
    PartStartEvent,
    SystemPromptPart,
    TextPart,
    TextPartDelta,
    ToolCallPart,
    UserPromptPart,
)
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.output import OutputObjectDefinition
from pydantic_ai.settings import ModelSettings
from pydantic_ai.tools import ToolDefinition

from docchain.features.ai.json_answers import value_of
from docchain.features.ai.port import (
    Ask,
    Bound,
    Capability,
    Deltas,
    Finish,
    Health,
    Message,
    Origin,
    ProviderFailedError,
    Reply,
    Usage,
)
from docchain.features.ai.providers.failures import as_failed, refusal_in
from docchain.features.ai.providers.prices import price_of
from docchain.platform.guarded_model_transport import EXCHANGE, ModelExchange
from docchain.platform.outgoing_rules import within_rules

if TYPE_CHECKING:
    from docchain.features.ai.providers.breaker import Breaker
    from docchain.features.ai.providers.keys import Keys, Place
    from docchain.platform.outgoing_rules import Watch
    from docchain.platform.settings_ai import AiSettings

_UNANSWERED: Final = frozenset({"timeout", "unavailable", "rate_limited", "bad_output"})
_FINISH: Final[dict[str | None, Finish]] = {"length": "length", "content_filter": "filter"}
_FRAME: Final = 1_024
_BYTES_A_TOKEN: Final = 3
_MOST_TOKENS: Final = 100_000_000
"""What no model reads or writes at once: who says more does not count well."""
_UNTELLABLE: Final = re.compile("[\x00\ud800-\udfff]")
"""What no database and no UTF-8 takes."""


@dataclass(frozen=True, slots=True)
class Wire:
    """What calls of all remote providers share."""

    settings: "AiSettings"
    http: httpx2.AsyncClient
    keys: "Keys"
    watch: "Watch | None" = None


class RemoteProvider:
    """A provider elsewhere.

    Args:
        name: what workflows call it.
        dialect: the module that speaks its way.
        place: where it is.
        wire: what all share.
        breaker: its own.
    """

    remote = True

    def __init__(self, name: str, dialect: Any, place: "Place", wire: Wire, breaker: "Breaker") -> None:
        self.name = name
        self._dialect, self._place, self._wire, self._breaker = dialect, place, wire, breaker

    def can(self, ask: Ask) -> Capability:
        """Everything but vectors, which are made here."""
        if ask.task == "embed":
            return Capability(
                able=False, missing="Vectors are made by the provider local.", setting="DOCCHAIN_AI_ORDER"
            )
        return Capability(able=True)

    def bound(self, ask: Ask, model: str) -> Bound:
        """No token is shorter than a byte, and no answer longer than what is asked for."""
        counted = Usage(_bytes_of(ask) + _FRAME, self._most(ask))
        return Bound(counted.tokens_in, counted.tokens_out, price_of(self._wire.settings, self.name, model, counted))

    async def send(self, ask: Ask, model: str, origin: Origin, deltas: Deltas | None = None) -> Reply:
        """One request; with `deltas`, a stream."""
        key = await self._key(origin)
        if wait := self._breaker.enter():
            sentence = f"{self.name} failed again and again, and is left alone for {math.ceil(wait)} s. Try again then."
            raise ProviderFailedError(sentence, failure="unavailable", retry_after=wait)
        began = time.monotonic()
        try:
            reply = await self._sent(ask, model, origin, key, deltas)
        except ProviderFailedError as error:
            if error.failure in _UNANSWERED:
                self._breaker.failed()
            raise
        self._breaker.succeeded(time.monotonic() - began)
        return reply

    async def health(self, origin: Origin) -> Health:
        """From the calls of the last minutes; without a key for this workspace, not configured."""
        try:
            await self._key(origin)
        except ProviderFailedError:
            return Health("not_configured")
        return self._breaker.health()

    async def _key(self, origin: Origin) -> str:
        key = await self._wire.keys.of(self._place, origin)
        if not key and self._place.required:
            raise ProviderFailedError(f"{self.name} has no key. Set {self._place.how}.", failure="not_configured")
        return key

    async def _sent(self, ask: Ask, model: str, origin: Origin, key: str, deltas: Deltas | None) -> Reply:
        settings = self._wire.settings
        credential = self._dialect.credential(key) if key else None
        exchange = ModelExchange(credential, self._dialect.END, settings.ai_max_bytes, settings.ai_first_byte_timeout)
        before = EXCHANGE.set(exchange)
        try:
            async with within_rules(self._wire.watch, origin.workspace), asyncio.timeout(settings.ai_timeout):
                try:
                    answer = await self._asked(ask, model, deltas)
                except Exception as error:
                    if refusal := refusal_in(error):
                        raise refusal from None
                    raise
            hint = self._dialect.hint(model) if hasattr(self._dialect, "hint") else ""
            return replace(_reply(ask, model, answer), hint=hint)
        except Exception as error:
            if isinstance(error, ProviderFailedError):
                raise
            raise as_failed(error, exchange, name=self.name, model=model, key=self._place.how) from None
        finally:
            EXCHANGE.reset(before)

    async def _asked(self, ask: Ask, name: str, deltas: Deltas | None) -> ModelResponse:
        model: Model = self._dialect.model(name, self._place.url, self._wire.http)
        messages = _messages(ask.messages)
        settings = ModelSettings(max_tokens=self._most(ask), temperature=ask.temperature)
        wanted = _parameters(ask, model)
        if deltas is None:
            return await model_request(model, messages, model_settings=settings, model_request_parameters=wanted)
        async with model_request_stream(
            model, messages, model_settings=settings, model_request_parameters=wanted
        ) as stream:
            async for event in stream:
                if piece := _piece(event):
                    await deltas(piece)
            return stream.get()

    def _most(self, ask: Ask) -> int:
        return min(ask.max_tokens, self._wire.settings.ai_max_tokens)


def _messages(said: Sequence[Message]) -> list[ModelMessage]:
    made: list[ModelMessage] = []
    for message in said:
        if message.role == "assistant":
            made.append(ModelResponse(parts=[TextPart(message.text)]))
            continue
        part = SystemPromptPart(message.text) if message.role == "system" else UserPromptPart(message.text)
        if made and isinstance(made[-1], ModelRequest):
            made[-1] = ModelRequest(parts=[*made[-1].parts, part])
        else:
            made.append(ModelRequest(parts=[part]))
    return made


def _parameters(ask: Ask, model: Model) -> ModelRequestParameters:
    """Structured output as the model knows it: by schema, else as the arguments of a tool."""
    if ask.schema is None:
        return ModelRequestParameters()
    schema = dict(ask.schema)
    if model.profile.get("supports_json_schema_output", False):
        return ModelRequestParameters(
            output_mode="native", output_object=OutputObjectDefinition(json_schema=schema, name="result")
        )
    tool = ToolDefinition(name="result", parameters_json_schema=schema, kind="output")
    return ModelRequestParameters(output_mode="tool", output_tools=[tool], allow_text_output=False)


def _piece(event: object) -> str:
    if isinstance(event, PartStartEvent) and isinstance(event.part, TextPart):
        return _tellable(event.part.content)
    if isinstance(event, PartDeltaEvent) and isinstance(event.delta, TextPartDelta):
        return _tellable(event.delta.content_delta)
    return ""


def _tellable(text: str) -> str:
    return _UNTELLABLE.sub("\ufffd", text)


def _reply(ask: Ask, model: str, answer: ModelResponse) -> Reply:
    called = next((part for part in answer.parts if isinstance(part, ToolCallPart)), None)
    text = (
        called.args_as_json_str()
        if called
        else "".join(part.content for part in answer.parts if isinstance(part, TextPart))
    )
    text = _tellable(text)
    finish = _FINISH.get(answer.finish_reason, "stop")
    if not text and finish == "stop":
        sentence = "The model answered with nothing. Check the provider's address, and try again."
        raise ProviderFailedError(sentence, failure="bad_output", billed="unknown")
    return Reply(text, None if ask.schema is None else value_of(text), model, _usage(ask, answer, text), finish)


def _usage(ask: Ask, answer: ModelResponse, text: str) -> Usage:
    told = answer.usage
    reasoning = max(told.details.get("reasoning_tokens", 0), told.details.get("thoughts_tokens", 0))
    counted = Usage(told.input_tokens, told.output_tokens, min(told.cache_read_tokens, told.input_tokens), reasoning)
    counts = (counted.tokens_in, counted.tokens_out, counted.cached_in, counted.reasoning)
    if any(counts[:2]) and all(0 <= count <= _MOST_TOKENS for count in counts):
        return counted
    tokens_in, tokens_out = (math.ceil(size / _BYTES_A_TOKEN) for size in (_bytes_of(ask), len(text.encode())))
    return Usage(tokens_in, tokens_out, estimated=True)


def _bytes_of(ask: Ask) -> int:
    schema = len(json.dumps(ask.schema).encode()) if ask.schema is not None else 0
    return sum(len(message.text.encode()) + 32 for message in ask.messages) + schema
