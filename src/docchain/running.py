"""What runs beside the requests: the engine, what follows it, and what looks after the rest from time to time."""

import asyncio
import contextlib
from functools import partial

from docchain.engine import LocalEngine
from docchain.engine.failures import KindTakenError
from docchain.engine.kinds import Kinds
from docchain.features import documents, identity, runs, search
from docchain.platform.leaving import leave_broken
from docchain.platform.outbox import Postman
from docchain.platform.persevering import Loop, after_start
from docchain.services import Services


async def start(services: Services, stack: contextlib.AsyncExitStack) -> None:
    """The engine, and what follows it; on PostgreSQL both run where the lease is."""
    engine, grace = services.engine, services.settings.engine.step_grace
    retention = services.settings.retention
    filed = documents.DocumentRetention(services.database, retention.trash_days, retention.retention_every)
    pictures = services.beside.loop
    first = [services.journal.run, services.events.run]
    loops: list[Loop] = [services.history.run, filed.run, services.search.indexer.run]
    loops += [documents.Watch(services.keeper).run, _erasure(services).run]
    loops += [*([pictures.run] if pictures else []), services.audit.run, services.vault.run]
    loops += [Postman(services.database, services.accounts.postbox).run, _eraser(services).run]
    await stack.enter_async_context(services.audit.refusals.kept())
    await stack.enter_async_context(services.content_reads.kept())
    children = documents.Children(services.processes, services.settings.processes.process_timeout)
    loops.append(documents.Fingerprints(services.database, services.contents, children).run)
    learnt = (services.engine, services.documents, services.beside.texts, children)
    loops += [partial(services.ai.learn, *learnt), services.ai.settle]
    loops = [*first, *map(after_start, loops)]
    preparing = asyncio.create_task(after_start(lambda: _prepare(services.kinds))())
    stack.push_async_callback(_cancelled, preparing)
    if not isinstance(engine, LocalEngine):
        for loop in loops:
            engine.alongside(loop)
        await engine.start()
        stack.push_async_callback(engine.stop, grace)
        return
    engine.on_lost(lambda: leave_broken("The engine broke; the log says how."))
    await engine.start()
    reading = [asyncio.create_task(loop()) for loop in loops]
    stack.push_async_callback(_finish, engine, grace, reading)


async def _prepare(kinds: Kinds) -> None:
    """Make every step kind; without them, the process answers nothing rightly."""
    try:
        await asyncio.to_thread(kinds.prepare)
    except KindTakenError as error:
        leave_broken(str(error))


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _finish(engine: LocalEngine, grace: float, reading: list[asyncio.Task[None]]) -> None:
    """Steps under way get their grace; then the readers write down what the journal holds."""
    await engine.stop(grace)
    for task in reading:
        task.cancel()
    await asyncio.gather(*reading, return_exceptions=True)


def _erasure(services: Services) -> runs.Erasure:
    names = runs.ErasureNames(
        lambda inputs: {str(reference.document_id) for reference in documents.references_in(inputs)},
        lambda work, shas: documents.named_by_versions(work, shas).keys(),
    )
    return runs.Erasure(services.database, services.history, services.engine.journal, names)


def _eraser(services: Services) -> identity.Eraser:
    """Who deletes what of a workspace: its runs first, so that nothing makes anything any more; its keys last."""
    kept, database = services.settings.storage, services.database
    held = runs.HeldRuns(database, services.engine, runs.Archive(kept.archive_dir))
    folders = identity.folders_of(kept.data_dir / "audit-streams")
    last = [search.index_of(services.search.index), identity.contents_of(services.blobs)]
    return identity.Eraser(database, [held.erase, folders], last)
