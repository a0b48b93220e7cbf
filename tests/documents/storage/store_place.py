"""The whole product in a folder, spoken to over HTTP in process."""

import hashlib
import os
from contextlib import asynccontextmanager

import httpx

from docchain.bootstrap import open_services
from docchain.entrypoints.web.app import create_app
from docchain.platform.events import read_after
from docchain.platform.settings import EngineSettings, SecuritySettings, StorageSettings, load_settings

BASE = "http://docchain.test/api/v3"


class Place:
    """Services and a signed-in administrator."""

    def __init__(self, services, client, folder) -> None:
        self.services = services
        self.client = client
        self.folder = folder

    async def upload(self, data: bytes, name: str = "nota.txt"):
        return await self.client.post("/documents", params={"name": name}, content=data)

    async def actor(self):
        return await self.services.authenticate(self.client.headers["authorization"].partition(" ")[2], None)

    def file_of(self, data: bytes):
        sha256 = hashlib.sha256(data).hexdigest()
        return next((self.folder / "blobs").rglob(f"{sha256}*"))

    def damage(self, data: bytes, at: int = -1) -> None:
        path = self.file_of(data)
        kept = bytearray(path.read_bytes())
        kept[at] ^= 1
        path.write_bytes(kept)

    def make_old(self, data: bytes) -> str:
        os.utime(self.file_of(data), (1_700_000_000, 1_700_000_000))
        return hashlib.sha256(data).hexdigest()

    async def events(self, type_: str):
        def found(work):
            return [event.data for event in read_after(work.session, 0, 10_000) if event.type == type_]

        return await self.services.database.read(found, await self.actor())

    async def collect(self, *, dry_run: bool):
        collector = self.services.storage.collector
        return {told.sha256: told async for told in collector.collect(await self.actor(), dry_run=dry_run)}


@asynccontextmanager
async def a_place(folder, *, executing=True, **storage):
    """Without `executing`, nothing is made of what is uploaded."""
    settings = load_settings(
        None,
        storage=StorageSettings(data_dir=folder, **storage),
        engine=EngineSettings(example_workspace=False),
        security=SecuritySettings(registration="open"),
    )
    async with open_services(settings, run_engine=executing) as services:
        transport = httpx.ASGITransport(create_app(services, settings.limits))
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            answer = await client.post("/security/auth/login", json={"username": "admin", "password": "admin123"})
            client.headers["authorization"] = f"Bearer {answer.json()['access_token']}"
            client.headers["if-match"] = "*"
            yield Place(services, client, folder)
