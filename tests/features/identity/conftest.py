"""Sign-in over a real database and a clock that the test moves."""

import asyncio
import shutil
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import httpx
import pytest
from pydantic import SecretStr

from docchain.entrypoints.web.app import create_app
from docchain.features.identity import SignIn, prepare_identity
from docchain.platform.database import Database
from docchain.platform.passwords import Passwords
from docchain.platform.settings import SecuritySettings, load_settings
from docchain.platform.tables import Table
from docchain.platform.work import SYSTEM


class SetClock:
    """A clock that stands still until it is told to move."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def advance(self, **delta: float) -> None:
        self.moment += timedelta(**delta)


@pytest.fixture
def clock():
    return SetClock()


@pytest.fixture(scope="session")
def first_start(tmp_path_factory):
    """A database after the first start, made once: hashing a password takes its time."""
    file = tmp_path_factory.mktemp("identity") / "app.db"

    async def prepare() -> None:
        database, passwords = Database(f"sqlite:///{file}"), Passwords()
        await database.write(lambda work: Table.metadata.create_all(work.session.connection()), SYSTEM)
        assert await prepare_identity(database, passwords, SecretStr("admin123")) is True
        passwords.close()
        await database.close()

    asyncio.run(prepare())
    return file


@pytest.fixture
async def database(first_start, tmp_path, clock):
    shutil.copy(first_start, tmp_path)
    database = Database(f"sqlite:///{tmp_path}/app.db", clock=clock)
    yield database
    await database.close()


@pytest.fixture
async def passwords():
    passwords = Passwords()
    yield passwords
    passwords.close()


@pytest.fixture
def security():
    return SecuritySettings(registration="open")


@pytest.fixture
async def client(database, passwords, security):
    sign_in = SignIn(database, passwords, security)
    services = SimpleNamespace(database=database, sign_in=sign_in, authenticate=sign_in.authenticate, probes={})
    app = create_app(services, load_settings(None).limits)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://docchain.test/api/v3") as client:
        yield client
