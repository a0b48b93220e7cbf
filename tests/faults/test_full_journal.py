"""A journal that cannot be written, while the doors' database can: starts are refused in time, and nothing is lost."""

import time

import httpx
import pytest
from disk import Disk
from system import Nursery, Program, client_of, create, environment, free_port, healthy

WORKFLOW = {
    "workflow": "counted",
    "steps": [{"id": "a", "use": "value.set", "with": {"values": {"n": 41}}}],
    "output": "${steps.a.n + 1}",
}
PATIENCE = 40


@pytest.mark.faults
def test_starts_are_refused_while_the_journal_is_full_and_what_was_accepted_ends(tmp_path):
    folder = tmp_path.resolve()
    disk = Disk(folder, folder / "data" / "journal.db")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    nursery = Nursery(folder, disk.environment)
    server = Program(nursery, ["serve"], environment(port, folder, folder / "deliveries", "127.0.0.1:9"))
    server.start()
    try:
        until(lambda: healthy(url))
        client = client_of(url)
        workflow = create(client, WORKFLOW)
        disk.fill()
        accepted = start(client, workflow)
        assert accepted.status_code == 202
        until(lambda: not healthy(url))
        engine = client.get(f"{url}/health").json()["checks"]["engine"]
        assert (engine["status"], engine["detail"]) == ("failed", "It failed; the log of the server says why.")
        refused = start(client, workflow)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
        told = refused.json()
        assert (told["code"], told["detail"], told["hint"]) == (
            "journal_trouble",
            "The engine cannot write its journal, so nothing would be done about a new run.",
            "Free disk space, or look after the database; GET /health says when it is well again.",
        )
        assert client.get("/runs").status_code == 200
        again = client.post(f"/runs/{accepted.json()['handle']}/restart", json={})
        assert (again.status_code, again.json()["code"]) == (503, "journal_trouble")
        assert [run["handle"] for run in client.get("/runs").json()["items"]] == [accepted.json()["handle"]]

        disk.clear()
        until(lambda: healthy(url))
        later = start(client, workflow)
        assert later.status_code == 202
        for run in (accepted, later):
            until(lambda run=run: outcome(client, run) == ("succeeded", 42))
        client.close()
    finally:
        server.kill()
        nursery.end()


def start(client: httpx.Client, workflow: str) -> httpx.Response:
    return client.post(f"/workflows/{workflow}/execute", json={"inputs": {}, "wait": 0})


def outcome(client: httpx.Client, run: httpx.Response) -> tuple[str, object]:
    told = client.get(f"/runs/{run.json()['handle']}").json()
    return told["status"], told["output"]


def until(holds) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)
