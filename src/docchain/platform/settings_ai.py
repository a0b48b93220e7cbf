"""What the operator may choose of models: who is asked, with which key, in which order, and what a call may take."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeInt,
    PositiveInt,
    SecretStr,
    model_validator,
)

from docchain.platform.settings_concerns import Concern, also, web_address

BUILT_IN = ("local", "openai", "anthropic", "google")
AUTO = "auto"
GGUF = "gguf"
ON_THIS_MACHINE = frozenset({"local", GGUF})
"""Providers that send nothing anywhere."""
MOST_CHARS = 4_000_000
"""What no setting goes beyond."""
_NAME = r"^[a-z][a-z0-9_-]{0,39}$"


class CompatibleServer(BaseModel):
    """A server that speaks as OpenAI's does; prices are in US dollars for a million tokens."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: Annotated[str, AfterValidator(web_address), Field(min_length=1)]
    key_secret: str = ""
    models: list[str] = Field(default_factory=list)
    price_in: float | None = Field(None, ge=0)
    price_out: float | None = Field(None, ge=0)
    context: PositiveInt = 8_192


class ModelPrice(BaseModel):
    """What a model costs, in US dollars for a million tokens."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    input: float = Field(ge=0)
    output: float = Field(ge=0)


class AiSettings(Concern):
    """Which models are asked, and what their calls may take."""

    openai_api_key: SecretStr = Field(
        SecretStr(""),
        validation_alias=also("OPENAI_API_KEY", "OPENAI_API_KEY"),
        description="Key for OpenAI. A workspace's secret `openai` goes before it.",
    )
    anthropic_api_key: SecretStr = Field(
        SecretStr(""),
        validation_alias=also("ANTHROPIC_API_KEY", "ANTHROPIC_API_KEY"),
        description="Key for Anthropic. A workspace's secret `anthropic` goes before it.",
    )
    google_api_key: SecretStr = Field(
        SecretStr(""),
        validation_alias=also("GOOGLE_API_KEY", "GOOGLE_API_KEY", "GEMINI_API_KEY"),
        description="Key for Google's Gemini. A workspace's secret `google` goes before it.",
    )
    openai_base_url: Annotated[str, AfterValidator(web_address)] = Field(
        "https://api.openai.com/v1", min_length=1, description="Where OpenAI is asked."
    )
    anthropic_base_url: Annotated[str, AfterValidator(web_address)] = Field(
        "https://api.anthropic.com", min_length=1, description="Where Anthropic is asked."
    )
    google_base_url: Annotated[str, AfterValidator(web_address)] = Field(
        "https://generativelanguage.googleapis.com", min_length=1, description="Where Google is asked."
    )
    ai_compatible: dict[Annotated[str, Field(pattern=_NAME)], CompatibleServer] = Field(
        {},
        description="Servers that speak as OpenAI's does (Ollama, vLLM, llama.cpp), as a JSON object by name: "
        '`{"ollama": {"url": "http://localhost:11434/v1", "key_secret": "", "models": ["llama3.2"], "price_in": 0, '
        '"price_out": 0, "context": 8192}}`. List private ones in `DOCCHAIN_OUTGOING_ALLOW`, too.',
    )
    ai_gguf_path: Path | None = Field(
        None,
        description="A model in a GGUF file of this machine, which is the provider `gguf` then; needs "
        "`pip install 'docchain[gguf]'`.",
    )
    ai_gguf_threads: PositiveInt = Field(1, le=1_024, description="Threads that work on that model.")
    ai_gguf_context: PositiveInt = Field(4_096, le=1_000_000, description="Tokens that it reads and writes in a call.")
    ai_gguf_memory_mb: PositiveInt = Field(8_192, description="Most memory of its process, in MiB.")
    ai_order: list[str] = Field(
        ["local"],
        min_length=1,
        description="Providers that `auto` asks, in this order, as a JSON list of `local`, `openai`, `anthropic`, "
        "`google` and names of `DOCCHAIN_AI_COMPATIBLE`.",
    )
    ai_models: dict[str, str] = Field(
        {"openai": "gpt-4o-mini", "anthropic": "claude-sonnet-4-6", "google": "gemini-2.5-flash"},
        description="The model of a provider where none is named, as a JSON object.",
    )
    ai_timeout: float = Field(120.0, gt=0, le=3_600, description="Seconds that one call of a model may take.")
    ai_first_byte_timeout: float = Field(
        30.0, gt=0, le=3_600, description="Seconds that a provider may stay silent, before and while it answers."
    )
    ai_max_bytes: PositiveInt = Field(8 * 1024 * 1024, description="Largest answer of a provider that is read.")
    ai_concurrency: dict[str, PositiveInt] = Field(
        {}, description="Most calls at once by provider in each server, as a JSON object; 8 where none is named."
    )
    ai_rates: dict[str, PositiveInt] = Field(
        {},
        description="Most calls a minute by provider, as a JSON object, for all servers together where "
        "`DOCCHAIN_REDIS_URL` is set; a tenth of them may come at once. A call waits for its turn up to "
        "`DOCCHAIN_AI_TIMEOUT`. No limit where none is named.",
    )
    ai_retries: NonNegativeInt = Field(
        2, le=10, description="How often a call is tried again when a provider is busy or broken."
    )
    ai_breaker_failures: PositiveInt = Field(
        5, le=1_000, description="Failures in a row after which a provider is left alone for a while."
    )
    ai_breaker_seconds: float = Field(30.0, gt=0, le=3_600, description="Seconds for which it is left alone.")
    ai_max_repairs: NonNegativeInt = Field(
        1, le=5, description="How often a model is asked to mend an answer that does not fit the schema."
    )
    ai_cache_days: float = Field(30.0, gt=0, le=3_650, description="Days for which known answers are taken again.")
    ai_cache_bytes: PositiveInt = Field(
        64 * 1024 * 1024, description="Most bytes of known answers that a workspace keeps; the oldest go first."
    )
    ai_max_tokens: PositiveInt = Field(4_096, le=1_000_000, description="Most tokens that an answer may have.")
    ai_max_chars: PositiveInt = Field(
        400_000, le=MOST_CHARS, description="Most characters that are read of a text or a document."
    )
    ai_window_chars: int = Field(
        48_000, ge=1_000, le=200_000, description="Characters of a part; a longer text is asked about in parts."
    )
    ai_max_parts: PositiveInt = Field(40, le=1_000, description="Most parts of a long text that are asked about.")
    ai_max_examples: PositiveInt = Field(500, le=10_000, description="Most examples of an evaluation set.")
    ai_evaluation_concurrency: PositiveInt = Field(
        4, le=64, description="Examples of an evaluation set that are graded at once."
    )
    ai_prices: dict[str, ModelPrice] = Field(
        {},
        description="Prices that go before the known ones, as a JSON object by `provider/model`, in US dollars for a "
        'million tokens: `{"openai/gpt-4o-mini": {"input": 0.15, "output": 0.6}}`.',
    )
    ai_corrections: PositiveInt = Field(10_000, description="Corrections of papers that a workspace may keep.")
    ai_examples: NonNegativeInt = Field(
        3, le=10, description="Corrected papers of the same layout that a remote model is shown; 0: none."
    )
    ai_templates: PositiveInt = Field(200, description="Templates of AI workflows that a workspace may make.")
    ai_chain_links: PositiveInt = Field(500, le=10_000, description="Links that a chain of documents may have.")
    ai_chain_bytes: PositiveInt = Field(
        2 * 1024 * 1024, description="Most text that a chain is rendered of as one document."
    )

    @property
    def providers(self) -> tuple[str, ...]:
        """The names of all, as workflows and workspaces write them."""
        return (*BUILT_IN, *([GGUF] if self.ai_gguf_path else ()), *self.ai_compatible)

    @model_validator(mode="after")
    def _names(self) -> Self:
        known = f"Take {', '.join(self.providers)}."
        if taken := next((name for name in self.ai_compatible if name in {*BUILT_IN, GGUF, AUTO}), None):
            raise ValueError(f"DOCCHAIN_AI_COMPATIBLE has a server {taken!r}, which is a name of ours. Rename it.")
        named = {
            "DOCCHAIN_AI_ORDER": self.ai_order,
            "DOCCHAIN_AI_MODELS": self.ai_models,
            "DOCCHAIN_AI_CONCURRENCY": self.ai_concurrency,
            "DOCCHAIN_AI_RATES": self.ai_rates,
            "DOCCHAIN_AI_PRICES": [name.partition("/")[0] for name in self.ai_prices],
        }
        for variable, names in named.items():
            if wrong := next((name for name in names if name not in self.providers), None):
                raise ValueError(f"{variable} names the provider {wrong!r}, which there is not. {known}")
        return self
