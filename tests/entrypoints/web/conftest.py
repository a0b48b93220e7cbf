"""The web application over the least that signs people in, reached in process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace

import httpx
import pytest
from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict
from sqlalchemy import text

from docchain.engine.definition import read_spec
from docchain.entrypoints.web.app import create_app
from docchain.features.identity import SignIn, prepare_identity
from docchain.platform.database import Database
from docchain.platform.handles import next_number
from docchain.platform.passwords import Passwords
from docchain.platform.settings import Settings, StorageSettings, load_settings
from docchain.platform.tables import Table
from docchain.platform.web.door import Door, needs
from docchain.platform.work import SYSTEM, Work

BASE = "http://docchain.test"


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")

    amount: int


class Numbered(BaseModel):
    number: int
    amount: int


class Order(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    parts: list[Part] = []


probe = APIRouter(prefix="/probe")


@probe.post("/orders")
async def order(body: Order) -> Order:
    return body


@probe.post("/definitions")
async def definition(request: Request) -> None:
    read_spec((await request.body()).decode())


@probe.post("/parts", status_code=201)
async def part(body: Part, door: Door) -> Numbered:
    return await door.create(Numbered, lambda work: Numbered(number=next_number(work, "part"), amount=body.amount))


@probe.get("/broken")
async def broken() -> None:
    raise RuntimeError("postgresql://root:hunter2@db/secret")


@probe.post("/full/{what}")
async def full(what: str, door: Door) -> None:
    """A disk without room: the system's own device for it, or a database that may not grow."""
    if what == "file":
        with open("/dev/full", "wb", buffering=0) as file:  # noqa: ASYNC230, PTH123 - it does not wait
            file.write(b"x")

    def grow(work: Work) -> None:
        connection = work.session.connection()
        connection.exec_driver_sql("PRAGMA max_page_count = 1")
        connection.exec_driver_sql("CREATE TABLE large AS SELECT randomblob(1000000)")

    await door.write(grow)


@probe.post("/streams")
async def stream(door: Door) -> int:
    door.allow_body(10_000_000)
    size = 0
    async for chunk in door.request.stream():
        size += len(chunk)
    return size


@probe.get("/forbidden", dependencies=[needs("moon:walk")])
async def forbidden() -> None: ...


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncIterator[SimpleNamespace]:
    settings.storage.data_dir.mkdir(parents=True, exist_ok=True)
    database = Database(settings.storage.app_database_url)
    await database.write(lambda work: Table.metadata.create_all(work.session.connection()), SYSTEM)
    passwords = Passwords()
    await prepare_identity(database, passwords, settings.security.admin_password)
    sign_in = SignIn(database, passwords, settings.security)

    async def answers() -> None:
        await database.read(lambda work: work.session.execute(text("select 1")), SYSTEM)

    try:
        yield SimpleNamespace(
            database=database,
            sign_in=sign_in,
            authenticate=sign_in.authenticate,
            probes={"database": answers},
            settings=settings,
        )
    finally:
        passwords.close()
        await database.close()


@pytest.fixture
async def app(tmp_path):
    settings = load_settings(None, storage=StorageSettings(data_dir=tmp_path))
    async with open_services(settings) as services:
        app = create_app(services, settings.limits)
        app.include_router(probe)
        yield app


@pytest.fixture
async def client(app):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE) as client:
        yield client


@pytest.fixture
async def signed_in(client):
    answer = await client.post("/api/v3/auth/login", json={"username": "admin", "password": "admin123"})
    client.headers["authorization"] = f"Bearer {answer.json()['access_token']}"
    return client
