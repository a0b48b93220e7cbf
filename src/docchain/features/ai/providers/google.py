"""Google's Gemini models: the client of the Gemini API, never Vertex, without the key, which the transport adds."""

import re
from typing import TYPE_CHECKING, Final

from pydantic_ai.models.google import GoogleModel
from pydantic_ai.providers.google import GoogleProvider

if TYPE_CHECKING:
    import httpx2
    from pydantic_ai.models import Model

END: Final = re.compile(rb'(?<!\\)"finishReason"\s*:\s*"[A-Z_]+"')


def credential(key: str) -> tuple[str, str]:
    """The header that a key goes in."""
    return "x-goog-api-key", key


def model(name: str, url: str, http: "httpx2.AsyncClient") -> "Model":
    """A model of this provider."""
    return GoogleModel(name, provider=GoogleProvider(api_key="unset", base_url=url, http_client=http))
