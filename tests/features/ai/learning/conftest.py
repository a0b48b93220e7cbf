"""The whole product on real databases, with papers of two layouts; `School.http` is signed in as the administrator."""

from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import pytest
from pydantic import SecretStr

from docchain.bootstrap import open_services
from docchain.entrypoints.web.app import create_app
from docchain.features.identity import IdentityService
from docchain.features.identity.schemas import Registration
from docchain.platform.provenance import Caller
from docchain.platform.settings import StorageSettings, load_settings
from docchain.platform.work import SYSTEM

MASTER = "0" * 64


class School:
    def __init__(self, services, http):
        self.services, self.http = services, http

    async def upload(self, text, name="paper.txt", **headers):
        answer = await self.http.post(
            f"/documents?name={name}", content=text.encode(), headers={"Content-Type": "text/plain", **headers}
        )
        assert answer.status_code == 201, answer.text
        return answer.json()["handle"]

    async def extracted(self, document, schema="invoice"):
        asked = {"document": document, "schema": schema, "provider": "local"}
        answer = await self.http.post("/ai/extract", json=asked)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def member(self, name, role, workspace="default"):
        """Another person, signed in."""

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

        user = await self.services.database.write(make, SYSTEM)
        signed = await self.services.sign_in.admit(user, "password", Caller("api"))
        transport, base = self.http._transport, self.http.base_url  # noqa: SLF001 - the same product
        headers = {"Authorization": f"Bearer {signed.access_token}", "X-Workspace": workspace}
        return School(self.services, httpx.AsyncClient(transport=transport, base_url=base, headers=headers, timeout=60))

    async def workspace(self):
        """The id of the first workspace."""
        return await self.services.database.read(lambda work: IdentityService(work).workspace_id("default"), SYSTEM)

    async def corrected(self, document, **fields):
        return await self.http.post(
            "/ai/corrections", json={"document": document, "schema": "invoice", "fields": fields}
        )


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request):
    return "" if request.param == "sqlite" else request.getfixturevalue("postgres_url")


@pytest.fixture
def opened(url, tmp_path):
    """Starts the product; again on the same data, if asked again."""

    @asynccontextmanager
    async def start(*, run_engine=False, **changed):
        kept = StorageSettings(data_dir=tmp_path, database_url=url, encryption_key=MASTER, blob_url="")
        async with AsyncExitStack() as stack:
            settings = load_settings(env_file=None, storage=kept, **changed)
            services = await stack.enter_async_context(open_services(settings, run_engine=run_engine))
            transport = httpx.ASGITransport(create_app(services, settings.limits))
            base = "http://docchain.test/api/v3"
            http = await stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url=base, timeout=60))
            signed = await http.post("/auth/login", json={"username": "admin", "password": "admin123"})
            http.headers["Authorization"] = f"Bearer {signed.json()['access_token']}"
            yield School(services, http)

    return start


@pytest.fixture
async def school(opened):
    async with opened() as school:
        yield school
