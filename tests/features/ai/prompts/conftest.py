"""The whole product on both databases, with models' wire on this machine; prompts are made over HTTP."""

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


@pytest.fixture
async def running(url, tmp_path):
    async with World(tmp_path, database_url=url, run_engine=True) as made:
        yield made


OFFER = {
    "text": "Write to {{ reader }} about {{ topics }}, in {{ tone }} words, until {{ day }}. Total: {{ total }}.",
    "system": "You write for {{ reader }}.",
    "variables": {
        "reader": {"type": "text"},
        "topics": {"type": "list", "required": False},
        "tone": {"type": "enum", "values": ["warm", "short"], "default": "warm"},
        "day": {"type": "date", "default": "2026-12-31"},
        "total": {"type": "number", "default": 3},
    },
}


@pytest.fixture
def offer():
    return OFFER
