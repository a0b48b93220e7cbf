"""A log on both databases, a sealer with a key of its own, and what verifying says."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import UUID

import httpx
import pytest

from docchain.bootstrap import open_services
from docchain.entrypoints.web.app import create_app
from docchain.features.audit.keys import open_key
from docchain.features.audit.sealing import Sealer
from docchain.platform import schema
from docchain.platform.database import Database
from docchain.platform.settings import (
    AuditSettings,
    SecuritySettings,
    StorageSettings,
    load_settings,
)
from docchain.platform.work import Actor

OURS = UUID("0199f5e2-0000-7000-8000-00000000000a")
THEIRS = UUID("0199f5e2-0000-7000-8000-00000000000b")
ANA = UUID("0199f5e2-0000-7000-8000-0000000000aa")


class SetClock:
    def __init__(self) -> None:
        self.moment = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def advance(self, **delta: float) -> None:
        self.moment += timedelta(**delta)


class House:
    """A database with its migrations, and who acts there."""

    ours, theirs = OURS, THEIRS
    ana = Actor(ANA, "ana", OURS, permissions=frozenset({"audit:read", "audit:write"}))
    eve = Actor(None, "eve", THEIRS)

    def __init__(self, url: str, folder) -> None:
        self.folder = folder
        self.clock = SetClock()
        self.database = Database(url, clock=self.clock)
        self.key = open_key(folder / "audit.key")
        self.sealer = Sealer(self.database, lambda: self.key, 0.1)

    async def happen(self, *types: str, actor: Actor = ana, subject=None, data=None) -> None:
        """One transaction for each."""
        for type_ in types:
            kind = type_.partition(".")[0]
            await self.database.write(lambda work, t=type_, k=kind: work.emit(t, k, subject, data), actor)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path) -> str:
    return f"sqlite:///{tmp_path}/app.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")


@pytest.fixture
async def house(url, tmp_path) -> AsyncIterator[House]:
    await schema.ensure_current(url)
    built = House(url, tmp_path)
    yield built
    await built.database.close()


@pytest.fixture
async def world(url, tmp_path) -> AsyncIterator[SimpleNamespace]:
    """A whole server without a socket, and `admin` who is signed in."""
    settings = load_settings(
        env_file=None,
        storage=StorageSettings(data_dir=tmp_path / "data", database_url=url if url.startswith("postgres") else ""),
        security=SecuritySettings(registration="open"),
        audit=AuditSettings(audit_scan_rows=100),
    )
    async with open_services(settings, run_engine=False) as services:
        transport = httpx.ASGITransport(create_app(services, settings.limits), client=("192.0.2.7", 4711))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://docchain.test/api/v3", headers={"User-Agent": "tests"}
        ) as http:
            signed = await http.post("/auth/login", json={"username": "admin", "password": "admin123"})
            http.headers["Authorization"] = f"Bearer {signed.json()['access_token']}"
            yield SimpleNamespace(http=http, services=services, settings=settings)
