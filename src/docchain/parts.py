"""The parts of the product that take a paragraph each to build; the composition root puts them together."""

import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Final
from uuid import UUID

from docchain.engine import EngineLimits, EngineOptions, LocalEngine
from docchain.engine.definition import DefinitionError
from docchain.engine.doors import CommandSource
from docchain.engine.journal import SqliteJournal
from docchain.engine.kinds import Kinds
from docchain.engine.notes import NoteLimits
from docchain.engine.seating import SeatOptions
from docchain.features import approvals, audit, documents, identity, runs, search, workflows
from docchain.platform.database import Database
from docchain.platform.engines import parse_url
from docchain.platform.errors import Refusal
from docchain.platform.processes import ProcessPool
from docchain.platform.settings import Settings
from docchain.platform.spool import Spool
from docchain.platform.storage.store import BlobStore
from docchain.platform.work import Work

if TYPE_CHECKING:
    from docchain.engine.seat import EngineSeat  # brings the driver of PostgreSQL

_MIB: Final = 1024 * 1024


def open_children(settings: Settings, stack: contextlib.AsyncExitStack) -> ProcessPool:
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


def open_search(
    settings: Settings,
    database: Database,
    contents: documents.Contents,
    processes: ProcessPool,
    stack: contextlib.AsyncExitStack,
) -> search.Search:
    """What is found, beside documents and runs: workflows, the audit log, and what documents are filed under."""
    also: list[search.Source] = [workflows.WorkflowSource(), audit.AuditSource()]
    found = search.build_search(settings, database, contents, processes, also=also, facts=[documents.filed_facts])
    stack.push_async_callback(found.close)
    return found


async def open_storage(
    settings: Settings, database: Database, blobs: BlobStore, engine: "LocalEngine | EngineSeat"
) -> documents.DocumentStorage:
    storage = documents.DocumentStorage(settings, database, blobs, engine.journal, [documents.named_by_artefacts])
    await storage.prepare()
    return storage


def open_intake(
    settings: Settings, database: Database, contents: documents.Contents, spool: Spool, stack: contextlib.AsyncExitStack
) -> documents.Intake:
    intake = documents.Intake(settings, database, contents, spool)
    stack.push_async_callback(intake.close)
    return intake


async def open_engine(
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


def history_of(settings: Settings, database: Database, engine: "LocalEngine | EngineSeat") -> runs.History:
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


def taken_out(
    settings: Settings, database: Database, engine: "LocalEngine | EngineSeat", processes: ProcessPool
) -> list[identity.Source]:
    """What is exported of a workspace, besides rows and contents."""
    held = runs.HeldRuns(database, engine, runs.Archive(settings.storage.archive_dir))
    return [held.entries, audit.AuditEntries(database, processes.spool).entries]


def start_with(
    wake: Callable[[], None], work: Work, workflow: str, name: str, document: UUID
) -> tuple[UUID | None, str | None]:
    """Order a run of a workflow with a document that came in; the run, or why there is none."""
    try:
        run = workflows.ExecutionService(work).execute(workflow, {name: str(document)}, origin="api")
    except (Refusal, DefinitionError) as error:
        return None, f"{workflow} was not started: {error}"
    work.after_commit(wake)
    return run.id, None


def no_workflow(work: Work, workflow: str) -> str | None:
    """Why a workflow cannot be started by what comes in, if it cannot."""
    try:
        workflows.ExecutionService(work).find(workflow)
    except Refusal as refusal:
        return refusal.detail
    return None
