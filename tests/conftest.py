"""Servers of our own that tests of every folder may use."""

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session")
def postgres_server() -> Iterator:
    """A PostgreSQL server that starts when the first test asks for it."""
    from postgres_server import PostgresServer  # noqa: PLC0415 - most tests need no driver

    server = PostgresServer()
    server.start()
    yield server
    server.remove()


@pytest.fixture
def postgres_url(postgres_server) -> str:
    """An empty database of its own."""
    return postgres_server.new_database()
