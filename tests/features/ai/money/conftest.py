"""Calls of a scripted model on real databases, with the books and known answers of the product."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from docchain.bootstrap import open_services
from docchain.features.ai.asking import Choice, Policy
from docchain.features.ai.caching.answers import Answers, Shelf
from docchain.features.ai.calling.requests import Requests
from docchain.features.ai.calling.service import Calls
from docchain.features.ai.cost.domain import nanos
from docchain.features.ai.cost.tables import AiBudgetRow, AiBudgetUseRow, AiCallRow
from docchain.features.ai.port import (
    Ask,
    Bound,
    Capability,
    Health,
    Message,
    Origin,
    ProviderFailedError,
    Reply,
    Usage,
)
from docchain.features.ai.privacy.veiling import Veil
from docchain.features.identity.tables import WorkspaceRow
from docchain.platform.events import EventRow
from docchain.platform.ids import new_id
from docchain.platform.settings import StorageSettings, load_settings
from docchain.platform.settings_ai import AiSettings, ModelPrice
from docchain.platform.work import SYSTEM, Actor

MASTER = "0" * 64
PRICE = {"scripted/big": ModelPrice(input=0, output=1_000_000), "scripted/small": ModelPrice(input=0, output=1_000)}
"""A dollar for a token of the big model."""


def ask(text="hi", **more):
    return Ask("generate", (Message("user", text),), **more)


class Scripted:
    """A remote model: answers, fails or hangs as its script says, and counts how often it is asked."""

    name, remote = "scripted", True

    def __init__(self):
        self.script, self.asked, self.reach, self.hold = [], 0, Bound(10, 30, Decimal(30)), None
        self.tokens, self.seen, self.began = 20, [], asyncio.Event()

    def can(self, ask):
        return Capability(able=ask.task != "translate", missing="It cannot translate.", setting="DOCCHAIN_AI_ORDER")

    def bound(self, _ask, _model):
        return self.reach

    async def send(self, ask, model, _origin, deltas=None):
        self.asked += 1
        self.began.set()
        self.seen.append((model, ask))
        said = self.script.pop(0) if self.script else "well"
        if self.hold is not None:
            await self.hold.wait()
        await asyncio.sleep(0)
        if deltas is not None:
            await deltas("A beginning")
        if isinstance(said, Exception):
            raise said
        return Reply(said, None, model, Usage(10, self.tokens), "stop")

    async def health(self, _origin):
        return Health("ok")


class Few:
    """The registry, with the scripted model and one that has no key."""

    names, order = ("local", "scripted", "openai"), ("scripted",)

    def __init__(self, model):
        self._model, self._gate = model, asyncio.Semaphore(64)

    async def get(self, name):
        if name == "scripted":
            return self._model
        raise ProviderFailedError("openai has no key. Set DOCCHAIN_OPENAI_API_KEY.", failure="not_configured")

    def model_of(self, _name):
        return "big"

    def gate(self, _name):
        return self._gate


class Wishes:
    policy = Policy(redact="off")

    async def of(self, _workspace):
        return self.policy

    async def check_remote(self, _workspace, _provider):
        return None


class Bare:
    """Veils nothing: that is tested elsewhere."""

    async def veil_ask(self, ask, _level):
        return ask, Veil("off")


class Books:
    def __init__(self, services, workspace):
        self.services, self.workspace = services, workspace
        self.model, self.wishes = Scripted(), Wishes()
        self.calls = self.process("here")

    def process(self, maker, repairs=1, most=10_000_000):
        """Calls of another process on the same books."""
        known = {"scripted": {"url": "http://127.0.0.1:9"}}
        settings = AiSettings(_env_file=None, ai_prices=PRICE, ai_compatible=known)
        shelf = Shelf(timedelta(days=1), most, timedelta(seconds=30))
        answers = Answers(self.services.database, self.services.vault, shelf, maker)
        requests = Requests(self.services.database, settings)
        return Calls(Few(self.model), self.wishes, requests, answers, Bare(), repairs=repairs, retries=2)

    @property
    def origin(self):
        return Origin(self.workspace, "user-1")

    async def call(self, text="hi", *, calls=None, choice=None, **more):
        return await (calls or self.calls).call(ask(text, **more), self.origin, choice or Choice())

    async def rows(self, table=AiCallRow, by=AiCallRow.began_at):
        def read(work):
            return work.session.query(table).order_by(by).all()

        return await self.services.database.read(read, Actor(None, "system", self.workspace))

    async def states(self):
        return [row.state for row in await self.rows()]

    async def budget(self, hard, *, soft=None, on_soft="warn", cheaper=""):
        def write(work):
            row = AiBudgetRow(
                id=new_id(), number=1, name="All", scope="workspace", scope_id="", period="total",
                soft=soft and nanos(Decimal(soft)), hard=hard and nanos(Decimal(hard)),
                on_soft=on_soft, cheaper_model=cheaper, revision=1, created_at=work.now, created_by="admin",
            )  # fmt: skip
            work.session.add(row)

        await self.services.database.write(write, Actor(None, "system", self.workspace))

    @staticmethod
    def translation():
        return Ask("translate", (Message("user", "hola"),))

    async def warnings(self):
        def read(work):
            return work.session.query(EventRow).filter(EventRow.type == "ai.budget_warned").all()

        return await self.services.database.read(read, SYSTEM)

    async def used(self):
        """Dollars reserved, spent, unknown."""
        [use] = await self.rows(AiBudgetUseRow, AiBudgetUseRow.slot)
        return tuple(value / 1e9 for value in (use.reserved, use.spent, use.unknown))


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request):
    return "" if request.param == "sqlite" else request.getfixturevalue("postgres_url")


@pytest.fixture
async def books(url, tmp_path):
    kept = StorageSettings(data_dir=tmp_path, database_url=url, encryption_key=MASTER, blob_url="")
    async with open_services(load_settings(env_file=None, storage=kept)) as services:

        def default(work):
            return work.session.query(WorkspaceRow).filter_by(slug="default").one().id

        workspace: UUID = await services.database.read(default, SYSTEM)
        yield Books(services, workspace)
