from types import SimpleNamespace
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from docchain.engine.doors import JournalEntry
from docchain.engine.kinds import StepContext
from docchain.engine.machine.facts import Done
from docchain.features.documents import Contents, DocumentReader, DocumentService, Intake, StepDocuments
from docchain.features.documents.api import router
from docchain.features.documents.content_reads import ContentReads
from docchain.features.documents.tables import DocumentRow
from docchain.platform.database import Database
from docchain.platform.ids import new_id
from docchain.platform.local_blobs import LocalBlobs
from docchain.platform.settings import IntakeSettings
from docchain.platform.spool import Spool
from docchain.platform.web.bodies import BodyLimits
from docchain.platform.web.problems import install
from docchain.platform.web.requests import Requests
from docchain.platform.work import SYSTEM, Actor

OURS = UUID("0199f5e2-0000-7000-8000-00000000000a")
THEIRS = UUID("0199f5e2-0000-7000-8000-00000000000b")


class Journal:
    """Stands for the engine's side: keeps inline blobs and turns a step's context into the entry it would commit."""

    def __init__(self) -> None:
        self.blobs: dict[tuple[UUID, str], bytes] = {}
        self.position = 0

    async def blob(self, workspace_id, sha256):
        return self.blobs.get((workspace_id, sha256))

    def commit(self, context: StepContext) -> list[JournalEntry]:
        self.blobs |= {(context.workspace_id, sha256): data for sha256, data in context.blobs.items()}
        self.position += 1
        done = Done(1_795_000_000_000_000, context.step_id, context.attempt, {}, context.products)
        return [JournalEntry(self.position, context.run_id, [done])]


class House:
    """A workspace's documents on a real database and real blobs."""

    ours = OURS
    theirs = THEIRS

    def __init__(self, folder) -> None:
        self.database = Database(f"sqlite:///{folder}/app.db")
        self.blobs = LocalBlobs(folder / "blobs")
        self.folder = folder
        self.journal = Journal()
        self.contents = Contents(self.blobs)
        self.contents.connect(self.journal)
        self.documents = StepDocuments(self.contents)
        self.actor = Actor(None, "ana", OURS)

    async def open(self) -> "House":
        await self.database.write(lambda work: DocumentRow.metadata.create_all(work.session.connection()), SYSTEM)
        return self

    async def upload(self, data: bytes, name: str = "factura.pdf", media_type: str | None = None):
        stored = await self.blobs.put(OURS, data)
        return await self.write(lambda work: DocumentService(work).register_upload(stored, name, media_type))

    async def write(self, transaction, actor=None):
        return await self.database.write(transaction, actor or self.actor)

    async def read(self, transaction, actor=None):
        return await self.database.read(transaction, actor or self.actor)

    def step(self, step: str = "text", kind: str = "document.parse", **given) -> StepContext:
        run_id = given.pop("run_id", None) or new_id()
        values = {
            "run_id": run_id,
            "workspace_id": OURS,
            "step_id": step,
            "attempt": 1,
            "kind": kind,
            "kind_version": 1,
            "effect_key": f"{run_id}:{step}",
            "started": 1_795_000_000_000_000,
            "began": 1_795_000_000_000_000,
            "actor": "ana",
            "inputs": {},
        }
        return StepContext(**{**values, **given})

    async def commit(self, context: StepContext) -> None:
        entries = self.journal.commit(context)
        await self.database.write(lambda work: DocumentReader().handle(work, entries), SYSTEM)


@pytest.fixture
async def house(tmp_path):
    house = await House(tmp_path).open()
    yield house
    await house.database.close()


@pytest.fixture
async def api(house):
    """The HTTP door of documents, over the house, with its error answers and body limits."""
    editor = frozenset({"documents:read", "documents:write", "documents:manage", "runs:read"})
    actors = {
        "ana": Actor(new_id(), "ana", OURS, permissions=editor),
        "eve": Actor(new_id(), "eve", THEIRS, permissions=editor),
        "guest": Actor(new_id(), "guest", OURS, permissions=frozenset({"documents:read"})),
    }

    async def authenticate(token, _workspace):
        return actors[token]

    limits = SimpleNamespace(max_upload_bytes=100 * 1024 * 1024)
    settings = SimpleNamespace(limits=limits, intake=IntakeSettings())
    intake = Intake(settings, house.database, house.contents, Spool())
    house.services = SimpleNamespace(
        database=house.database,
        authenticate=authenticate,
        documents=house.documents,
        content_reads=ContentReads(house.database, 10.0),
        intake=intake,
        settings=settings,
        engine=None,  # nothing here was made by a run
        kinds=None,
    )
    app = FastAPI()
    app.state.services = house.services
    app.include_router(router, prefix="/api/v3")
    install(app)
    app.add_middleware(BodyLimits, max_bytes=1024 * 1024, max_nesting=64)
    app.add_middleware(Requests)
    yield app
    await intake.close()


@pytest.fixture
async def client(api):
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(api),
        base_url="http://docchain.test/api/v3",
        headers={"Authorization": "Bearer ana"},
    ) as client:
        yield client
