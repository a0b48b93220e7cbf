"""Sign-in with second factors over real databases of both kinds, and a clock that the test moves."""

from types import SimpleNamespace

import httpx
import pytest
from pydantic import SecretStr

from docchain.entrypoints.web.app import create_app
from docchain.features.identity import Factors, OpenIdConnect, SignIn, open_accounts, prepare_identity
from docchain.features.identity.factors.one_time_codes import PERIOD, code_at
from docchain.platform.database import Database
from docchain.platform.events import read_after
from docchain.platform.settings import FactorSettings, SecuritySettings, StorageSettings, load_settings
from docchain.platform.tables import Table
from docchain.platform.work import SYSTEM

ADMIN = {"username": "admin", "password": "admin123"}


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path):
    return request.getfixturevalue("postgres_url") if request.param == "postgresql" else f"sqlite:///{tmp_path}/app.db"


@pytest.fixture
async def database(database_url, clock, passwords):
    database = Database(database_url, clock=clock)
    await database.write(lambda work: Table.metadata.create_all(work.session.connection()), SYSTEM)
    await prepare_identity(database, passwords, SecretStr("admin123"))
    yield database
    await database.close()


@pytest.fixture
def neighbours():
    """Codes of how many periods before and after the present one count."""
    return 1


@pytest.fixture
def settings(tmp_path, neighbours):
    return load_settings(
        None,
        storage=StorageSettings(data_dir=tmp_path),
        security=SecuritySettings(),
        factors=FactorSettings(totp_neighbours=neighbours),
    )


class Visitor(httpx.AsyncClient):
    """Somebody at the API, who knows what time it is and what was told to the audit."""

    def __init__(self, app, database, clock) -> None:
        super().__init__(transport=httpx.ASGITransport(app), base_url="http://localhost:8000/api/v3")
        self.database = database
        self.clock = clock

    async def sign_in(self) -> None:
        """By password alone."""
        self.headers.pop("authorization", None)
        self.carry(await self.post("/auth/login", json=ADMIN))

    def carry(self, answer) -> None:
        """Go on with the token of a sign-in."""
        assert answer.status_code == 200, answer.text
        self.headers["authorization"] = f"Bearer {answer.json()['access_token']}"

    async def challenge(self) -> str:
        """What is asked for after the right password."""
        self.headers.pop("authorization", None)
        refused = await self.post("/auth/login", json=ADMIN)
        assert (refused.status_code, refused.json()["code"]) == (401, "second_factor_required")
        return refused.json()["challenge"]

    def code(self, secret: bytes, periods: int = 0) -> str:
        """What an authenticator app shows now, or so many periods from now."""
        return code_at(secret, int(self.clock.now().timestamp()) // PERIOD + periods)

    async def told(self) -> list[str]:
        """Types of the events so far."""
        events = await self.database.read(lambda work: read_after(work.session, 0, 1_000), SYSTEM)
        return [event.type for event in events]


@pytest.fixture
async def visitor(database, passwords, settings, clock):
    sign_in = SignIn(database, passwords, settings.security)
    factors = await Factors.open(database, passwords, settings, sign_in)
    oidc = OpenIdConnect(database, passwords, settings)
    services = SimpleNamespace(
        database=database,
        sign_in=sign_in,
        factors=factors,
        oidc=oidc,
        accounts=await open_accounts(database, passwords, settings, sign_in),
        authenticate=sign_in.authenticate,
        probes={},
        settings=settings,
    )
    app = create_app(services, settings.limits)
    async with Visitor(app, database, clock) as visitor:
        yield visitor
    await oidc.close()
