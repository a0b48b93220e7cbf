"""The whole product, opened in a fresh folder."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from whole_product import Product


@pytest.fixture(scope="session")
def fresh_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder as the first start leaves it; copying it is faster than making it."""

    async def make(folder: Path) -> None:
        opened = Product(folder)
        await opened.open()
        await opened.close()

    folder = tmp_path_factory.mktemp("fresh") / "data"
    asyncio.run(make(folder))
    return folder


@pytest.fixture
async def product(tmp_path: Path, fresh_folder: Path) -> AsyncIterator[Product]:
    opened = Product(shutil.copytree(fresh_folder, tmp_path / "data"))
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
async def on_postgres(tmp_path: Path, postgres_url: str) -> AsyncIterator[Product]:
    opened = Product(tmp_path / "data", postgres_url)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, str]:
    """A data folder and the address of a database, once for each kind of database."""
    if request.param == "postgresql":
        return tmp_path / "data", request.getfixturevalue("postgres_url")
    return shutil.copytree(request.getfixturevalue("fresh_folder"), tmp_path / "data"), ""


@pytest.fixture
async def on_both(place: tuple[Path, str]) -> AsyncIterator[Product]:
    opened = Product(*place)
    await opened.open()
    yield opened
    await opened.close()
