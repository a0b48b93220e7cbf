"""OpenAI's models: their client without retries, environment or key, which the transport adds."""

import re
from typing import TYPE_CHECKING, Final

from openai import AsyncOpenAI
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

if TYPE_CHECKING:
    import httpx2
    from pydantic_ai.models import Model

END: Final = re.compile(rb"[\r\n]data: ?\[DONE\]")
UNSET: Final = "unset"


def credential(key: str) -> tuple[str, str]:
    """The header that a key goes in."""
    return "authorization", f"Bearer {key}"


def client(url: str, http: "httpx2.AsyncClient") -> AsyncOpenAI:
    """The library's client."""
    return AsyncOpenAI(base_url=url, api_key=UNSET, http_client=http, max_retries=0)


def model(name: str, url: str, http: "httpx2.AsyncClient") -> "Model":
    """A model of this provider."""
    return OpenAIChatModel(name, provider=OpenAIProvider(openai_client=client(url, http)))
