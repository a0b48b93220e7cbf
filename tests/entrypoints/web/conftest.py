"""The web application over real services, reached in process."""

import httpx
import pytest
from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict
from small_server import open_services

from docchain.engine.definition import read_spec
from docchain.entrypoints.web.app import create_app
from docchain.platform.handles import next_number
from docchain.platform.settings import StorageSettings, load_settings
from docchain.platform.web.door import Door, needs

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


@probe.post("/streams")
async def stream(door: Door) -> int:
    door.allow_body(10_000_000)
    size = 0
    async for chunk in door.request.stream():
        size += len(chunk)
    return size


@probe.get("/forbidden", dependencies=[needs("moon:walk")])
async def forbidden() -> None: ...


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
