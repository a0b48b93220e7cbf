"""A fresh folder becomes a database by one command or by starting; a current one costs nothing."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from docchain.platform import schema
from docchain.platform.database import Database
from docchain.platform.work import SYSTEM

ROOT = Path(__file__).parents[2]


def alembic(*arguments, **settings):
    return subprocess.run(  # noqa: S603 - fixed arguments
        [sys.executable, "-m", "alembic", *arguments],
        cwd=ROOT,
        env=os.environ | settings,
        capture_output=True,
        text=True,
        check=False,
    )


async def test_a_database_is_migrated_once(database_url):
    assert await schema.current(database_url) is None
    assert await schema.ensure_current(database_url) is True
    assert await schema.ensure_current(database_url) is False
    assert await schema.current(database_url) == schema.head()

    database = Database(database_url)
    await database.write(lambda work: work.emit("x", "note", None), SYSTEM)
    assert await database.read(lambda work: work.session.scalar(text("SELECT count(*) FROM event")), SYSTEM) == 1
    await database.close()


def test_the_alembic_command_makes_a_fresh_data_folder(tmp_path):
    done = alembic("upgrade", "head", DOCCHAIN_DATA_DIR=str(tmp_path / "new"))
    assert done.returncode == 0, done.stderr
    url = f"sqlite:///{tmp_path}/new/app.db"
    assert asyncio.run(schema.current(url)) == schema.head()


def test_the_migrations_make_exactly_the_tables_of_the_code(database_url):
    asyncio.run(schema.ensure_current(database_url))
    done = alembic("check", DOCCHAIN_DATABASE_URL=database_url)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_migration_can_be_taken_back(database_url):
    asyncio.run(schema.ensure_current(database_url))
    done = alembic("downgrade", "base", DOCCHAIN_DATABASE_URL=database_url)
    assert done.returncode == 0, done.stderr
    assert asyncio.run(schema.current(database_url)) is None


async def test_a_database_of_a_later_release_is_refused(database_url):
    await schema.ensure_current(database_url)
    database = Database(database_url)
    change = text("UPDATE alembic_version SET version_num = 'from_the_future'")
    await database.write(lambda work: work.session.execute(change) and None, SYSTEM)
    await database.close()
    with pytest.raises(schema.NewerSchemaError, match="A newer release wrote this database"):
        await schema.ensure_current(database_url)


def test_a_current_database_is_recognised_without_loading_alembic(tmp_path):
    url = f"sqlite:///{tmp_path}/app.db"
    asyncio.run(schema.ensure_current(url))
    code = (
        "import asyncio, sys; from docchain.platform.schema import ensure_current;"
        f"print(asyncio.run(ensure_current({url!r})), 'alembic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.strip() == "False False"


def test_workflows_of_an_older_release_are_found_by_their_words(database_url):
    asyncio.run(schema.ensure_current(database_url))
    assert alembic("downgrade", "0009_workflow_lists", DOCCHAIN_DATABASE_URL=database_url).returncode == 0
    row = {"name": "Añada", "title": "Wine", "description": "100% grapes", "number": 1, "revision": 1}
    row |= {"status": "draft", "draft": "{}", "draft_digest": "", "tags": "[]", "proposed": "[]", "created_by": "ana"}
    moment = "'2026-05-01 12:00:00'" + ("::timestamptz" if "postgres" in database_url else "")
    one = "'0199f5e27c7e7a4bb6e52f1c6a3d9e10'"
    key = f"CAST({one} AS uuid)" if "postgres" in database_url else f"X{one}"
    names, marks = ", ".join(row), ", ".join(f":{name}" for name in row)
    insert = f"INSERT INTO workflow (id, workspace_id, created_at, updated_at, {names}) "
    insert += f"VALUES ({key}, {key}, {moment}, {moment}, {marks})"

    async def told():
        database = Database(database_url)
        await database.write(lambda work: work.session.execute(text(insert), row) and None, SYSTEM)
        await schema.ensure_current(database_url)
        said = await database.read(lambda work: work.session.scalar(text("SELECT text FROM workflow_text")), SYSTEM)
        await database.close()
        return said

    assert asyncio.run(told()) == "añada\nwine\n100% grapes"
