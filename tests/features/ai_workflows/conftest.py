"""The whole product in a fresh folder, over HTTP in process, with no key and no network."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from docchain.bootstrap import Services, open_services
from docchain.entrypoints.web.app import create_app
from docchain.platform.settings import StorageSettings, load_settings

ADMIN = {"username": "admin", "password": "admin123"}
BASE = "http://docchain.test/api/v3"


class OfflineProduct:
    """Services, the application and a client who signed in as the administrator."""

    services: Services
    client: httpx.AsyncClient

    def __init__(self, folder: Path, database_url: str = "", **concerns: Any) -> None:
        storage = StorageSettings(data_dir=folder, database_url=database_url, blob_url="")
        self.settings = load_settings(None, storage=storage, **concerns)
        self._stack = AsyncExitStack()

    async def open(self) -> None:
        self.services = await self._stack.enter_async_context(open_services(self.settings))
        self.client = await self.signed_in(ADMIN)

    async def signed_in(self, who: dict[str, str]) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(create_app(self.services, self.settings.limits))
        client = await self._stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url=BASE))
        answer = await client.post("/security/auth/login", json=who)
        client.headers["authorization"] = f"Bearer {answer.json()['access_token']}"
        return client

    async def close(self) -> None:
        await self._stack.aclose()

    async def post(self, path: str, body: Any = None, status: int = 201, **headers: str) -> Any:
        answer = await self.client.post(path, json=body, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def get(self, path: str, **query: Any) -> Any:
        answer = await self.client.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def upload(self, name: str, text: str) -> str:
        answer = await self.client.post("/documents", params={"name": name}, content=text.encode())
        assert answer.status_code == 201, answer.text
        handle: str = answer.json()["handle"]
        return handle


@pytest.fixture(scope="session")
def first_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder as the first start leaves it; copying it is faster than making it."""

    async def make(folder: Path) -> None:
        opened = OfflineProduct(folder)
        await opened.open()
        await opened.close()

    folder = tmp_path_factory.mktemp("first") / "data"
    asyncio.run(make(folder))
    return folder


@pytest.fixture
async def offline(tmp_path: Path, first_folder: Path) -> AsyncIterator[OfflineProduct]:
    opened = OfflineProduct(shutil.copytree(first_folder, tmp_path / "data"))
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
async def shared(tmp_path: Path, postgres_url: str) -> AsyncIterator[OfflineProduct]:
    """The same on PostgreSQL, where several write at once."""
    opened = OfflineProduct(tmp_path / "data", postgres_url)
    await opened.open()
    yield opened
    await opened.close()
