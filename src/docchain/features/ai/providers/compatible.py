"""Servers that speak as OpenAI's does: the same client, and never OpenAI's prices."""

from typing import TYPE_CHECKING

from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.profiles.openai import OpenAIModelProfile
from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

from docchain.features.ai.providers.openai import END, client, credential

if TYPE_CHECKING:
    import httpx2
    from pydantic_ai.models import Model

__all__ = ["END", "credential", "model"]


def model(name: str, url: str, http: "httpx2.AsyncClient") -> "Model":
    """A model of such a server; `max_tokens` is the old name, which all of them know."""
    provider = OpenAICompatibleProvider("compatible", openai_client=client(url, http))
    profile = OpenAIModelProfile(supports_json_schema_output=True, openai_chat_supports_max_completion_tokens=False)
    return OpenAIChatModel(name, provider=provider, profile=profile)
