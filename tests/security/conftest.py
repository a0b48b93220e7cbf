"""The whole product in this process, on either database, with members of every role."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import update

from docchain.bootstrap import open_services
from docchain.entrypoints.web.app import create_app
from docchain.features.identity import IdentityService
from docchain.features.identity.schemas import Registration
from docchain.features.identity.tables import SessionRow, UserRow
from docchain.platform.provenance import Caller
from docchain.platform.settings import Settings, StorageSettings
from docchain.platform.work import SYSTEM

BASE = "http://docchain.test/api/v3"
PASSWORD = "correct horse battery"
WAITING = {"workflow": "asks", "steps": [{"id": "ask", "use": "human.approval", "with": {"title": "Fine?"}}]}


class Somebody(httpx.AsyncClient):
    """A signed-in member, or a key."""

    async def made(self, path: str, body: object) -> dict:
        answer = await self.post(path, json=body)
        assert answer.is_success, answer.text
        return answer.json()

    async def seen(self, path: str) -> list:
        """The handles, names or ids of a page."""
        answer = await self.get(path)
        assert answer.status_code == 200, answer.text
        found = answer.json()
        items = found if isinstance(found, list) else found.get("items", found.get("hits"))
        return [item.get("handle") or item.get("name") or item["id"] for item in items]


class Product:
    """An open product; `ana` is made with the role that is asked for."""

    def __init__(self, services, app) -> None:
        self.services = services
        self.app = app
        self.ids = {}
        self._clients = []

    def somebody(self, token: str = "", client=("127.0.0.1", 4711), **headers: str) -> Somebody:
        headers = {"authorization": f"Bearer {token}", **headers} if token else headers
        transport = httpx.ASGITransport(self.app, client=client)
        made = Somebody(transport=transport, base_url=BASE, headers={"if-match": "*", **headers}, timeout=30)
        self._clients.append(made)
        return made

    async def member(self, name: str, role: str, workspace: str = "default") -> Somebody:
        return self.somebody(await self.token(name, role, workspace), **{"x-workspace": workspace})

    async def token(self, name: str, role: str, workspace: str = "default") -> str:
        def make(work):
            service = IdentityService(work)
            place = service.workspace_id(workspace)
            person = Registration.model_construct(username=name, password=SecretStr(""), name=name, email=None)
            user = service.add_user(person, "no hash")
            if place is None:
                service.add_workspace(workspace, workspace, user)
            else:
                service.add_member(place, user, role)
            return user

        self.ids[name] = await self.services.database.write(make, SYSTEM)
        return await self.sign_in(name)

    async def sign_in(self, name: str) -> str:
        signed_in = await self.services.sign_in.admit(self.ids[name], "password", Caller("api"))
        return signed_in.access_token

    async def long_ago(self, name: str) -> Somebody:
        """Somebody in a session whose last proof is a day old; they administer the installation, too."""

        def age(work):
            work.session.execute(update(UserRow).where(UserRow.id == self.ids[name]).values(installation_admin=True))
            theirs = update(SessionRow).where(SessionRow.user_id == self.ids[name])
            work.session.execute(theirs.values(verified_at=work.now - timedelta(days=1)))

        token = await self.sign_in(name)
        await self.services.database.write(age, SYSTEM)
        return self.somebody(token)

    async def settled(self) -> None:
        await self.services.journal.catch_up()

    async def close(self) -> None:
        for client in self._clients:
            await client.aclose()


@asynccontextmanager
async def opened(folder, url: str | None, **concerns) -> AsyncIterator[Product]:
    own = {"database_url": url} if url else {}
    settings = Settings(storage=StorageSettings(data_dir=folder, **own), **concerns)
    async with open_services(settings) as services:
        product = Product(services, create_app(services, settings.limits))
        yield product
        await product.close()


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request) -> str | None:
    return request.getfixturevalue("postgres_url") if request.param == "postgres" else None


@pytest.fixture
async def product(database_url, tmp_path) -> AsyncIterator[Product]:
    async with opened(tmp_path, database_url) as made:
        yield made


@pytest.fixture
async def owner(product) -> Somebody:
    return await product.member("olga", "owner")


@pytest.fixture
async def editor(product) -> Somebody:
    return await product.member("edu", "editor")


@pytest.fixture
async def viewer(product) -> Somebody:
    return await product.member("vera", "viewer")
