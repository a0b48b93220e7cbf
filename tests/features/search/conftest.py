"""Search on a real database, real indexes and real child processes; `ana` and `eve` are in different workspaces."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from docchain.features.documents import Contents, DocumentService, filed_facts
from docchain.features.search import Search, build_search
from docchain.features.search.api import router
from docchain.features.workflows import WorkflowSource
from docchain.platform.database import Database
from docchain.platform.ids import new_id
from docchain.platform.local_blobs import LocalBlobs
from docchain.platform.processes import ProcessPool
from docchain.platform.settings import SearchSettings, Settings, StorageSettings, load_settings
from docchain.platform.tables import Table
from docchain.platform.web import problems
from docchain.platform.web.bodies import BodyLimits
from docchain.platform.web.requests import Requests
from docchain.platform.work import SYSTEM, Actor

READER = frozenset({"documents:read", "workflows:read", "runs:read"})


class House:
    """Documents go in, and are found; the indexer works when it is told to."""

    def __init__(self, folder: Path, search_patience: float = 60) -> None:
        self.settings: Settings = load_settings(
            None,
            storage=StorageSettings(data_dir=folder, database_url=""),
            search=SearchSettings(search_patience=search_patience),
        )
        self.database = Database(f"sqlite:///{folder}/app.db")
        self.blobs = LocalBlobs(folder / "blobs")
        self.processes = ProcessPool(1)
        here, there = new_id(), new_id()
        self.actors = {
            "ana": Actor(new_id(), "ana", here, permissions=READER | {"admin"}),
            "ben": Actor(new_id(), "ben", here, permissions=frozenset({"workflows:read"})),
            "cleo": Actor(new_id(), "cleo", here, permissions=READER),
            "eve": Actor(new_id(), "eve", there, permissions=READER | {"admin"}),
            "guest": Actor(new_id(), "guest", here),
        }
        self.search = self.build()

    def build(self) -> Search:
        contents, also = Contents(self.blobs), [WorkflowSource()]
        return build_search(self.settings, self.database, contents, self.processes, also=also, facts=[filed_facts])

    async def open(self) -> None:
        await self.database.write(lambda work: Table.metadata.create_all(work.session.connection()), SYSTEM)

    async def close(self) -> None:
        await self.search.close()
        await self.processes.close()
        await self.database.close()

    async def add(self, name: str, text: str, who: str = "ana") -> UUID:
        """Upload a document of plain text."""
        actor = self.actors[who]
        stored = await self.blobs.put(actor.workspace_id, text.encode())
        made = await self.database.write(lambda work: DocumentService(work).register_upload(stored, name), actor)
        return made.id

    async def indexed(self) -> None:
        """Bring the index to the end of the event log, with texts and vectors."""
        async with self.search.indexer.claimed():
            await self.search.indexer.start()
            await self.search.indexer.catch_up()

    def client(self, who: str) -> httpx.AsyncClient:
        app = FastAPI()

        async def authenticate(token: str, _workspace: str | None) -> Actor:
            return self.actors[token]

        app.state.services = SimpleNamespace(
            database=self.database, authenticate=authenticate, search=self.search, settings=self.settings
        )
        app.state.stopping = asyncio.Event()
        app.include_router(router, prefix="/api/v3")
        problems.install(app)
        app.add_middleware(BodyLimits, max_bytes=1_000_000, max_nesting=64)
        app.add_middleware(Requests)
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url="http://docchain.test/api/v3",
            headers={"Authorization": f"Bearer {who}", "If-Match": "*"},
        )


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    opened = House(tmp_path)
    await opened.open()
    yield opened
    await opened.close()


async def found(client: httpx.AsyncClient, q: str, **more: Any) -> Any:
    answer = await client.get("/search", params={"q": q, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


def titles(answer: Any) -> list[str]:
    return [hit["title"] for hit in answer["hits"]]
