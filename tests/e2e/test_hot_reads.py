"""Kept answers over real processes: a read that starts after a write was answered never shows what was before."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import pytest

OF_ONE_ANSWER = {"x-request-id", "date", "ratelimit", "ratelimit-policy"}
STEPS = [{"id": "a", "use": "value.set", "with": {"values": {"n": 1}}}]
ROUNDS = 200
DEBUG = {"DOCCHAIN_LOG_LEVEL": "debug"}


@pytest.fixture
def start(fresh, tmp_path) -> Iterator[Callable]:
    """Start another server."""
    servers = []

    def made(name: str, **settings: str):
        (tmp_path / name).mkdir()
        servers.append(type(fresh)(tmp_path / name, **settings))
        servers[-1].start()
        return servers[-1]

    yield made
    for server in servers:
        server.kill()


def kept(server) -> int:
    """How many answers were sent without asking the routes."""
    return server.log.read_text().count("kept=True")


def test_two_servers_on_postgresql_never_show_what_was_before(start, postgres_url):
    one = start("one", DOCCHAIN_DATABASE_URL=postgres_url, **DEBUG)
    other = start("other", DOCCHAIN_DATABASE_URL=postgres_url, **DEBUG)
    assert_nothing_outdated([one, other])
    assert kept(one) > ROUNDS
    assert kept(other) > ROUNDS


def test_one_server_on_sqlite_never_shows_what_was_before(start):
    server = start("one", **DEBUG)
    assert_nothing_outdated([server])
    assert kept(server) > ROUNDS


def assert_nothing_outdated(servers) -> None:
    """One writes; some read all the time, and one on each server right behind each write."""
    with ExitStack() as opened:
        writer, *checks = [opened.enter_context(server.client()) for server in (servers[0], *servers)]
        workflow = writer.workflow(STEPS)
        watch = Watch(f"/workflows/{workflow}")
        readers = [threading.Thread(target=watch.read, args=(server.client(),)) for server in servers * 2]
        for reader in readers:
            reader.start()
        for number in range(ROUNDS):
            changed = writer.patch(watch.path, json={"description": f"round {number}"})
            watch.revision = changed.json()["revision"]
            for check in checks:
                for _ in range(2):  # the second one is kept, if no reader was faster
                    seen = check.get(watch.path)
                    assert (seen.json()["revision"], seen.json()["description"]) == (number + 2, f"round {number}")
                    assert seen.headers["etag"] == f'"{number + 2}"'
        watch.ends = True
        for reader in readers:
            reader.join()
    assert watch.faults == []
    assert watch.reads > ROUNDS


class Watch:
    """Reads as fast as it can, and compares with what had been answered when each read began."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.revision = 1
        self.ends = False
        self.reads = 0
        self.faults: list[object] = []

    def read(self, client: httpx.Client) -> None:
        try:
            with client:
                while not self.ends:
                    answered = self.revision
                    seen = client.get(self.path).json()["revision"]
                    if seen < answered:
                        self.faults.append((answered, seen))
                    self.reads += 1
        except Exception as error:  # noqa: BLE001 - the test tells it
            self.faults.append(error)


def test_what_another_process_publishes_on_sqlite_is_seen_at_once(start):
    server = start("one", **DEBUG)
    with server.client() as user:
        workflow = user.workflow(STEPS)
        for _ in range(3):
            assert user.get(f"/workflows/{workflow}").json()["published_version"] is None
        user.eventually(lambda: kept(server))
        subprocess.run([sys.executable, "-c", PUBLISH, str(server.data_dir), workflow], check=True)  # noqa: S603
        assert user.get(f"/workflows/{workflow}").json()["published_version"] == 1


def test_runs_and_lists_are_kept_and_never_show_what_was_before(start):
    server = start("one", **DEBUG)
    with server.client() as user:
        workflow = user.workflow([{"id": "pay", "use": "fail", "with": {"message": "The bank is away"}}])
        for number in range(1, 21):
            assert user.get("/workflows").json()["items"][0]["handle"] == f"workflow_{number}"
            run = user.run(workflow)["handle"]
            assert run == user.get("/runs").json()["items"][0]["handle"] == f"run_{number}"
            first = user.until(run, "failed")["ended_at"]
            user.get(f"/runs/{run}")
            assert user.post(f"/runs/{run}/retry").status_code == 202
            user.eventually(lambda run=run, first=first: (user.get(f"/runs/{run}").json()["ended_at"] or "") > first)
            assert user.workflow(STEPS) == f"workflow_{number + 1}"
        for path in ("/runs", "/workflows", f"/runs/{user.run(user.workflow(STEPS))['handle']}"):
            user.eventually(lambda path=path: kept_more(server, user, path))


def kept_more(server, user, path: str) -> bool:
    """Whether an answer is sent without asking the route, when nobody changes anything."""
    user.get(path)
    before = kept(server)
    user.get(path)
    return kept(server) > before


PUBLISH = """
import asyncio, sys
from docchain.step_kinds import known_kinds
from docchain.features.identity import IdentityService
from docchain.features.workflows.service import WorkflowService
from docchain.platform.database import Database
from docchain.platform.settings import StorageSettings, load_settings
from docchain.platform.work import SYSTEM

async def publish(folder, workflow):
    settings = load_settings(None, storage=StorageSettings(data_dir=folder))
    database = Database(settings.storage.app_database_url)
    actor = await database.read(lambda work: IdentityService(work).member("admin", "default"), SYSTEM)
    await database.write(lambda work: WorkflowService(work, known_kinds(settings)).publish(workflow), actor)
    await database.close()

asyncio.run(publish(*sys.argv[1:]))
"""


def test_without_kept_answers_every_byte_is_the_same(start):
    keeping = start("one", **DEBUG)
    with keeping.client() as user:
        workflow = user.workflow(STEPS)
        user.post(f"/workflows/{workflow}/publish")
        document = user.post("/documents", params={"name": "nota.txt"}, content=b"Hola").json()["handle"]
        token = user.headers["authorization"]
    asked = [f"/workflows/{workflow}", f"/workflows/{workflow}/versions/1", f"/documents/{document}"]
    asked += [f"/workflows/{workflow}/export", "/steps", "/workflows/schema", "/auth/me"]
    before = answers(keeping, asked, token)
    keeping.stop()
    assert kept(keeping) >= 2 * len(asked)

    without = type(keeping)(keeping.folder, DOCCHAIN_HOT_READS_MB="0", **DEBUG)
    without.start()
    lines = kept(without)
    assert answers(without, asked, token) == before
    assert kept(without) == lines
    without.stop()


def answers(server, asked: list[str], token: str) -> list[tuple]:
    """What is answered to each, again, to who knows it, and to who wants the headers only."""
    told = []
    with httpx.Client(base_url=f"{server.url}/api/v3", headers={"authorization": token}) as client:
        for path in asked:
            first = client.get(path)
            known = {"if-none-match": first.headers["etag"]}
            told += [first, client.get(path), client.get(path, headers=known), client.head(path)]
    assert [answer.status_code for answer in told] == [200, 200, 304, 200] * len(asked)
    assert [answer.content for answer in told[2::4] + told[3::4]] == [b""] * (2 * len(asked))
    return [
        (
            answer.status_code,
            answer.content,
            {name: value for name, value in answer.headers.items() if name not in OF_ONE_ANSWER},
        )
        for answer in told
    ]
