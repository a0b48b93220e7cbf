"""What is asked of a model and what comes back: the one shape that every provider, local or remote, speaks."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, Protocol
from uuid import UUID

Task = Literal["generate", "extract", "classify", "summarize", "analyze", "translate", "decide", "embed", "ask"]
FailureClass = Literal[
    "unavailable",
    "timeout",
    "rate_limited",
    "denied",
    "invalid_request",
    "not_configured",
    "capability_missing",
    "bad_output",
]
Finish = Literal["stop", "length", "filter"]
Deltas = Callable[[str | None], Awaitable[None]]
"""Takes the pieces of an answer as they come; None: another answer begins, what came before does not count."""


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of what is sent; text of documents is data in it, never instructions."""

    role: Literal["system", "user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class PromptRef:
    """The version of a prompt of the library that was rendered."""

    name: str
    version: int
    digest: str


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked of a model.

    `schema` is the JSON Schema that the answer's value obeys; `local` is the typed input of a method that needs no
    model (its text, labels, fields).
    """

    task: Task
    messages: tuple[Message, ...]
    schema: Mapping[str, Any] | None = None
    max_tokens: int = 1024
    temperature: float = 0.0
    language: str = ""
    prompt: PromptRef | None = None
    local: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Origin:
    """Who pays for a call, and for which step of which run: every figure can be grouped by these."""

    workspace: UUID
    actor: str
    run: UUID | None = None
    step: str = ""
    attempt: int = 1
    part: int = 0
    document: UUID | None = None
    workflow: UUID | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of a call; `estimated` where the provider did not say."""

    tokens_in: int = 0
    tokens_out: int = 0
    cached_in: int = 0
    reasoning: int = 0
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """What a provider answered: `text`, and `value` where a schema or a local method gives one.

    `hint` is for whoever chose the model, such as that its days are numbered.
    """

    text: str
    value: Any
    model: str
    usage: Usage
    finish: Finish
    confidence: float | None = None
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Bound:
    """The most that a call can cost; `money` is None where nobody knows the model's price."""

    tokens_in: int
    tokens_out: int
    money: Decimal | None


@dataclass(frozen=True, slots=True)
class Capability:
    """Whether a provider can answer, and where not, what is missing and which setting would help."""

    able: bool
    missing: str = ""
    setting: str = ""


@dataclass(frozen=True, slots=True)
class Health:
    """How a provider is: told from the calls of the last minutes, and from the state of its circuit breaker."""

    state: Literal["ok", "degraded", "open", "not_configured", "unknown"]
    latency_ms: int | None = None
    failures: int = 0


class ProviderFailedError(Exception):
    """A call that gave no answer; `billed` says whether money was spent, `retry_after` is in seconds.

    Its text is a sentence of ours: what a provider says may hold keys and payloads, and is never passed on.
    """

    def __init__(
        self,
        sentence: str,
        *,
        failure: FailureClass,
        billed: Literal["no", "yes", "unknown"] = "no",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(sentence)
        self.failure, self.billed, self.retry_after = failure, billed, retry_after


class Provider(Protocol):
    """Whoever answers: a remote service, a model in a process of ours, or plain methods."""

    name: str
    remote: bool

    def can(self, ask: Ask) -> Capability:
        """Whether it could answer this at all, told without asking anybody."""
        ...

    def bound(self, ask: Ask, model: str) -> Bound:
        """The most that this could cost; reserved before anything is sent."""
        ...

    async def send(self, ask: Ask, model: str, origin: Origin, deltas: Deltas | None = None) -> Reply:
        """The answer; pieces of text go to `deltas` as they come. Raises `ProviderFailedError`."""
        ...

    async def health(self, origin: Origin) -> Health:
        """How it is, for whoever asks on behalf of a workspace."""
        ...
