import pytest
from intake_place import an_intake_place


@pytest.fixture
async def place(tmp_path):
    async with an_intake_place(tmp_path) as place:
        yield place
