"""What is said at the doors of AI, and what they answer."""

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from docchain.features.ai.steps.generate import GenerateResult
from docchain.features.ai.steps.shared import FallbackTold
from docchain.platform.model import NO_FLAG, Model


class UsageTold(Model):
    """Tokens of all calls."""

    tokens_in: int
    tokens_out: int


class Money(Model):
    """What was paid."""

    amount: Decimal
    currency: str


class Generated(GenerateResult):
    """What was written, by whom, and what it cost."""

    provider: str
    model: str
    usage: UsageTold
    cost: Money | None = Field(None, description="Null where nobody knows the model's price.")
    cached: bool
    fallback: FallbackTold | None = None


class BatchRequest(BaseModel):
    """Many texts at once."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "operation": "analyze",
                "items": [
                    {"text": "The delivery was late and the product is broken.", "analyses": ["sentiment"]},
                    {"text": "Muchas gracias, todo perfecto.", "analyses": ["sentiment", "language"]},
                ],
                "provider": "local",
            }
        },
    )

    operation: Literal["analyze", "generate"]
    items: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=100)] = Field(
        description="Each as the body of POST /ai/analyze or POST /ai/generate; `stream` is not for here."
    )
    provider: Annotated[str, Field(max_length=40)] | None = Field(None, description="Of items that name none.")
    model: Annotated[str, Field(max_length=200)] | None = Field(None, description="Of items that name none.")
    concurrency: Annotated[int, Field(ge=1, le=16), NO_FLAG] = Field(4, description="Items that are asked at once.")


class BatchItem(Model):
    """What became of one item."""

    index: int
    status: Literal["ok", "failed"]
    result: dict[str, Any] | None = None
    problem: dict[str, Any] | None = Field(None, description="A problem document, as the single request answers.")


class BatchAnswer(Model):
    """What became of each, in their order, and what all of it cost."""

    items: list[BatchItem]
    succeeded: int
    failed: int
    usage: UsageTold
    cost: Money | None = Field(None, description="Null where nobody knows the price of one of them.")


class ProviderHealth(Model):
    """How a provider is, as its last calls showed."""

    state: str = Field(description="`ok`, `degraded`, `open` (left alone for a while), `not_configured`, `unknown`.")
    latency_ms: int | None = None
    failures: int = 0


class ProviderTold(Model):
    """A provider, and whether it can be asked."""

    name: str
    remote: bool
    configured: bool
    allowed: bool = Field(description="False where nothing leaves the workspace.")
    model: str = Field(description="The model where none is named.")
    setting: str | None = Field(None, description="What sets it up.")
    place_in_order: int | None = Field(None, description="1 is asked first by `auto`; null: only by its name.")
    health: ProviderHealth
    capabilities: list[str]


class ProvidersTold(Model):
    """All providers, in the workspace's order first."""

    items: list[ProviderTold]
    order: list[str]
    fallback_local: bool
    nothing_leaves: bool
    redact: str


class ProviderChecked(Model):
    """What a short question showed."""

    name: str
    ok: bool
    took_ms: int
    model: str = ""
    problem: dict[str, Any] | None = None


class RedactRequest(BaseModel):
    """What would be hidden of a text."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"text": "Llame a Ana García al 600 123 456.", "level": "strict"}},
    )

    text: Annotated[str, Field(min_length=1, max_length=100_000)]
    level: Literal["identifiers", "names", "strict"] = "strict"


class Redacted(Model):
    """The text as a remote model would see it."""

    text: str
    level: str
    values: int = Field(description="How many values have a mark in their place.")
