"""Sixty files that do harm: each is refused for its own reason or comes in harmlessly; nothing hangs or grows."""

import time

import pytest
from hostile_files import TRAP, corpus

MIB = 1024 * 1024


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    from watched_server import WatchedServer  # noqa: PLC0415 - starts a server

    with WatchedServer(tmp_path_factory.mktemp("hostile")) as server:
        yield server


def test_each_is_refused_or_harmless_and_memory_stays_bounded(server):
    told = {}
    slowest = 0.0
    with server.watched() as peaks:
        for name, data, reason in corpus():
            began = time.monotonic()
            answer = server.client.post("/documents", params={"name": name}, content=data)
            slowest = max(slowest, time.monotonic() - began)
            told[name] = (reason, answer.status_code, answer.json().get("reason"))

    wrong = {name: case for name, case in told.items() if not _fits(*case)}
    assert wrong == {}
    assert len(told) >= 55
    assert slowest < 30
    assert peaks.server < 250
    assert peaks.child < 1024  # of it, the parsers that search reads with
    refused = server.client.get("/intake", params={"outcome": "refused", "total": True}).json()["total"]
    taken = server.client.get("/documents", params={"total": True}).json()["total"]
    assert (refused + taken, refused > 45) == (len(told), True)
    assert server.left_in_spool() == []  # once search has read what came in


def _fits(reason, status, said):
    if reason == TRAP:
        return status == 201
    if reason is None:
        return status in (201, 422)
    return status == 422 and said in reason.split("|")
