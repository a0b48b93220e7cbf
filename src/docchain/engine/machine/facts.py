"""Facts: what happened in a run, append-only; the state of a run is the fold of its facts.

Cycles cannot form among facts and states, so the garbage collector need not look at them (`gc=False`).

`at` and every due time are microseconds since the epoch, UTC. Fields are only ever added, with defaults, so that
journals of every release fold in every later one.
"""

from typing import Any

import msgspec


class _Fact(msgspec.Struct, tag_field="fact", frozen=True, omit_defaults=True, gc=False):
    at: int


class Parent(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """The step that called a child run. `depth` counts the runs above the child."""

    run: str
    step: str
    attempt: int
    depth: int = 1


class Started(_Fact, tag="started", frozen=True, gc=False):
    """`seed`: outputs of steps that count as done; `only`: the steps to run, all when empty; `dry`: effects are off."""

    definition: str
    workspace: str
    inputs: dict[str, Any]
    actor: str = ""
    label: str = ""
    attributes: dict[str, Any] = {}
    priority: int = 0
    not_before: int | None = None
    seed: dict[str, Any] = {}
    only: list[str] = []
    dry: bool = False
    parent: Parent | None = None


class Done(_Fact, tag="done", frozen=True, gc=False):
    step: str
    attempt: int
    output: Any = None
    products: list[dict[str, Any]] = []


class Failed(_Fact, tag="failed", frozen=True, gc=False):
    """`final`: whatever the retry policy says, it is not tried again; `pauses`: not before somebody resumes the run."""

    step: str
    attempt: int
    failure: str
    message: str
    hint: str = ""
    retry_after: int | None = None
    final: bool = False
    pauses: bool = False


class Line(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One line that a step logged."""

    at: int
    level: str
    message: str
    fields: dict[str, Any] = {}


class Charge(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What something cost: an amount as a decimal number, and tokens where they are what is paid for."""

    amount: str = "0"
    currency: str = ""
    tokens_in: int = 0
    tokens_out: int = 0
    what: str = ""


class Noted(_Fact, tag="noted", frozen=True, gc=False):
    """What an attempt noted beside its outcome, and when it began; quick attempts that note nothing have none."""

    step: str
    attempt: int
    began: int
    lines: list[Line] = []
    charges: list[Charge] = []


class Skipped(_Fact, tag="skipped", frozen=True, gc=False):
    """`because`: empty when its condition is false; else `need`, `branch`, `not_selected` or `dry_run`."""

    step: str
    because: str = ""


class FannedOut(_Fact, tag="fanned_out", frozen=True, gc=False):
    """A `for_each` step counted its items; they are the steps `id[0]`, `id[1]` and so on.

    `tolerate`: how many may fail; `items`: what they are, where looking them up again would cost an evaluation.
    """

    step: str
    count: int
    tolerate: int = 0
    items: list[Any] | None = None


class Gathered(_Fact, tag="gathered", frozen=True, gc=False):
    """All items of a step are settled, and few enough failed; its output is folded from theirs."""

    step: str


class Called(_Fact, tag="called", frozen=True, gc=False):
    """A step runs another definition as the child run `run`, and waits for its end."""

    step: str
    attempt: int
    run: str
    definition: str
    inputs: dict[str, Any]
    label: str = ""
    attributes: dict[str, Any] = {}
    expires: int | None = None


class Caught(_Fact, tag="caught", frozen=True, gc=False):
    """A step failed for good and the run goes on in the branch of `handler`."""

    step: str
    handler: str


class Sending(_Fact, tag="sending", frozen=True, gc=False):
    step: str
    attempt: int
    key: str


class Unknown(_Fact, tag="unknown", frozen=True, gc=False):
    """Nobody knows whether the effect happened; `live`: the engine was there, so a resend backs off first."""

    step: str
    attempt: int
    policy: str
    message: str = ""
    live: bool = False


class Waiting(_Fact, tag="waiting", frozen=True, gc=False):
    step: str
    attempt: int
    signal: str | None = None
    until: int | None = None
    expires: int | None = None
    rejects: bool = False
    request: dict[str, Any] = {}


class Escalated(_Fact, tag="escalated", frozen=True, gc=False):
    step: str
    request: dict[str, Any] = {}


class Retry(_Fact, tag="retry", frozen=True, gc=False):
    step: str
    attempt: int
    due: int


class Signalled(_Fact, tag="signalled", frozen=True, gc=False):
    step: str
    signal: str
    payload: Any = None
    actor: str = ""


class Fired(_Fact, tag="fired", frozen=True, gc=False):
    step: str
    due: int


class CancelRequested(_Fact, tag="cancel_requested", frozen=True, gc=False):
    actor: str = ""
    reason: str = ""


class Paused(_Fact, tag="paused", frozen=True, gc=False):
    actor: str = ""
    reason: str = ""


class Resumed(_Fact, tag="resumed", frozen=True, gc=False):
    actor: str = ""


class Reopened(_Fact, tag="reopened", frozen=True, gc=False):
    """An ended run goes on.

    `steps` are those that somebody named; `again` is all that is tried again, and of steps that map the places of the
    items (journals of the first release lack it: there the books tell).
    """

    steps: list[str]
    actor: str = ""
    again: dict[str, list[int]] | None = None


class Stopping(_Fact, tag="stopping", frozen=True, gc=False):
    status: str
    failure: str = ""
    message: str = ""
    step: str = ""


class Ended(_Fact, tag="ended", frozen=True, gc=False):
    status: str
    output: Any = None
    failure: str = ""
    message: str = ""
    step: str = ""


Fact = (
    Started | Done | Failed | Skipped | Sending | Unknown | Waiting | Escalated | Retry | Signalled | Fired
    | CancelRequested | Stopping | Ended
    | FannedOut | Gathered | Called | Caught | Paused | Resumed | Reopened | Noted
)  # fmt: skip

_encoder = msgspec.json.Encoder()
_plain = msgspec.json.Decoder()
_decoder = msgspec.json.Decoder(list[Fact])


def encode(facts: list[Fact]) -> bytes:
    return _encoder.encode(facts)


def as_kept(value: Any) -> Any:
    """The value as the journal gives it back, so that memory and journal cannot differ.

    Raises:
        TypeError, ValueError, OverflowError: for what is no JSON.
    """
    return _plain.decode(_encoder.encode(value))


def decode(data: bytes) -> list[Fact]:
    return _decoder.decode(data)
