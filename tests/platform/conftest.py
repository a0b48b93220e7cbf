"""Real databases for the platform's tests: a SQLite file each, and PostgreSQL."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

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
