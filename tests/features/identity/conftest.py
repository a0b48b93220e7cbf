"""Sign-in over a real database and a clock that the test moves."""

import asyncio
import shutil
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from callers import connect
from pydantic import SecretStr

from docchain.entrypoints.web.app import create_app
from docchain.features.audit.refusals import Refusals
from docchain.features.identity import Factors, SignIn, prepare_identity
from docchain.platform.database import Database
from docchain.platform.passwords import Passwords
from docchain.platform.settings import AuditSettings, SecuritySettings, StorageSettings, load_settings
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
def database_url(request, first_start, tmp_path):
    """SQLite; a test that asks for `postgres` by its parameter gets that."""
    if getattr(request, "param", "sqlite") == "postgres":
        return request.getfixturevalue("postgres_url")
    shutil.copy(first_start, tmp_path)
    return f"sqlite:///{tmp_path}/app.db"


@pytest.fixture
async def database(database_url, passwords, clock):
    database = Database(database_url, clock=clock)
    if not database_url.startswith("sqlite"):
        await database.write(lambda work: Table.metadata.create_all(work.session.connection()), SYSTEM)
        await prepare_identity(database, passwords, SecretStr("admin123"))
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
def sign_in(database, passwords, security):
    return SignIn(database, passwords, security)


@pytest.fixture
def audit(database):
    """Counts refusals, and writes them when the test asks for it."""
    return SimpleNamespace(refusals=Refusals(database, 60, 1_000), settings=AuditSettings())


@pytest.fixture
def app(database, passwords, sign_in, audit, tmp_path):
    settings = load_settings(None, storage=StorageSettings(data_dir=tmp_path))
    services = SimpleNamespace(
        database=database,
        sign_in=sign_in,
        authenticate=sign_in.authenticate,
        factors=Factors(database, passwords, settings),
        probes={},
        audit=audit,
    )
    return create_app(services, settings.limits)


@pytest.fixture
async def client(app):
    async with connect(app) as client:
        yield client


@pytest.fixture
async def browser(app):
    """A page of ours in a browser: it keeps cookies, and tells where its requests come from."""
    async with connect(app, **{"sec-fetch-site": "same-origin"}) as client:
        yield client
