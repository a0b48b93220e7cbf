"""The journal file: refused when newer, kept and tried again on a full disk."""

import asyncio
import sqlite3

import pytest
from drivers import WORKSPACE, LocalDriver, has_ended, is_quiet
from scripted import Script, kinds_of
from test_conformance import chain, pure, send

from docchain.engine.journal import JournalError, SqliteJournal
from docchain.engine.local import commits


async def test_a_journal_of_a_newer_release_is_refused(tmp_path):
    with sqlite3.connect(tmp_path / "journal.db") as connection:
        connection.execute("PRAGMA user_version=99")
    connection.close()
    with pytest.raises(JournalError, match=r"written by a newer release \(format 99\); start that release instead"):
        await SqliteJournal(tmp_path / "journal.db").open()


async def test_a_full_disk_keeps_the_facts_until_there_is_room(tmp_path, monkeypatch):
    monkeypatch.setattr(commits, "_PAUSE", 0.01)
    script = Script()
    driver = LocalDriver(kinds_of(script), tmp_path)
    await driver.open()
    journal = driver.engine._journal  # noqa: SLF001 (the limit stands in for a full disk)
    await (await driver.start(chain(pure("a", 1)))).until(has_ended)
    pages = journal.query_now("PRAGMA page_count")[0][0]
    journal._write.execute(f"PRAGMA max_page_count={pages}")  # noqa: SLF001 (the same)
    run = await driver.start(chain(send("a"), output="x" * 100_000))
    await driver.in_trouble()
    assert "full" in str(driver.engine.trouble)
    journal._write.execute("PRAGMA max_page_count=1000000")  # noqa: SLF001 (the same)
    state = await run.until(has_ended)
    assert (state.status, len(state.output), driver.engine.trouble) == ("succeeded", 100_000, None)
    assert script.happened.count(f"{run.id}:a") == 1
    await driver.close()


async def test_a_stop_amid_a_full_disk_ends_and_the_run_goes_on_after_the_next_start(tmp_path):
    script = Script()
    first = LocalDriver(kinds_of(script), tmp_path)
    await first.open()
    journal = first.engine._journal  # noqa: SLF001 (the limit stands in for a full disk)
    journal._write.execute("PRAGMA max_page_count=1")  # noqa: SLF001 (the same)
    run = await first.start(chain(send("a"), output="x" * 100_000))
    await first.in_trouble()
    await asyncio.wait_for(first.close(), 10)
    assert script.happened == []
    second = LocalDriver(kinds_of(script), tmp_path, doors=first.doors)
    await second.open()
    run.driver = second
    assert (await run.until(has_ended)).status == "succeeded"
    assert script.happened == [f"{run.id}:a"]
    await second.close()


async def test_the_ledger_counts_every_sending_once(tmp_path):
    script = Script(lost=["lost"], refused=["fail:denied"], again=["fail:unavailable", "ok"])
    driver = LocalDriver(kinds_of(script), tmp_path)
    await driver.open()
    runs = [
        await driver.start(chain(send(name, retry={"initial": "1s"}))) for name in ("fine", "lost", "refused", "again")
    ]
    for run in runs:
        await run.until(is_quiet)
    await runs[3].advance("10s")
    ledger = {status: [(row["step"], row["attempt"]) for row in await driver.engine.effects(status)]
              for status in ("sending", "confirmed", "failed", "unknown")}  # fmt: skip
    await driver.close()
    assert ledger == {
        "sending": [],
        "confirmed": [("fine", 1), ("again", 2)],
        "failed": [("refused", 1), ("again", 1)],
        "unknown": [("lost", 1)],
    }


async def test_small_bytes_are_kept_with_the_fact_that_names_them(tmp_path):
    driver = LocalDriver(kinds_of(Script()), tmp_path)
    await driver.open()
    await (await driver.start(chain(pure("a", 1)))).until(has_ended)
    assert await driver.engine.blob(WORKSPACE, "00" * 32) is None
    entries = await driver.engine.entries_after(0, 100)
    assert [entry.position for entry in entries] == list(range(1, len(entries) + 1))
    kept = [fact for entry in entries for fact in entry.facts]
    assert [type(fact).__name__ for fact in kept] == ["Started", "Done", "Ended"]
    await driver.close()
