"""The whole product on both databases, with models' wire on this machine; sets are made over HTTP."""

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "doors"))
from ai_world import World


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request):
    return "" if request.param == "sqlite" else request.getfixturevalue("postgres_url")


@pytest.fixture
async def world(url, tmp_path):
    async with World(tmp_path, database_url=url) as made:
        yield made
