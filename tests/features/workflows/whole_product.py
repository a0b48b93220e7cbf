"""The whole product in a folder, spoken to over HTTP in process; it can be stopped and started again."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx

from docchain.bootstrap import Services, open_services
from docchain.entrypoints.web.app import create_app
from docchain.platform.settings import StorageSettings, load_settings

ADMIN = {"username": "admin", "password": "admin123"}
_PATIENCE = 20


class Product:
    """Services, the application and a signed-in client over one data folder."""

    services: Services
    client: httpx.AsyncClient

    def __init__(self, folder: Path, database_url: str = "") -> None:
        storage = StorageSettings(data_dir=folder, database_url=database_url, blob_url="")
        self.settings = load_settings(None, storage=storage)
        self._stack = AsyncExitStack()

    async def open(self) -> None:
        self.services = await self._stack.enter_async_context(open_services(self.settings))
        transport = httpx.ASGITransport(create_app(self.services, self.settings.limits))
        base = "http://docchain.test/api/v3"
        self.client = await self._stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url=base))
        answer = await self.client.post("/security/auth/login", json=ADMIN)
        self.client.headers["authorization"] = f"Bearer {answer.json()['access_token']}"
        self.client.headers["if-match"] = "*"  # whatever state it is in

    async def close(self) -> None:
        await self._stack.aclose()

    async def restart(self) -> None:
        await self.close()
        await self.open()

    async def post(self, path: str, body: Any = None, status: int | None = None, **headers: str) -> Any:
        answer = await self.client.post(path, json=body, headers=headers)
        assert status is None or answer.status_code == status, answer.text
        assert status is not None or answer.is_success, answer.text
        return answer.json()

    async def get(self, path: str, **query: Any) -> Any:
        answer = await self.client.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def workflow(self, name: str, steps: list[dict[str, Any]], **more: Any) -> str:
        """Create a workflow; return its handle."""
        definition = {"workflow": name, "steps": steps, **more}
        return (await self.post("/workflows", {"definition": definition}, 201))["handle"]

    async def start(self, workflow: str, inputs: dict[str, Any] | None = None, **options: Any) -> str:
        return (await self.post(f"/workflows/{workflow}/execute", {"inputs": inputs or {}, **options}))["handle"]

    async def run(self, workflow: str, inputs: dict[str, Any] | None = None, **options: Any) -> Any:
        """Execute a workflow and read the run at its end."""
        return await self.until(await self.start(workflow, inputs, **options), "succeeded", "failed", "rejected")

    async def until(self, run: str, *statuses: str) -> Any:
        """The run when it has one of these statuses, and the lists know what the journal knows."""
        return await self.eventually(f"/runs/{run}", lambda told: told["status"] in statuses)

    async def eventually(self, path: str, wanted: Callable[[Any], bool], *, lists: bool = True, **query: Any) -> Any:
        """What is read there, once it is as wanted; looked at again after every commit of the engine."""
        committed = asyncio.Event()  # of its own: others who wait clear theirs
        self.services.engine.on_commit(committed.set)
        async with asyncio.timeout(_PATIENCE):
            while True:
                committed.clear()
                if lists:
                    await self.services.journal.catch_up()
                told = await self.get(path, **query)
                if wanted(told):
                    if lists:  # a run's own page may tell what was committed after they were read
                        await self.services.journal.catch_up()
                    return told
                await committed.wait()


def step_of(run: Any, name: str) -> Any:
    return next(step for step in run["steps"] if step["id"] == name)
