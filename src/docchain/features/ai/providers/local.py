"""The provider “local”: methods of language in child processes; its one rule: no key, no network, no money.

What no method of it does is `capability_missing`, and the sentence names the setting that helps.
"""

from decimal import Decimal
from typing import Any, Final

from docchain.features.ai.local.routing import route_of
from docchain.features.ai.port import (
    Ask,
    Bound,
    Capability,
    Deltas,
    FailureClass,
    Health,
    Origin,
    ProviderFailedError,
    Reply,
    Usage,
)
from docchain.platform.processes import (
    ChildAnswer,
    ChildBusy,
    ChildCrashed,
    ChildDiskFull,
    ChildError,
    ChildFailed,
    ChildMemory,
    ChildTimeout,
    ProcessPool,
)

MODEL: Final = "local-1"
SETTING: Final = "DOCCHAIN_AI_ORDER"
_BY_SCHEMA: Final = frozenset({"extract", "generate"})
_JOB: Final = "docchain.features.ai.local.jobs:work"
_HELP: Final = (
    f"Put a provider that can before it in {SETTING} and give its key, for example DOCCHAIN_OPENAI_API_KEY, "
    "DOCCHAIN_ANTHROPIC_API_KEY or DOCCHAIN_GOOGLE_API_KEY."
)
_STOPPED: Final[dict[type[ChildError], tuple[FailureClass, str]]] = {
    ChildTimeout: ("timeout", "The local method took too long. Raise DOCCHAIN_AI_TIMEOUT, or give less text."),
    ChildMemory: (
        "unavailable",
        "The local method ran out of memory. Raise DOCCHAIN_PROCESS_MEMORY_MB, or give less text.",
    ),
    ChildAnswer: ("unavailable", "The local method's answer is too large. Give less text."),
    ChildDiskFull: ("unavailable", "There is no room on the disk that holds DOCCHAIN_DATA_DIR. Make some."),
    ChildBusy: ("unavailable", "Too many calls wait already. Raise DOCCHAIN_WORKERS, or try again later."),
    ChildCrashed: ("unavailable", "The local method's process ended. Try again."),
}
_OURS: Final[dict[str, FailureClass]] = {
    "capability_missing": "capability_missing",
    "invalid_request": "invalid_request",
    "template.fault": "invalid_request",
}


class LocalProvider:
    """Methods that need nothing but this machine.

    Args:
        processes: where they run.
        timeout: seconds that one call may take.
        most_chars: how much of a text is read.
    """

    name = "local"
    remote = False

    def __init__(self, processes: ProcessPool, timeout: float = 120.0, most_chars: int = 200_000) -> None:
        self._processes = processes
        self._timeout = timeout
        self._most_chars = most_chars

    def can(self, ask: Ask) -> Capability:
        """Everything but translation, and what is neither a template nor a task that it knows."""
        if ask.task == "translate":
            return Capability(able=False, missing=f"No local method translates. {_HELP}", setting=SETTING)
        if ask.task != "generate" or (ask.local.get("template") and ask.schema is None):
            return Capability(able=True)
        route = route_of(_said(ask))
        if ask.schema is not None and (route is None or route.task != "extract"):
            sentence = f"No local method fills a schema, unless the prompt begins with `Extract`. {_HELP}"
            return Capability(able=False, missing=sentence, setting=SETTING)
        if route is None:
            return Capability(able=False, missing=f"No local method writes freely. {_HELP}", setting=SETTING)
        if route.task == "translate":
            return Capability(able=False, missing=f"No local method translates. {_HELP}", setting=SETTING)
        return Capability(able=True)

    def bound(self, ask: Ask, model: str) -> Bound:  # noqa: ARG002 - the port's shape: nothing of it costs
        return Bound(0, 0, Decimal(0))

    async def send(self, ask: Ask, model: str, origin: Origin, deltas: Deltas | None = None) -> Reply:  # noqa: ARG002
        able = self.can(ask)
        if not able.able:
            raise ProviderFailedError(able.missing, failure="capability_missing")
        local = dict(ask.local)
        if ask.task in _BY_SCHEMA and ask.schema is not None:
            local.setdefault("schema", dict(ask.schema))
        call = (ask.task, local, _said(ask), ask.language, self._most_chars)
        try:
            told: dict[str, Any] = await self._processes.run(_JOB, *call, timeout=self._timeout)
        except ChildFailed as error:
            raise _refused(error) from None
        except ChildError as error:
            failure, sentence = _STOPPED[type(error)]
            raise ProviderFailedError(sentence, failure=failure) from None
        if deltas is not None and told["text"]:
            await deltas(told["text"])
        value = {**told["value"], "method": told["method"]}
        return Reply(told["text"], value, MODEL, Usage(), "stop", told["confidence"])

    async def health(self, origin: Origin) -> Health:  # noqa: ARG002 - the same for everybody
        return Health("open" if self._processes.closed else "ok")


def _said(ask: Ask) -> str:
    """What the person wrote last."""
    return next((message.text for message in reversed(ask.messages) if message.role == "user"), "")


def _refused(error: ChildFailed) -> ProviderFailedError:
    failure = _OURS.get(error.code or "")
    if failure is None:
        return ProviderFailedError(
            f"The local method failed ({error.kind}). Try again with another text, and report it.", failure="bad_output"
        )
    sentence = f"{error.message} {_HELP}" if failure == "capability_missing" else error.message
    return ProviderFailedError(sentence, failure=failure)
