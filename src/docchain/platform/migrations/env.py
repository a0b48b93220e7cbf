"""What Alembic runs: every table of the platform and the features, one history for SQLite and PostgreSQL.

A new table needs no entry here: put it into the feature's `tables.py`, then `alembic revision --autogenerate -m "…"`.
"""

import asyncio
import importlib
import pkgutil
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any, Literal

from alembic import context
from sqlalchemy import URL, Connection, TypeDecorator

import docchain.features
from docchain.platform.engines import parse_url, sqlite_engine
from docchain.platform.settings import load_settings
from docchain.platform.tables import Table

_PLATFORM = ("events", "cursors", "handles", "idempotency", "outbox")


def table_modules() -> Iterator[str]:
    yield from (f"docchain.platform.{name}" for name in _PLATFORM)
    for feature in pkgutil.iter_modules(docchain.features.__path__, "docchain.features."):
        if find_spec(f"{feature.name}.tables"):
            yield f"{feature.name}.tables"
    yield "docchain.features.identity.authorization.tables"
    yield "docchain.features.identity.keys.tables"
    yield "docchain.features.identity.factors.tables"
    yield "docchain.features.identity.oidc.tables"
    yield "docchain.features.identity.accounts.tables"
    yield "docchain.features.identity.workspaces.tables"
    yield "docchain.features.documents.intake.tables"
    yield "docchain.features.documents.artefacts.tables"
    yield "docchain.features.documents.lookups.tables"
    yield "docchain.features.documents.storage.tables"
    yield "docchain.features.ai.cost.tables"
    yield "docchain.features.ai.caching.tables"
    yield "docchain.features.ai.prompts.tables"
    yield "docchain.features.ai.evaluation.tables"
    yield "docchain.features.ai.learning.tables"


def render_item(kind: str, item: Any, _autogen: Any) -> str | Literal[False]:
    if kind == "type" and isinstance(item, TypeDecorator) and type(item).__module__ == "docchain.platform.columns":
        return f"docchain.platform.columns.{type(item).__name__}()"
    return False


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Table.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        render_item=render_item,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def migrate_postgres(url: URL) -> None:
    from docchain.platform.postgres import postgres_engine  # noqa: PLC0415 - its driver is large, and only of use there

    engine = postgres_engine(url, 1)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(migrate)
    finally:
        await engine.dispose()


def main() -> None:
    for module in table_modules():
        importlib.import_module(module)
    given = context.config.attributes.get("url")
    url = parse_url(given or load_settings().storage.app_database_url)
    if url.get_backend_name() == "postgresql":
        asyncio.run(migrate_postgres(url))
        return
    engine = sqlite_engine(url, "migrate")
    try:
        with engine.begin() as connection:
            migrate(connection)
    finally:
        engine.dispose()


main()
