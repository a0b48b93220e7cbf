"""Runs of the command line are durable: what is killed goes on at the next start."""

import json
import signal
import sqlite3

import httpx
import pytest
from command_line import EXAMPLE, eventually, sign_in


def test_a_run_killed_while_it_reads_a_scan_goes_on_at_the_next_start(docchain):
    scan = EXAMPLE / "documents" / "factura_fontaneria_escaneada.pdf"
    process = docchain.begin("run", EXAMPLE / "workflow.yaml", scan, "--json")
    eventually(lambda: _accepted(docchain.folder / "data" / "app.db"))
    assert process.poll() is None
    process.kill()
    process.communicate()

    before = json.loads(docchain("runs", "show", "run_1", "--json").out)
    assert before["ended_at"] is None
    with docchain.serving() as url:
        address, header = f"{url}/api/v3/runs/run_1", sign_in(url)
        ended = eventually(lambda: (run := httpx.get(address, headers=header).json())["ended_at"] and run)
    assert (ended["status"], ended["output"]["value"]["number"]) == ("succeeded", "2026-219")
    assert len(list((docchain.folder / "data" / "deliveries" / "invoices").iterdir())) == 2


@pytest.fixture
def terminal():
    """A suite in the background hands down that Ctrl-C is ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("terminal")
def test_ctrl_c_says_that_nothing_is_lost(docchain):
    invoice = EXAMPLE / "documents" / "factura_jardineria.pdf"
    process = docchain.begin("run", EXAMPLE / "workflow.yaml", invoice)
    eventually(lambda: _accepted(docchain.folder / "data" / "app.db"))
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (130, "")
    assert err.startswith("Interrupted; what is unfinished goes on when")


def _accepted(database) -> bool:
    if not database.exists():
        return False
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        return bool(connection.execute("SELECT count(*) FROM run").fetchone()[0])
    except sqlite3.OperationalError:
        return False
    finally:
        connection.close()
