"""The whole product in a folder, spoken to over HTTP in process, with intake's settings."""

from contextlib import asynccontextmanager

import httpx

from docchain.bootstrap import open_services
from docchain.entrypoints.web.app import create_app
from docchain.platform.events import read_after
from docchain.platform.settings import (
    EngineSettings,
    IntakeSettings,
    LimitSettings,
    OutgoingSettings,
    SearchSettings,
    SecuritySettings,
    StorageSettings,
    load_settings,
)

BASE = "http://docchain.test/api/v3"


class Place:
    """Services and a signed-in administrator."""

    def __init__(self, services, client, folder) -> None:
        self.services = services
        self.client = client
        self.folder = folder

    async def upload(self, data: bytes, name: str = "nota.txt", **headers):
        return await self.client.post("/documents", params={"name": name}, content=data, headers=headers)

    async def actor(self):
        return await self.services.authenticate(self.client.headers["authorization"].partition(" ")[2], None)

    async def ledger(self, **wanted):
        answer = await self.client.get("/intake", params={"sort": "received_at", **wanted})
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    async def events(self, type_: str):
        def found(work):
            return [event.data for event in read_after(work.session, 0, 10_000) if event.type == type_]

        return await self.services.database.read(found, await self.actor())

    async def names(self):
        answer = await self.client.get("/documents", params={"sort": "created_at", "limit": 200})
        return [document["name"] for document in answer.json()["items"]]


@asynccontextmanager
async def an_intake_place(folder, limits=None, outgoing=None, database_url="", **intake):
    settings = load_settings(
        None,
        storage=StorageSettings(data_dir=folder, database_url=database_url),
        engine=EngineSettings(example_workspace=False),
        security=SecuritySettings(registration="open"),
        intake=IntakeSettings(**intake),
        limits=limits or LimitSettings(),
        outgoing=outgoing or OutgoingSettings(),
        search=SearchSettings(search_kinds=[]),
    )
    async with open_services(settings) as services:
        transport = httpx.ASGITransport(create_app(services, settings.limits))
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            answer = await client.post("/security/auth/login", json={"username": "admin", "password": "admin123"})
            client.headers["authorization"] = f"Bearer {answer.json()['access_token']}"
            client.headers["if-match"] = "*"
            yield Place(services, client, folder)
