import pytest
from intake_place import an_intake_place


@pytest.fixture
async def place(tmp_path):
    async with an_intake_place(tmp_path) as place:
        yield place


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request):
    """Of the stories that matter most on both databases."""
    return "" if request.param == "sqlite" else request.getfixturevalue("postgres_url")


@pytest.fixture
async def on_both(tmp_path, database_url):
    async with an_intake_place(tmp_path, database_url=database_url) as place:
        yield place
