"""AI put together: its one rule: nothing of it is imported or opened before somebody first asks for an answer."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from threading import Lock
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from docchain.features.ai.evaluation.gate import EvaluationGate
from docchain.features.documents import goes_with_documents
from docchain.platform.persevering import Rhythm, persevere
from docchain.platform.work import SYSTEM

if TYPE_CHECKING:
    from docchain.engine.kinds import StepContext
    from docchain.features.ai.asking import Asks, Policies
    from docchain.features.ai.calling.requests import Requests
    from docchain.features.ai.learning.recalling import Memory
    from docchain.features.ai.learning.settling import Settling
    from docchain.features.ai.port import Deltas
    from docchain.features.ai.privacy.service import VeilFactory
    from docchain.features.ai.prompts.gate import Gate
    from docchain.features.ai.providers.registry import Providers
    from docchain.features.documents import Children, Contents, ParsedTexts, StepDocuments
    from docchain.features.runs import Engine
    from docchain.features.secrets import Vault
    from docchain.features.settings import Outward, WorkspaceSettings
    from docchain.platform.database import Database
    from docchain.platform.limits.counting import Counter
    from docchain.platform.processes import ProcessPool
    from docchain.platform.settings import Settings
    from docchain.platform.work import Work

_SETTLING: Final = Rhythm(rest=1.0, poll=60.0)
Whisper = Callable[[UUID, UUID, dict[str, Any]], None]
"""Tells whoever is in the room of a run, at once or never: workspace, run, message."""


@dataclass(frozen=True, slots=True)
class Ai:
    """What doors and steps ask, once it is there."""

    calls: "Asks"
    providers: "Providers"
    policies: "Policies"
    requests: "Requests"
    veils: "VeilFactory"
    child: "ProcessPool"
    counter: "Counter"


@dataclass(frozen=True, slots=True)
class AiGround:
    """What AI stands on."""

    settings: "Settings"
    database: "Database"
    contents: "Contents"
    vault: "Vault"
    watch: "Outward"
    chosen: "WorkspaceSettings"


class AiHouse:
    """Holds AI, and makes it when it is first asked for.

    Args:
        ground: what it stands on.
    """

    def __init__(self, ground: AiGround) -> None:
        self.ground = ground
        self.whisper: Whisper | None = None
        """How pieces of answers reach who looks at a run; the composition root names it."""
        self.gate: Gate | None = EvaluationGate()
        """What must agree before a version of a prompt is published, if anything."""
        self._made: Ai | None = None
        self._making = Lock()
        goes_with_documents("answers", _forget)
        goes_with_documents("examples", _forget_examples)

    @property
    def ai(self) -> Ai:
        """All of it; any thread may ask."""
        with self._making:
            if self._made is None:
                self._made = build_ai(self.ground)
            return self._made

    @property
    def memory(self) -> "Memory":
        """What people corrected."""
        from docchain.features.ai.learning.recalling import Memory  # noqa: PLC0415 - with the first step

        ground = self.ground
        return Memory(ground.database, ground.chosen, ground.settings.ai.ai_examples)

    async def learn(
        self, engine: "Engine", documents: "StepDocuments", texts: "ParsedTexts", children: "Children"
    ) -> None:
        """Follow what people fill in for approvals, until cancelled."""
        from docchain.features.ai.learning.learner import Learner  # noqa: PLC0415 - not before the start is over

        def settling() -> "Settling":
            from docchain.features.ai.learning.settling import Settling  # noqa: PLC0415 - with the first answer
            from docchain.features.ai.learning.teaching import Teacher  # noqa: PLC0415 - the same
            from docchain.features.ai.reading import Readings  # noqa: PLC0415 - the same

            readings = Readings(documents.contents, texts, self.ground.settings.ai.ai_max_chars)
            return Settling(self.ground.database, engine, Teacher(readings, children))

        await Learner(self.ground.database, settling).run()

    async def settle(self) -> None:
        """Count in full what killed processes left without an outcome, until cancelled."""
        await persevere(self._settle, asyncio.Event(), _SETTLING, "calls_unsettled")

    async def _settle(self) -> None:
        from docchain.features.ai.cost.repository import CostRepository  # noqa: PLC0415 - not before the start is over

        if await self.ground.database.read(lambda work: CostRepository(work.session).is_sending(), SYSTEM):
            await self.ai.requests.recover()

    def asks(self) -> "Asks":
        """The one way to models."""
        return self.ai.calls

    def told(self, context: "StepContext") -> "Deltas | None":
        """Where the pieces of a step's answer go while they come."""
        if self.whisper is None:
            return None
        from docchain.features.ai.streaming import StepDeltas  # noqa: PLC0415 - with the first answer

        return StepDeltas(context, self.whisper)

    async def close(self) -> None:
        if self._made is not None:
            await self._made.providers.close()
            await self._made.child.close()
            await self._made.counter.close()


def _forget(work: "Work", documents: Sequence[UUID]) -> None:
    """Answers about documents, and corrections of them, go with them."""
    from docchain.features.ai.caching.repository import AnswerRepository  # noqa: PLC0415 - nothing of it at the start
    from docchain.features.ai.learning.repository import CorrectionRepository  # noqa: PLC0415 - the same

    AnswerRepository(work.session).forget_about(documents)
    CorrectionRepository(work.session).forget_about(documents)


def _forget_examples(work: "Work", documents: Sequence[UUID]) -> None:
    """So do examples of evaluation sets, and what was answered to them."""
    from docchain.features.ai.evaluation.repository import EvaluationRepository  # noqa: PLC0415 - the same

    rows = EvaluationRepository(work.session)
    if about := rows.about(documents):
        rows.forget(about)


def build_ai(ground: AiGround) -> Ai:
    """Make all of it; providers elsewhere load their libraries later still."""
    from docchain.features.ai.caching.answers import Answers, Shelf  # noqa: PLC0415 - nothing of it at the start
    from docchain.features.ai.calling.requests import Requests  # noqa: PLC0415 - the same
    from docchain.features.ai.calling.service import Calls  # noqa: PLC0415 - the same
    from docchain.features.ai.cost.makers import maker  # noqa: PLC0415 - the same
    from docchain.features.ai.privacy.policy import WorkspacePolicies  # noqa: PLC0415 - the same
    from docchain.features.ai.privacy.service import VeilFactory  # noqa: PLC0415 - the same
    from docchain.features.ai.providers.local import LocalProvider  # noqa: PLC0415 - the same
    from docchain.features.ai.providers.registry import Providers  # noqa: PLC0415 - the same
    from docchain.platform.limits.counting import counter_of  # noqa: PLC0415 - the same
    from docchain.platform.processes import ProcessPool  # noqa: PLC0415 - the same
    from docchain.platform.spool import Spool  # noqa: PLC0415 - the same

    settings = ground.settings
    memory, rest = settings.processes.process_memory_mb * 1024**2, settings.search.search_rest
    child = ProcessPool(1, memory, rest=rest, spool=Spool(settings.storage.spool_dir))
    local = LocalProvider(child, settings.ai.ai_timeout)
    allow = settings.outgoing.outgoing_allow
    counter = counter_of(settings.rates)
    providers = Providers(settings.ai, local, vault=ground.vault, watch=ground.watch, allow=allow, counter=counter)
    policies = WorkspacePolicies(ground.chosen, providers.names, ground.watch)
    own = settings.ai
    tries = (own.ai_retries + 1) * (own.ai_max_repairs + 1)
    patience = timedelta(seconds=2 * own.ai_timeout * tries)  # each waits for its turn, then for its answer
    shelf = Shelf(timedelta(days=own.ai_cache_days), own.ai_cache_bytes, patience)
    requests = Requests(ground.database, own)
    answers = Answers(ground.database, ground.vault, shelf, maker())
    repairs, retries = own.ai_max_repairs, own.ai_retries
    veils = VeilFactory(child, own.ai_timeout)
    calls = Calls(providers, policies, requests, answers, veils, repairs=repairs, retries=retries)
    return Ai(calls, providers, policies, requests, veils, child, counter)
