"""A house in a folder: real database, real engine, the journal's readers, and the HTTP doors of the features."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from fastapi import FastAPI

from docchain.engine import LocalEngine
from docchain.engine.definition import DefinitionError
from docchain.engine.journal import SqliteJournal
from docchain.engine.kinds import Kinds
from docchain.entrypoints.web.faults import definition_invalid
from docchain.features.approvals import ApprovalReader, approval_kinds
from docchain.features.approvals.api import router as approvals
from docchain.features.documents import Children, DocumentReader
from docchain.features.runs import Admission, CommandLog, Controls, JournalLoop, RunProjector, control_kinds
from docchain.features.runs.api import router as runs
from docchain.features.workflows import WorkflowDefinitions, language_kinds
from docchain.features.workflows.api import router as workflows
from docchain.platform.database import Database
from docchain.platform.events import read_after
from docchain.platform.every_table import every_table
from docchain.platform.ids import new_id
from docchain.platform.processes import ProcessPool
from docchain.platform.settings import LimitSettings, Settings
from docchain.platform.tables import Table
from docchain.platform.web import problems
from docchain.platform.web.bodies import BodyLimits
from docchain.platform.web.requests import Requests
from docchain.platform.work import SYSTEM, Actor

every_table()  # modules load late, and tests make the whole schema at once

EDITOR = frozenset(
    {
        "workflows:read",
        "workflows:write",
        "workflows:execute",
        "runs:read",
        "runs:control",
        "approvals:read",
        "approvals:answer",
    }
)


class House:
    """Everything a feature needs, opened in a folder; `ana` and `ben` share a workspace, `eve` has another."""

    def __init__(self, folder: Path) -> None:
        self.database = Database(f"sqlite:///{folder}/app.db")
        self.processes = ProcessPool(1)
        self.kinds = Kinds([*language_kinds(Children(self.processes, 10.0)), *approval_kinds()])
        controls = Controls(self.database, WorkflowDefinitions())
        self.kinds.extend(control_kinds(controls))
        self.engine = LocalEngine(SqliteJournal(folder / "journal.db"), self.kinds, CommandLog(self.database))
        controls.connect(self.engine)
        readers = [RunProjector(), ApprovalReader(), DocumentReader()]
        self.journal = JournalLoop(self.database, self.engine, readers)
        self.seconds = 0.0
        here, elsewhere = new_id(), new_id()
        self.actors = {
            "ana": _actor("ana", here, {"admin"}, EDITOR | {"admin"}),
            "ben": _actor("ben", here, {"finance"}, EDITOR),
            "cleo": _actor("cleo", here, {"viewer"}, {"workflows:read", "runs:read", "approvals:read"}),
            "eve": _actor("eve", elsewhere, {"finance"}, EDITOR | {"admin"}),
        }
        self.clients: dict[str, httpx.AsyncClient] = {}

    async def open(self) -> None:
        await self.database.write(lambda work: Table.metadata.create_all(work.session.connection()), SYSTEM)
        await self.engine.start()
        app = self._app()
        for name in self.actors:
            self.clients[name] = httpx.AsyncClient(
                transport=httpx.ASGITransport(app),
                base_url="http://docchain.test/api/v3",
                headers={"Authorization": f"Bearer {name}", "If-Match": "*"},  # whatever state it is in
            )

    async def close(self) -> None:
        for client in self.clients.values():
            await client.aclose()
        await self.engine.stop()
        await self.processes.close()
        await self.database.close()

    async def settled(self, run_id: str) -> None:
        """Wait until the run has ended, and the lists know."""
        assert await self.engine.wait(UUID(run_id), 10) is not None
        await self.journal.catch_up()

    async def waiting(self, run_id: str, step: str) -> None:
        """Wait until a step waits, and the lists know."""
        await self.recorded(run_id, "waiting", step)

    async def recorded(self, run_id: str, fact: str, step: str) -> None:
        """Wait until the journal holds a fact of a step, and the lists know."""
        committed = asyncio.Event()  # of its own: others who wait clear theirs
        self.engine.on_commit(committed.set)
        async with asyncio.timeout(10):
            while not await self._holds(UUID(run_id), fact, step):
                await committed.wait()
                committed.clear()
        await self.journal.catch_up()

    async def _holds(self, run_id: UUID, fact: str, step: str) -> bool:
        history = msgspec.to_builtins(await self.engine.history(run_id))
        return any(entry["fact"] == fact and entry.get("step") == step for entry in history)

    async def events(self) -> list[tuple[str, dict[str, Any]]]:
        found = await self.database.read(lambda work: read_after(work.session, 0, 1_000), SYSTEM)
        return [(event.type, event.data) for event in found]

    async def _authenticate(self, token: str, _workspace: str | None) -> Actor:
        return self.actors[token]

    def _app(self) -> FastAPI:
        app = FastAPI()
        app.state.services = SimpleNamespace(
            database=self.database,
            authenticate=self._authenticate,
            engine=self.engine,
            journal=self.journal,
            kinds=self.kinds,
            settings=Settings(limits=LimitSettings(bulk_max=20, queue_max=50)),
            admission=Admission(self.database, 50, lambda: self.seconds),
            definitions=WorkflowDefinitions(),
        )
        app.state.stopping = asyncio.Event()
        for router in (runs, workflows, approvals):
            app.include_router(router, prefix="/api/v3")
        problems.install(app)
        app.add_exception_handler(DefinitionError, definition_invalid)
        app.add_middleware(BodyLimits, max_bytes=4_000_000, max_nesting=64)
        app.add_middleware(Requests)
        return app


def _actor(name: str, workspace_id: UUID, roles: set[str], permissions: set[str] | frozenset[str]) -> Actor:
    return Actor(new_id(), name, workspace_id, frozenset(roles), frozenset(permissions))


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    opened = House(tmp_path)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
def ana(house: House) -> httpx.AsyncClient:
    return house.clients["ana"]


@pytest.fixture
def ben(house: House) -> httpx.AsyncClient:
    return house.clients["ben"]


@pytest.fixture
def cleo(house: House) -> httpx.AsyncClient:
    return house.clients["cleo"]


@pytest.fixture
def eve(house: House) -> httpx.AsyncClient:
    return house.clients["eve"]
