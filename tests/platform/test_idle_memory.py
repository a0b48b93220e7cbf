"""A server with the settings that it comes with, and nothing to do."""

from watched_server import WatchedServer

IDLE_MB = 150


def test_an_idle_server_needs_little_memory(tmp_path):
    with WatchedServer(tmp_path):
        pass  # makes the schema and the example
    with WatchedServer(tmp_path) as server:
        assert server.client.get("/health").status_code == 200
        assert 20 < server.memory() < IDLE_MB
