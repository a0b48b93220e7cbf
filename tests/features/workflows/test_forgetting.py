"""What retention purges of a run is nowhere any more, whatever the request was that started it."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import inspect, select, text
from whole_product import Product

from docchain.platform.clock import SystemClock
from docchain.platform.settings import RetentionSettings
from docchain.platform.tables import Table
from docchain.platform.work import SYSTEM

SECRET = "DE89370400440532013000"
KEY = {"Idempotency-Key": "order-17"}


class Later:
    """A clock that runs ahead."""

    def __init__(self, ahead: timedelta) -> None:
        self._ahead = ahead

    def now(self):
        return SystemClock().now() + self._ahead


@pytest.fixture
async def forgetful(tmp_path: Path):
    """The product, which purges what runs worked on a second after they have ended."""
    opened = Product(tmp_path / "data")
    retention = RetentionSettings(retention={"payload": "1s"})
    opened.settings = opened.settings.model_copy(update={"retention": retention})
    await opened.open()
    yield opened
    await opened.close()


async def holding(product, word):
    """The tables that hold a word, and the journal if it does."""

    def look(work):
        here = set(inspect(work.session.connection()).get_table_names())
        return {
            table.name
            for table in Table.metadata.sorted_tables
            if table.name in here  # other tests may have mapped tables of their own
            for row in work.session.execute(select(text("*")).select_from(table))
            if word in repr(tuple(row))
        }

    found = await product.services.database.read(look, SYSTEM)
    entries = await product.services.engine.journal.entries_after(0, 1_000)
    return found | {"journal" for entry in entries if word in repr(entry)}


async def test_what_a_purged_run_worked_on_is_in_no_table_any_more(forgetful):
    steps = [{"id": "pay", "use": "value.set", "with": {"values": {"to": "${inputs.iban}"}}}]
    inputs = {"iban": {"type": "string"}}
    workflow = await forgetful.workflow("pay", steps, inputs=inputs, output="${steps.pay.to}")
    body = {"inputs": {"iban": SECRET}, "wait": 20}
    run = (await forgetful.post(f"/workflows/{workflow}/execute", body, 200, **KEY))["handle"]
    again = await forgetful.post(f"/runs/{run}/restart", {}, 202, **{"Idempotency-Key": "again"})
    await forgetful.until(again["handle"], "succeeded")
    tested = {"steps": ["pay"], "inputs": {"iban": SECRET}, "wait": 20}
    await forgetful.post(f"/workflows/{workflow}/test", tested, 200, **{"Idempotency-Key": "try"})
    assert await holding(forgetful, SECRET) == {"run", "journal"}
    forgetful.services.database.clock = Later(timedelta(minutes=1))
    await forgetful.services.history.sweep()
    assert await holding(forgetful, SECRET) == set()
    repeated = await forgetful.post(f"/workflows/{workflow}/execute", body, 200, **KEY)
    assert (repeated["handle"], repeated["inputs"], repeated["output"]) == (run, {"iban": "[purged]"}, "[purged]")


async def test_a_key_is_forgotten_a_day_later_though_nobody_uses_another(product):
    workflow = await product.workflow("quick", [])
    run = (await product.post(f"/workflows/{workflow}/execute", {}, 202, **KEY))["handle"]
    assert await holding(product, "order-17") == {"idempotency_key"}
    product.services.database.clock = Later(timedelta(hours=23))
    await product.services.history.sweep()
    assert (await product.post(f"/workflows/{workflow}/execute", {}, **KEY))["handle"] == run
    product.services.database.clock = Later(timedelta(hours=25))
    await product.services.history.sweep()
    assert await holding(product, "order-17") == set()
