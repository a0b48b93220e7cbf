"""How steps and doors ask for an answer, and what they get: they name a wish, never a provider's library."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Literal, Protocol
from uuid import UUID

from docchain.features.ai.port import Ask, Deltas, Finish, Origin, PromptRef, Usage

Redaction = Literal["off", "identifiers", "names", "strict"]


@dataclass(frozen=True, slots=True)
class Choice:
    """Whose answer is wished for; `auto` takes the workspace's order.

    `redact` raises what the workspace hides of personal data in remote calls, and never lowers it.
    """

    provider: str = "auto"
    model: str = ""
    cache: bool = True
    redact: Redaction | None = None


@dataclass(frozen=True, slots=True)
class RenderedPrompt:
    """A version of a prompt of the library with its variables filled in, and what it wishes for.

    `documents` are those that stand in it; `cut`: one of them is longer than what is read.
    """

    ref: PromptRef
    text: str
    system: str = ""
    schema: Mapping[str, Any] | None = None
    provider: str = ""
    model: str = ""
    temperature: float | None = None
    max_tokens: int | None = None
    documents: frozenset[UUID] = frozenset()
    cut: bool = False

    def asked(self, origin: Origin, choice: Choice, named: AbstractSet[str]) -> tuple[Origin, Choice]:
        """Who pays, and whom to ask: what whoever asks has `named` goes before the prompt's wishes.

        A kept answer goes with the one document that it is about; one about several is not kept.
        """
        about = self.documents | ({origin.document} if origin.document else frozenset())
        if len(about) == 1:
            origin = replace(origin, document=next(iter(about)))
        elif about:
            choice = replace(choice, cache=False)
        if self.provider and "provider" not in named:
            choice = replace(choice, provider=self.provider)
        if self.model and "model" not in named and self.provider in ("", choice.provider):
            choice = replace(choice, model=self.model)
        return origin, choice


@dataclass(frozen=True, slots=True)
class Fallback:
    """Another answered than was wished for, and why."""

    wanted: str
    why: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, from whom, and what it cost.

    `value` is what the schema or the local method gives, `cost` None where nobody knows the price; `calls` counts
    calls of models, repairs among them; `call` is the row of the ledger; `redacted` counts values that stayed here;
    `hint` is for whoever chose the model.
    """

    text: str
    value: Any
    provider: str
    model: str
    usage: Usage
    cost: Decimal | None
    currency: str
    cached: bool
    finish: Finish
    confidence: float | None
    took_ms: int
    call: UUID
    calls: int = 1
    redacted: int = 0
    fallback: Fallback | None = None
    hint: str = ""


class Asks(Protocol):
    """The one way to a model, local or remote."""

    async def call(self, ask: Ask, origin: Origin, choice: Choice, deltas: Deltas | None = None) -> Answer:
        """The answer, paid for, cached and traced.

        Raises:
            Refusal: one of `docchain.features.ai.errors`.
        """
        ...


@dataclass(frozen=True, slots=True)
class Policy:
    """What a workspace wishes of its models; empty `order` and `models` leave it to the operator."""

    order: tuple[str, ...] = ()
    fallback_local: bool = False
    redact: Redaction = "strict"
    nothing_leaves: bool = False
    models: Mapping[str, str] = field(default_factory=dict)


class Policies(Protocol):
    """Knows the policies of workspaces."""

    async def of(self, workspace: UUID) -> Policy:
        """The policy of a workspace."""
        ...
