"""The whole product in a folder, spoken to over HTTP in process; previews are made when somebody looks."""

import asyncio
import io
from contextlib import asynccontextmanager

import httpx
from PIL import Image

from docchain.bootstrap import open_services
from docchain.entrypoints.web.app import create_app
from docchain.platform.settings import EngineSettings, StorageSettings, load_settings
from docchain.platform.settings_previews import PreviewSettings

PATIENCE = 60


class Place:
    def __init__(self, services, client) -> None:
        self.services = services
        self.client = client

    async def upload(self, data: bytes, name: str) -> str:
        answer = await self.client.post("/documents", params={"name": name}, content=data)
        assert answer.status_code == 201, answer.text
        return answer.json()["handle"]

    async def get(self, path: str, headers=None, **query) -> httpx.Response:
        """Ask until it is made."""
        async with asyncio.timeout(PATIENCE):
            while (answer := await self.client.get(path, params=query, headers=headers)).status_code == 202:
                assert answer.headers["retry-after"] == "2"
        return answer

    async def picture(self, path: str, **query) -> Image.Image:
        answer = await self.get(path, **query)
        assert answer.status_code == 200, answer.text
        return Image.open(io.BytesIO(answer.content))


@asynccontextmanager
async def a_place(folder, database_url="", **own):
    previews = PreviewSettings(**{"previews": "on_demand", "preview_wait": 20.0} | own)
    settings = load_settings(
        None,
        storage=StorageSettings(data_dir=folder, database_url=database_url),
        engine=EngineSettings(example_workspace=False),
        previews=previews,
    )
    async with open_services(settings) as services:
        transport = httpx.ASGITransport(create_app(services, settings.limits))
        async with httpx.AsyncClient(transport=transport, base_url="http://docchain.test/api/v3") as client:
            answer = await client.post("/security/auth/login", json={"username": "admin", "password": "admin123"})
            client.headers["authorization"] = f"Bearer {answer.json()['access_token']}"
            yield Place(services, client)
