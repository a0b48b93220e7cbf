"""The composition root: builds every service, lowest first, and says who reads what. Read it aloud."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Final
from uuid import UUID

from docchain.engine import EngineLimits, EngineOptions, LocalEngine
from docchain.engine.definition import DefinitionError
from docchain.engine.doors import CommandSource
from docchain.engine.journal import SqliteJournal
from docchain.engine.kinds import Kinds
from docchain.engine.notes import NoteLimits
from docchain.engine.seating import SeatOptions
from docchain.features import (
    approvals,
    audit,
    documents,
    identity,
    monitoring,
    realtime,
    runs,
    search,
    secrets,
    signals,
    workflows,
)
from docchain.features.settings import Outward, WorkspaceSettings
from docchain.platform.blobs import open_blobs
from docchain.platform.data_lock import only_engine
from docchain.platform.database import Database
from docchain.platform.engines import parse_url
from docchain.platform.errors import Refusal
from docchain.platform.events import CUSTOM
from docchain.platform.leaving import leave_broken
from docchain.platform.live import LiveFeed
from docchain.platform.outbox import Postman
from docchain.platform.passwords import Passwords
from docchain.platform.persevering import after_start
from docchain.platform.processes import ProcessPool
from docchain.platform.readers import ReaderLoop
from docchain.platform.schema import alone, ensure_current
from docchain.platform.settings import Settings
from docchain.platform.spool import Spool
from docchain.platform.storage.store import BlobStore
from docchain.platform.work import Work
from docchain.services import Services
from docchain.step_kinds import Opened, all_kinds

if TYPE_CHECKING:
    from docchain.engine.seat import EngineSeat  # brings the driver of PostgreSQL

_MIB: Final = 1024 * 1024
_ROOMS: Final = {"workflow": workflows.workflow_ids, "run": runs.run_ids}
_GRANTED: Final = {
    "workflow": workflows.workflow_ids,
    "collection": documents.collection_ids,
    "document_type": documents.type_ids,
}


@asynccontextmanager
async def open_services(settings: Settings, *, run_engine: bool = True) -> AsyncIterator[Services]:
    """Open everything, recover what was unfinished, and hand it over in order at the end.

    Args:
        settings: what the operator chose.
        run_engine: execute runs; without it, the services read and order only, beside a process that executes.

    Raises:
        SettingsError: when another process already executes runs on this data directory.
    """
    async with contextlib.AsyncExitStack() as stack:
        settings.storage.data_dir.mkdir(parents=True, exist_ok=True)
        if run_engine and not settings.storage.on_postgres:
            settings.check_executing()
            stack.enter_context(only_engine(settings.storage.data_dir))
        async with alone(settings.storage.app_database_url, settings.storage.database_wait if run_engine else 0):
            await ensure_current(settings.storage.app_database_url)
            services = await _build(settings, stack)
        if run_engine:
            await _start(services, stack)
        yield services


async def _build(settings: Settings, stack: contextlib.AsyncExitStack) -> Services:
    database = Database(settings.storage.app_database_url, connections=settings.storage.max_connections)
    stack.push_async_callback(database.close)
    passwords = Passwords(settings.security.password_threads, settings.security.password_queue)
    await identity.prepare_identity(database, passwords, settings.security.admin_password)
    blobs = open_blobs(settings.storage)
    processes = _children(settings, stack)
    contents = documents.Contents(blobs, settings.engine.inline_blob_bytes)
    step_documents = documents.StepDocuments(contents)
    beside = documents.build_beside(settings, database, contents, processes)
    stack.push_async_callback(beside.previews.close)
    definitions = workflows.WorkflowDefinitions()
    callbacks = signals.CallbackLinks(settings.security.secret_key.get_secret_value(), settings.server.url)
    found = _search(settings, database, contents, processes, stack)
    intake = _intake(settings, database, contents, processes.spool, stack)
    controls = runs.Controls(database, definitions)
    own = WorkspaceSettings(database)
    intake.watch = watch = Outward(own, database)
    kinds = all_kinds(
        settings, step_documents, processes, Opened(callbacks, database, found.service, beside, intake, watch)
    )
    kinds.extend([*runs.control_kinds(controls), workflows.TryAgain(database)])
    intake.vault = vault = secrets.Vault(settings, database, blobs.keyring)
    kinds.vault = vault.for_step
    engine = await _engine(settings, kinds, runs.CommandLog(database), stack)
    contents.connect(engine)
    controls.connect(engine)
    journal = runs.JournalLoop(database, engine, _journal_readers(engine))
    events = ReaderLoop(database, [signals.CustomEvents(engine.wake)], about=CUSTOM, ready=journal.catch_up, poll=1.0)
    sign_in, feed = identity.SignIn(database, passwords, settings.security), LiveFeed(database)
    sign_in.reads("dck_", identity.KeyReader(database).authenticate)
    return Services(
        settings,
        database,
        blobs,
        processes,
        kinds,
        engine,
        journal,
        events,
        callbacks,
        contents,
        documents.ContentReads(database, settings.audit.audit_reads_seconds),
        await _storage(settings, database, blobs, engine),
        beside,
        intake,
        documents.Keeper(intake, partial(_start_with, engine.wake), _no_workflow),
        step_documents,
        sign_in,
        identity.Things(_GRANTED),
        await identity.Factors.open(database, passwords, settings, sign_in),
        identity.OpenIdConnect.open(database, passwords, settings, stack),
        await identity.open_accounts(database, passwords, settings, sign_in),
        identity.Exporter(database, blobs, _taken_out(settings, database, engine, processes)),
        feed,
        realtime.Realtime(database, feed, sign_in, _ROOMS, settings.live, settings.limits.max_nesting),
        runs.Admission(database, settings.limits.queue_max),
        definitions,
        _history(settings, database, engine),
        found,
        monitoring.probes_of(database, engine, settings.storage.data_dir, blobs.look_around),
        audit.build_audit(settings, database),
        vault,
        own,
    )


def _children(settings: Settings, stack: contextlib.AsyncExitStack) -> ProcessPool:
    own = settings.processes
    pool = ProcessPool(
        own.workers,
        own.process_memory_mb * _MIB,
        own.process_tasks,
        answer_bytes=own.process_answer_mb * _MIB,
        queue=own.process_queue,
        spool=Spool(settings.storage.spool_dir),
    )
    stack.push_async_callback(pool.close)
    return pool


def _search(
    settings: Settings,
    database: Database,
    contents: documents.Contents,
    processes: ProcessPool,
    stack: contextlib.AsyncExitStack,
) -> search.Search:
    """What is found, beside documents and runs: workflows, the audit log, and what documents are filed under."""
    also, facts = [workflows.WorkflowSource(), audit.AuditSource()], [documents.filed_facts]
    found = search.build_search(settings, database, contents, processes, also=also, facts=facts)
    stack.push_async_callback(found.close)
    return found


async def _storage(
    settings: Settings, database: Database, blobs: BlobStore, engine: "LocalEngine | EngineSeat"
) -> documents.DocumentStorage:
    storage = documents.DocumentStorage(settings, database, blobs, engine.journal, [documents.named_by_artefacts])
    await storage.prepare()
    return storage


def _intake(
    settings: Settings, database: Database, contents: documents.Contents, spool: Spool, stack: contextlib.AsyncExitStack
) -> documents.Intake:
    intake = documents.Intake(settings, database, contents, spool)
    stack.push_async_callback(intake.close)
    return intake


async def _engine(
    settings: Settings, kinds: Kinds, source: CommandSource, stack: contextlib.AsyncExitStack
) -> "LocalEngine | EngineSeat":
    """On SQLite this process executes; on PostgreSQL it takes a seat among others."""
    most, chosen = settings.limits, settings.engine
    limits = EngineLimits(
        most.limit_kinds,
        most.limit_providers,
        most.limit_workspace,
        most.limit_rates,
        most.run_window,
        NoteLimits(chosen.step_log_lines, chosen.step_log_bytes),
    )
    options = EngineOptions(step_concurrency=chosen.step_concurrency, step_timeout=chosen.step_timeout, limits=limits)
    if not settings.storage.on_postgres:
        facts = SqliteJournal(settings.storage.journal_path)
        await facts.open()
        stack.push_async_callback(facts.close)
        return LocalEngine(facts, kinds, source, options)
    from docchain.engine.seat import EngineSeat  # noqa: PLC0415 (as above)
    from docchain.platform.postgres import dsn_of  # noqa: PLC0415 (the same)

    own = SeatOptions(competes=settings.engine.execute, seconds=settings.engine.lease_seconds)
    seat = EngineSeat(dsn_of(parse_url(settings.storage.database_url)), kinds, source, options, own)
    await seat.open()
    stack.push_async_callback(seat.stop, 0)
    return seat


def _history(settings: Settings, database: Database, engine: "LocalEngine | EngineSeat") -> runs.History:
    said = runs.Policy.of(settings.retention)
    return runs.History(
        database,
        engine.journal,
        runs.Archive(settings.storage.archive_dir),
        lambda work: said.beside(workflows.retention_of_workflows(work)),
        held=documents.held_runs,
        dropped=[approvals.drop_approvals],
        every=settings.retention.retention_every,
    )


def _erasure(services: Services) -> runs.Erasure:
    names = runs.ErasureNames(
        lambda inputs: {str(reference.document_id) for reference in documents.references_in(inputs)},
        lambda work, shas: documents.named_by_versions(work, shas).keys(),
    )
    return runs.Erasure(services.database, services.history, services.engine.journal, names)


def _taken_out(
    settings: Settings, database: Database, engine: "LocalEngine | EngineSeat", processes: ProcessPool
) -> list[identity.Source]:
    """What is exported of a workspace, besides rows and contents."""
    held = runs.HeldRuns(database, engine, runs.Archive(settings.storage.archive_dir))
    return [held.entries, audit.AuditEntries(database, processes.spool).entries]


def _eraser(services: Services) -> identity.Eraser:
    """Who deletes what of a workspace: its runs first, so that nothing makes anything any more; its keys last."""
    kept, database = services.settings.storage, services.database
    held = runs.HeldRuns(database, services.engine, runs.Archive(kept.archive_dir))
    folders = identity.folders_of(kept.data_dir / "audit-streams")
    last = [search.index_of(services.search.index), identity.contents_of(services.blobs)]
    return identity.Eraser(database, [held.erase, folders], last)


def _start_with(
    wake: Callable[[], None], work: Work, workflow: str, name: str, document: UUID
) -> tuple[UUID | None, str | None]:
    """Order a run of a workflow with a document that came in; the run, or why there is none."""
    try:
        run = workflows.ExecutionService(work).execute(workflow, {name: str(document)}, origin="api")
    except (Refusal, DefinitionError) as error:
        return None, f"{workflow} was not started: {error}"
    work.after_commit(wake)
    return run.id, None


def _no_workflow(work: Work, workflow: str) -> str | None:
    """Why a workflow cannot be started by what comes in, if it cannot."""
    try:
        workflows.ExecutionService(work).find(workflow)
    except Refusal as refusal:
        return refusal.detail
    return None


def _journal_readers(engine: "LocalEngine | EngineSeat") -> list[runs.JournalReader]:
    """Who reads the journal, in this order; the runs' own reader comes first, for it knows each run's workspace."""
    return [
        runs.RunProjector(),
        approvals.ApprovalReader(),
        documents.DocumentReader(),
        signals.EventWaitReader(),
        workflows.ErrorWorkflows(engine.wake),
    ]


async def _start(services: Services, stack: contextlib.AsyncExitStack) -> None:
    """The engine, and what follows it; on PostgreSQL both run where the lease is."""
    engine, grace = services.engine, services.settings.engine.step_grace
    retention = services.settings.retention
    filed = documents.DocumentRetention(services.database, retention.trash_days, retention.retention_every)
    pictures = services.beside.loop
    first = [services.journal.run, services.events.run]
    loops = [services.history.run, filed.run, services.search.indexer.run]
    loops += [documents.Watch(services.keeper).run, _erasure(services).run]
    loops += [*([pictures.run] if pictures else []), *services.audit.loops, services.vault.run]
    loops += [Postman(services.database, services.accounts.postbox).run, _eraser(services).run]
    services.audit.detective.act = audit.Reactions(services.database, services.sign_in, services.settings)
    await stack.enter_async_context(services.audit.refusals.kept())
    await stack.enter_async_context(services.content_reads.kept())
    children = documents.Children(services.processes, services.settings.processes.process_timeout)
    loops.append(documents.Fingerprints(services.database, services.contents, children).run)
    loops = [*first, *map(after_start, loops)]
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


async def _finish(engine: LocalEngine, grace: float, reading: list[asyncio.Task[None]]) -> None:
    """Steps under way get their grace; then the readers write down what the journal holds."""
    await engine.stop(grace)
    for task in reading:
        task.cancel()
    await asyncio.gather(*reading, return_exceptions=True)
