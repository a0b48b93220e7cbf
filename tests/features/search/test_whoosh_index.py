"""Search in Whoosh: the contract of all."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from contract import IndexContract

pytest.importorskip("whoosh", reason="an extra: pip install docchain[whoosh]")

from docchain.features.search.whoosh import WhooshIndex


@pytest.fixture
async def index(tmp_path: Path) -> AsyncIterator[WhooshIndex]:
    opened = WhooshIndex(tmp_path / "search", "usem3")
    yield opened
    await opened.close()


class TestWhoosh(IndexContract):
    pass
