"""The database schema at start: a glance when it is current, a migration when it is not."""

import asyncio
import logging
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path

from sqlalchemy import URL, Connection, text
from sqlalchemy.exc import DBAPIError

from docchain.platform.engines import parse_url

_MIGRATIONS = Path(__file__).parent / "migrations"
_REVISION = re.compile(r"^(revision|down_revision)\b[^=]*=\s*[\"']([^\"']+)[\"']", re.MULTILINE)


class NewerSchemaError(Exception):
    """The database was migrated by a later release."""


def head() -> str:
    """Return the newest revision, read from the files: importing Alembic would double the time of a start."""
    found: dict[str, set[str]] = {"revision": set(), "down_revision": set()}
    for file in (_MIGRATIONS / "versions").glob("*.py"):
        for name, revision in _REVISION.findall(file.read_text("utf-8")):
            found[name].add(revision)
    heads = found["revision"] - found["down_revision"]
    if len(heads) != 1:
        raise RuntimeError(f"The migrations have {len(heads)} heads: {', '.join(sorted(heads))}; merge them.")
    return heads.pop()


@asynccontextmanager
async def alone(database_url: str, patience: float = 0.0) -> AsyncIterator[None]:
    """Prepare a database while no other process does, once it answers; a file belongs to one process anyway."""
    url = parse_url(database_url)
    if url.get_backend_name() == "sqlite":
        yield
        return
    from docchain.platform.postgres import first_of_many  # noqa: PLC0415 - see there

    async with first_of_many(url, patience):
        yield


async def ensure_current(database_url: str) -> bool:
    """Bring the schema up to date; return whether that took a migration."""
    present = await current(database_url)
    if present == head():
        return False
    await asyncio.to_thread(_upgrade, database_url)
    return True


async def current(database_url: str) -> str | None:
    """Return the database's revision, `None` in an empty one."""
    url = parse_url(database_url)
    if url.get_backend_name() == "sqlite":
        return await asyncio.to_thread(_current_of_file, url)
    from docchain.platform.postgres import postgres_engine  # noqa: PLC0415 - see there

    engine = postgres_engine(url, 1)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(_revision)
    finally:
        await engine.dispose()


def _current_of_file(url: URL) -> str | None:
    """By the driver alone: a start would wait for more."""
    if not url.database or not Path(url.database).exists():
        return None
    with closing(sqlite3.connect(url.database)) as connection, suppress(sqlite3.Error):
        found: tuple[str] | None = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return found[0] if found else None
    return None


def _revision(connection: Connection) -> str | None:
    try:
        revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    except DBAPIError:
        return None
    return revision


def _upgrade(database_url: str) -> None:
    from alembic import command  # noqa: PLC0415 - costs a third of a second, and only here
    from alembic.config import Config  # noqa: PLC0415 - the same
    from alembic.util import CommandError  # noqa: PLC0415 - the same

    logging.getLogger("alembic").setLevel(logging.WARNING)
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["url"] = database_url
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        if "Can't locate revision" in str(error):
            raise NewerSchemaError("A newer release wrote this database; install that or a later one.") from None
        raise
