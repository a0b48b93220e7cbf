"""The whole product in a folder, spoken to over HTTP in process, with documents that are filed."""

from contextlib import asynccontextmanager

import httpx

from docchain.bootstrap import open_services
from docchain.entrypoints.web.app import create_app
from docchain.platform.events import read_after
from docchain.platform.settings import (
    EngineSettings,
    RetentionSettings,
    SecuritySettings,
    StorageSettings,
    load_settings,
)

BASE = "http://docchain.test/api/v3"
INVOICE = {
    "name": "Invoice",
    "fields": [
        {"name": "total", "kind": "money", "required": True},
        {"name": "due", "kind": "date"},
        {"name": "paid", "kind": "boolean"},
        {"name": "lines", "kind": "number"},
        {"name": "route", "kind": "enumeration", "options": ["post", "mail"]},
        {"name": "orders", "kind": "list", "of": "text"},
    ],
}


class Place:
    """Services and a signed-in administrator."""

    def __init__(self, services, client, folder) -> None:
        self.services = services
        self.client = client
        self.folder = folder

    async def upload(self, data: bytes, name: str = "nota.txt"):
        answer = await self.client.post("/documents", params={"name": name}, content=data)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def patch(self, document: str = "document_1", etag: str = "*", **changes):
        return await self.client.patch(f"/documents/{document}", json=changes, headers={"if-match": etag})

    async def filed(self, document: str = "document_1", **changes):
        answer = await self.patch(document, **changes)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def listed(self, **wanted):
        answer = await self.client.get("/documents", params=wanted)
        assert answer.status_code == 200, answer.text
        return [item["handle"] for item in answer.json()["items"]]

    async def ordered(self, **order):
        answer = await self.client.post("/documents/bulk", json=order)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def events(self, type_: str):
        def found(work):
            return [event.data for event in read_after(work.session, 0, 10_000, readable=True) if event.type == type_]

        return await self.services.database.read(found, await self.actor())

    async def actor(self):
        return await self.services.authenticate(self.client.headers["authorization"].partition(" ")[2], None)

    @asynccontextmanager
    async def stranger(self):
        """A client of somebody in another workspace."""
        eve = {"username": "eve", "password": "correct horse battery 17", "name": "Eve"}
        async with httpx.AsyncClient(transport=self.client._transport, base_url=BASE) as client:  # noqa: SLF001 - the same application
            assert (await client.post("/security/auth/register", json=eve)).is_success
            who = {name: eve[name] for name in ("username", "password")}
            answer = await client.post("/security/auth/login", json=who)
            client.headers["authorization"] = f"Bearer {answer.json()['access_token']}"
            client.headers["if-match"] = "*"
            yield client


@asynccontextmanager
async def a_place(folder, retention=None, **storage):
    settings = load_settings(
        None,
        retention=RetentionSettings(retention=retention or {}),
        storage=StorageSettings(data_dir=folder, **storage),
        engine=EngineSettings(example_workspace=False),
        security=SecuritySettings(registration="open"),
    )
    async with open_services(settings) as services:
        transport = httpx.ASGITransport(create_app(services, settings.limits))
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            answer = await client.post("/security/auth/login", json={"username": "admin", "password": "admin123"})
            client.headers["authorization"] = f"Bearer {answer.json()['access_token']}"
            client.headers["if-match"] = "*"
            yield Place(services, client, folder)
