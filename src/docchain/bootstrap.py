"""The composition root: builds every service, lowest first, and says who reads what. Read it aloud."""

import contextlib
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from docchain import parts, running
from docchain.engine import LocalEngine
from docchain.engine.kinds import Kinds, StepKind
from docchain.engine.third_party import third_party_kinds
from docchain.features import (
    ai,
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
from docchain.platform.events import CUSTOM
from docchain.platform.live import LiveFeed
from docchain.platform.passwords import Passwords
from docchain.platform.processes import ProcessPool
from docchain.platform.readers import ReaderLoop
from docchain.platform.schema import alone, ensure_current
from docchain.platform.settings import Settings
from docchain.platform.storage.store import BlobStore
from docchain.services import Services

if TYPE_CHECKING:
    from docchain.engine.seat import EngineSeat  # brings the driver of PostgreSQL

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
            await running.start(services, stack)
        yield services


class _Ground(NamedTuple):
    """What everything else stands on."""

    database: Database
    passwords: Passwords
    blobs: BlobStore
    processes: ProcessPool
    contents: documents.Contents


class _Executing(NamedTuple):
    """What executes runs, and what its steps work with."""

    engine: "LocalEngine | EngineSeat"
    kinds: Kinds
    definitions: workflows.WorkflowDefinitions
    callbacks: signals.CallbackLinks
    step_documents: documents.StepDocuments
    beside: documents.Beside
    search: search.Search
    intake: documents.Intake
    vault: secrets.Vault
    workspace_settings: WorkspaceSettings
    ai: ai.AiHouse


async def _ground(settings: Settings, stack: contextlib.AsyncExitStack) -> _Ground:
    database = Database(settings.storage.app_database_url, connections=settings.storage.max_connections)
    stack.push_async_callback(database.close)
    passwords = Passwords(settings.security.password_threads, settings.security.password_queue)
    await identity.prepare_identity(database, passwords, settings.security.admin_password)
    blobs = open_blobs(settings.storage)
    processes = parts.open_children(settings, stack)
    return _Ground(database, passwords, blobs, processes, documents.Contents(blobs, settings.engine.inline_blob_bytes))


async def _executing(settings: Settings, ground: _Ground, stack: contextlib.AsyncExitStack) -> _Executing:
    database, _, blobs, processes, contents = ground
    step_documents = documents.StepDocuments(contents)
    beside = documents.build_beside(settings, database, contents, processes)
    stack.push_async_callback(beside.previews.close)
    definitions = workflows.WorkflowDefinitions()
    callbacks = signals.CallbackLinks(settings.security.secret_key.get_secret_value(), settings.server.url)
    found = parts.open_search(settings, database, contents, processes, stack)
    intake = parts.open_intake(settings, database, contents, processes.spool, stack)
    controls = runs.Controls(database, definitions)
    own = WorkspaceSettings(database)
    intake.watch = watch = Outward(own, database)

    def own_kinds() -> Iterable[StepKind]:
        from docchain.step_kinds import Opened, own_kinds  # noqa: PLC0415 - a server that starts answers first

        opened = Opened(callbacks, database, found.service, beside, intake, watch, house)
        return own_kinds(settings, step_documents, processes, opened)

    kinds = Kinds([*third_party_kinds(), *runs.control_kinds(controls), workflows.TryAgain(database)])
    kinds.later(own_kinds)
    intake.vault = vault = secrets.Vault(settings, database, blobs.keyring)
    kinds.vault = vault.for_step
    house = ai.AiHouse(ai.AiGround(settings, database, contents, vault, watch, own))
    stack.push_async_callback(house.close)
    engine = await parts.open_engine(settings, kinds, runs.CommandLog(database), stack)
    contents.connect(engine)
    controls.connect(engine)
    return _Executing(engine, kinds, definitions, callbacks, step_documents, beside, found, intake, vault, own, house)


async def _build(settings: Settings, stack: contextlib.AsyncExitStack) -> Services:
    database, passwords, blobs, processes, contents = ground = await _ground(settings, stack)
    runner = await _executing(settings, ground, stack)
    engine, intake = runner.engine, runner.intake
    journal = runs.JournalLoop(database, engine, _journal_readers(engine))
    events = ReaderLoop(database, [signals.CustomEvents(engine.wake)], about=CUSTOM, ready=journal.catch_up, poll=1.0)
    sign_in, feed = identity.SignIn(database, passwords, settings.security), LiveFeed(database)
    sign_in.reads("dck_", identity.KeyReader(database).authenticate)
    live = realtime.Realtime(database, feed, sign_in, _ROOMS, settings.live, settings.limits.max_nesting)
    runner.ai.whisper = live.hub.whisper
    return Services(
        settings,
        database,
        blobs,
        processes,
        runner.kinds,
        engine,
        journal,
        events,
        runner.callbacks,
        contents,
        documents.ContentReads(database, settings.audit.audit_reads_seconds),
        await parts.open_storage(settings, database, blobs, engine),
        runner.beside,
        intake,
        documents.Keeper(intake, partial(parts.start_with, engine.wake), parts.no_workflow),
        runner.step_documents,
        sign_in,
        identity.Things(_GRANTED),
        await identity.Factors.open(database, passwords, settings, sign_in),
        identity.OpenIdConnect.open(database, passwords, settings, stack),
        await identity.open_accounts(database, passwords, settings, sign_in),
        identity.Exporter(database, blobs, parts.taken_out(settings, database, engine, processes)),
        feed,
        live,
        runs.Admission(database, settings.limits.queue_max),
        runner.definitions,
        parts.history_of(settings, database, engine),
        runner.search,
        monitoring.probes_of(database, engine, settings.storage.data_dir, blobs.look_around),
        audit.Audit(settings, database, sign_in, intake.watch),
        runner.vault,
        runner.workspace_settings,
        runner.ai,
    )


def _journal_readers(engine: "LocalEngine | EngineSeat") -> list[runs.JournalReader]:
    """Who reads the journal, in this order; the runs' own reader comes first, for it knows each run's workspace."""
    return [
        runs.RunProjector(),
        approvals.ApprovalReader(),
        documents.DocumentReader(),
        signals.EventWaitReader(),
        workflows.ErrorWorkflows(engine.wake),
    ]
