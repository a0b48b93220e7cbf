"""Anthropic's models: their client without retries, environment or key, which the transport adds."""

import re
from typing import TYPE_CHECKING, Final

from anthropic import AsyncAnthropic
from anthropic.resources.messages.messages import DEPRECATED_MODELS
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.providers.anthropic import AnthropicProvider

if TYPE_CHECKING:
    import httpx2
    from pydantic_ai.models import Model

END: Final = re.compile(rb"[\r\n]event: ?message_stop")

_ENDS: Final = dict(DEPRECATED_MODELS)
DEPRECATED_MODELS.clear()  # the library would warn in the log of the operator; `hint` tells who asked


def credential(key: str) -> tuple[str, str]:
    """The header that a key goes in."""
    return "x-api-key", key


def model(name: str, url: str, http: "httpx2.AsyncClient") -> "Model":
    """A model of this provider."""
    client = AsyncAnthropic(base_url=url, api_key="unset", http_client=http, max_retries=0)
    return AnthropicModel(name, provider=AnthropicProvider(anthropic_client=client))


def hint(name: str) -> str:
    """What to tell who chose a model: when it ends, where that is known."""
    return f"Anthropic ends {name} on {_ENDS[name]}. Choose another model until then." if name in _ENDS else ""
