import pytest
from filing_place import a_place


@pytest.fixture
async def place(tmp_path):
    async with a_place(tmp_path) as place:
        yield place
