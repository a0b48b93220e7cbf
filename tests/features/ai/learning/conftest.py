"""The whole product on real databases, with papers of two layouts; `School.http` is signed in as the administrator."""

from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import pytest

from docchain.bootstrap import open_services
from docchain.entrypoints.web.app import create_app
from docchain.platform.settings import StorageSettings, load_settings

MASTER = "0" * 64


def minute(number, total, day="18-10-2026"):
    """A layout whose number and total have labels that no list knows."""
    return (
        "GESTORIA PEÑALARA\nLaboral · Fiscal · Contable\n\n"
        f"Expediente P1189     Minuta {number}     Librada el {day}\n\nPor cuenta de\nColegio Santa Inés\n\n"
        f"Honorarios y suplidos\nSuma y sigue     6.762,55\nLiquido a percibir     {total}\nImportes en EUR\n"
    )


def note(number, total):
    """Another layout."""
    return (
        "NORTHGATE FREIGHT SERVICES\nYard 4, Hull\n\n"
        f"Waybill W4711     Charge note {number}     Raised 10/08/2026\n\nConsignee\nAshdown Clinic\n\n"
        f"Insured value     1,700.35\nWe will collect     {total}\nAll in GBP\n"
    )


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
