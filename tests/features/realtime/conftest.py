"""Real servers for sockets: one as it comes, one with narrow bounds; people of several workspaces."""

from collections.abc import Iterator

import pytest
from live_server import LiveServer

NARROW = {
    "DOCCHAIN_LIVE_AUTHENTICATE": "1",
    "DOCCHAIN_LIVE_IDLE": "2",
    "DOCCHAIN_LIVE_HEARTBEAT": "1",
    "DOCCHAIN_LIVE_USER_CONNECTIONS": "3",
    "DOCCHAIN_LIVE_MESSAGE_RATE": "5",
    "DOCCHAIN_LIVE_MESSAGE_BYTES": "1000",
    "DOCCHAIN_LIVE_ROOMS": "5",
}


@pytest.fixture(scope="session")
def server(tmp_path_factory) -> Iterator[LiveServer]:
    started = LiveServer(tmp_path_factory.mktemp("live"))
    yield started
    started.end()


@pytest.fixture(scope="session")
def eve(server) -> str:
    """The token of somebody in another workspace."""
    return server.register("eve")


@pytest.fixture(scope="session")
def narrow(tmp_path_factory) -> Iterator[LiveServer]:
    started = LiveServer(tmp_path_factory.mktemp("narrow"), **NARROW)
    yield started
    started.end()
