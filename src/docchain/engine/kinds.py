"""Step kinds: what a step can do, its parameters and results, and how far it reaches into the world."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from threading import RLock
from typing import Any, ClassVar
from uuid import UUID

import msgspec
from pydantic import BaseModel, ConfigDict

from docchain.engine.failures import FailureClass, KindTakenError
from docchain.engine.machine.facts import Charge
from docchain.engine.notes import Level, NoteLimits, Notes, amount_of
from docchain.platform.model import Model
from docchain.platform.revealed import Revealed


class Effect(StrEnum):
    """How far a step reaches: decides what the engine makes durable before and after it runs."""

    PURE = "pure"
    IDEMPOTENT = "idempotent"
    EXTERNAL = "external"


class InDoubt(StrEnum):
    """What becomes of an external effect whose outcome nobody recorded."""

    RESEND = "resend"
    LOOKUP = "lookup"
    PARK = "park"


class Params(Model):
    """Base of parameter models: unknown parameters are refused, with their path.

    Attempts of many runs share an instance whose values are all constants: never change what is in it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)


class Result(Model):
    """Base of result models: the small JSON value a step hands to the next ones."""

    model_config = ConfigDict(frozen=True)


@dataclass(frozen=True, slots=True)
class Wait:
    """Returned by a kind instead of a result: park the step until a signal or a moment.

    Args:
        signal: name a signal must carry to end the wait; `None` waits for time alone.
        until: when the wait ends by itself with an output of `{"signal": null}`; UTC.
        request: what a person or system needs to answer (an approval's form and assignees).
        rejects: the run ends `rejected` on `{"decision": "rejected"}` where no step needs this one.
    """

    signal: str | None = None
    until: datetime | None = None
    request: Mapping[str, Any] = field(default_factory=dict)
    rejects: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """Returned by a kind instead of a result: run a definition as a child run; its output becomes the step's.

    Args:
        definition: canonical JSON of the definition.
        inputs: checked and complete.
        label: the child's name in lists.
        attributes: what the child's starter would have said of it (origin, workflow and version).
    """

    definition: str
    inputs: Mapping[str, Any]
    label: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)


class StepContext(msgspec.Struct, gc=False):
    """What the engine tells a running step, and what the step hands back beside its result.

    `started` is the run's start and `began` this attempt's, in microseconds since the epoch.
    `products` are records of things made (a document version with its lineage), kept with the step's outcome and
    read from the journal by the feature that owns them. `blobs` are small bytes made durable in the same commit.
    """

    run_id: UUID
    workspace_id: UUID
    step_id: str
    attempt: int
    kind: str
    kind_version: int
    effect_key: str
    started: int
    began: int
    actor: str
    inputs: Mapping[str, Any]
    dry: bool = False
    products: list[dict[str, Any]] = []
    blobs: dict[str, bytes] = {}
    may_note: NoteLimits = NoteLimits()
    notes: Notes | None = None
    vault: "Vault | None" = None
    revealed: Revealed | None = None

    @property
    def started_at(self) -> datetime:
        """When the run started."""
        return datetime.fromtimestamp(self.started / 1_000_000, UTC)

    @property
    def now(self) -> datetime:
        """When this attempt began."""
        return datetime.fromtimestamp(self.began / 1_000_000, UTC)

    def log(self, message: str, /, level: Level = "info", **fields: Any) -> None:
        """Log a line for whoever looks at the run; it is kept when the attempt comes to its outcome.

        Values under secret names are masked; what is beyond the limits is cut, and a last line says how much.
        """
        self._noting().log(level, message, fields)

    def charge(
        self,
        amount: Decimal | str | int = 0,
        currency: str = "",
        *,
        tokens_in: int = 0,
        tokens_out: int = 0,
        what: str = "",
    ) -> None:
        """Add to what this attempt cost; `what` says what was paid for, such as a model's name.

        Raises:
            TypeError: for an amount that is a float.
            ValueError: for one that is no number, or has no currency.
        """
        self._noting().charge(Charge(amount_of(amount), currency, tokens_in, tokens_out, what))

    async def secret(self, name: str, host: str = "") -> str:
        """A secret of the workspace, for this attempt only; whatever the step hands back has a mask in its place.

        Args:
            name: as the vault knows it.
            host: where it is sent; secrets that are bound to hosts are given for these only.

        Raises:
            StepError: there is none of this name, it must not be sent there, or the vault does not answer.
        """
        if self.vault is None:
            raise StepError("There is no vault here.", FailureClass.UNAVAILABLE)
        value = await self.vault(self, name, host)
        self.reveal(value)
        return value

    def reveal(self, value: str) -> None:
        """Mask a value, such as one made of a secret, in whatever this attempt logs, returns or fails with."""
        if self.revealed is None:
            self.revealed = Revealed()
        self.revealed.add(value)

    def _noting(self) -> Notes:
        if self.notes is None:
            self.notes = Notes(self.may_note)
        return self.notes


Vault = Callable[[StepContext, str, str], Awaitable[str]]
"""Finds the secret of a name for an attempt, to be sent to a host; raises `StepError`."""


class StepError(Exception):
    """A step refused or failed; the class decides whether it is tried again.

    Args:
        message: what went wrong, for the person who reads the run.
        failure: the failure class that retry policies name.
        hint: what to do next.
        retry_after: seconds a provider asked us to wait.
    """

    def __init__(
        self,
        message: str,
        failure: FailureClass = FailureClass.BUG,
        *,
        hint: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.failure = failure
        self.hint = hint
        self.retry_after = retry_after


class NotUntilResumed(StepError):
    """Nothing helps but a person, who raises a budget for example: the run pauses, and resumed tries it again."""


class OutcomeUnknown(StepError):
    """An external call may or may not have happened (no answer came): the in-doubt policy decides."""

    def __init__(self, message: str) -> None:
        super().__init__(message, FailureClass.UNAVAILABLE)


class StepKind(ABC):
    """One thing a step can do. Subclass, name the models, write `run`.

    The class docstring's first line is the catalogue's description. Services a kind needs come through its own
    constructor, in the feature that offers it. `internal` ones serve the product's own runs; no catalogue lists them.
    """

    name: ClassVar[str]
    version: ClassVar[int] = 1
    title: ClassVar[str] = ""
    effect: ClassVar[Effect] = Effect.PURE
    in_doubt: ClassVar[InDoubt] = InDoubt.PARK
    internal: ClassVar[bool] = False
    params: ClassVar[type[Params]]
    result: ClassVar[type[BaseModel]]

    @abstractmethod
    async def run(self, params: Any, context: StepContext) -> BaseModel | Wait | Call:
        """Do the step. Raise `StepError` with a class; anything else counts as a `bug`."""

    def provider(self, params: Mapping[str, Any]) -> str:  # noqa: ARG002 (most kinds call nobody)
        """Who is called with these parameters, such as a host or a model's provider; limits may name it."""
        return ""

    async def preview(self, params: Any, context: StepContext) -> BaseModel | None:  # noqa: ARG002 (the contract's shape)
        """In a dry run, the result that stands for an external effect or a wait; `None` skips the step."""
        return None

    async def lookup(self, params: Any, context: StepContext) -> BaseModel | None:
        """For `InDoubt.LOOKUP`: find what the effect with this key did; `None` when it did not happen."""
        raise NotImplementedError(f"{self.name} cannot look up its effects.")


class Kinds:
    """The registry of step kinds by name; those that come later are made when the first of any is asked for."""

    def __init__(self, kinds: Iterable[StepKind] = ()) -> None:
        self._known: dict[str, StepKind] = {}
        self._later: list[Callable[[], Iterable[StepKind]]] = []
        self._making = RLock()
        self.vault: Vault | None = None
        self.extend(kinds)

    def later(self, make: Callable[[], Iterable[StepKind]]) -> None:
        self._later.append(make)

    def prepare(self) -> None:
        """Make what comes later, now; any thread may."""
        with self._making:
            while self._later:
                self.extend(self._later[-1]())
                self._later.pop()

    def extend(self, kinds: Iterable[StepKind]) -> None:
        """Register all of them, or none.

        Raises:
            KindTakenError: a name is taken; it says by what.
        """
        added: dict[str, StepKind] = {}
        for kind in kinds:
            if other := self._known.get(kind.name) or added.get(kind.name):
                places = " and by ".join(f"{type(one).__module__}.{type(one).__qualname__}" for one in (other, kind))
                taken = f"Step kind {kind.name} is registered twice: by {places}."
                raise KindTakenError(f"{taken} Rename one, or uninstall what brings it.")
            added[kind.name] = kind
        self._known.update(added)

    def add(self, kind: StepKind) -> None:
        self.extend([kind])

    def get(self, name: str) -> StepKind | None:
        return self._kinds.get(name)

    def __getitem__(self, name: str) -> StepKind:
        return self._kinds[name]

    def __iter__(self) -> Iterator[StepKind]:
        return iter(sorted(self._kinds.values(), key=lambda kind: kind.name))

    @property
    def _kinds(self) -> dict[str, StepKind]:
        if self._later:
            self.prepare()
        return self._known
