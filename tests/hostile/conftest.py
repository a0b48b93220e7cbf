"""Real servers over empty data, once for each kind of database."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from real_server import RealServer


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RealServer]:
    with RealServer(tmp_path) as started:
        yield started


@pytest.fixture(params=["sqlite", "postgresql"])
def either_server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RealServer]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    with RealServer(tmp_path, url) as started:
        yield started
