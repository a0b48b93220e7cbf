"""Who looks at sources: one task for each, where the engine runs and only there; failures are noted and tried again."""

import asyncio
from typing import Final, Protocol
from uuid import UUID

import structlog

from docchain.features.documents.intake.folders import FolderLook
from docchain.features.documents.intake.keeping import Keeper, actor_of
from docchain.features.documents.intake.mailbox import MailLook
from docchain.features.documents.intake.source_repository import SourceRepository
from docchain.features.documents.intake.source_schemas import IntakeSource
from docchain.features.documents.intake.source_service import SourceService, to_source
from docchain.platform.errors import Refusal
from docchain.platform.work import SYSTEM, Work

log = structlog.get_logger(__name__)
_EVERY: Final = 2.0
_SWEEP: Final = 300
_LONGEST: Final = 300.0


class Look(Protocol):
    async def look(self) -> int: ...


class Watch:
    """Keeps one task for each source that is looked at."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self._tasks: dict[tuple[UUID, int], asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Watch until cancelled."""
        turn = 0
        try:
            while True:
                try:
                    await self._follow()
                    if turn % _SWEEP == 0:
                        await self._keeper.intake.tus.sweep()
                except Exception:
                    log.exception("intake_watch_failed")
                turn += 1
                await asyncio.sleep(_EVERY)
        finally:
            for task in self._tasks.values():
                task.cancel()
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)
            self._tasks.clear()

    async def _follow(self) -> None:
        """Begin with sources that are new or changed, end with those that are gone."""
        found = await self._keeper.intake.database.read(_enabled, SYSTEM)
        wanted = {(source.id, source.revision): (workspace, source) for workspace, source in found}
        for key in self._tasks.keys() - wanted.keys():
            self._tasks.pop(key).cancel()
        for key in wanted.keys() - self._tasks.keys():
            self._tasks[key] = asyncio.create_task(self._watch(*wanted[key]))

    async def _watch(self, workspace: UUID, source: IntakeSource) -> None:
        own = self._keeper.intake.settings.intake
        every = own.intake_folder_every if source.kind == "folder" else own.intake_mail_every
        pause, told, looks = every, None, list[Look]()
        while True:
            problem = await self._look(workspace, source, looks)
            if problem is not None or told is not None:
                await self._note(workspace, source, problem)
            told = problem
            pause = every if problem is None else min(pause * 2, max(every, _LONGEST))
            await asyncio.sleep(pause)

    async def _look(self, workspace: UUID, source: IntakeSource, looks: list[Look]) -> str | None:
        """Look once more, with what was learned before; return what stands in the way."""
        try:
            if not looks:
                looks.append(look_of(self._keeper, workspace, source))
            if await looks[0].look():
                await self._note(workspace, source, None)
        except Refusal as refusal:
            return f"{refusal.detail} {refusal.hint}".strip()
        except OSError as error:
            return str(error)[:300]
        except Exception as error:
            log.exception("intake_source_failed", source=str(source.id))
            return f"It failed ({type(error).__name__}); the log says more."
        return None

    async def _note(self, workspace: UUID, source: IntakeSource, problem: str | None) -> None:
        def note(work: Work) -> None:
            SourceService(work).note(source.id, problem)

        await self._keeper.intake.database.write(note, actor_of(workspace, source))


def look_of(keeper: Keeper, workspace: UUID, source: IntakeSource) -> Look:
    kind = FolderLook if source.kind == "folder" else MailLook
    return kind(keeper, workspace, source)


def _enabled(work: Work) -> list[tuple[UUID, IntakeSource]]:
    return [(row.workspace_id, to_source(row)) for row in SourceRepository(work).looked_at()]
