"""The smallest product that signs people in: identity and health over a real database; run it to serve it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace

from sqlalchemy import text

from docchain.entrypoints.web.server import serve
from docchain.features.identity import SignIn, prepare_identity
from docchain.platform.database import Database
from docchain.platform.passwords import Passwords
from docchain.platform.settings import Settings, load_settings
from docchain.platform.tables import Table
from docchain.platform.work import SYSTEM


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncIterator[SimpleNamespace]:
    settings.storage.data_dir.mkdir(parents=True, exist_ok=True)
    database = Database(settings.storage.app_database_url)
    await database.write(lambda work: Table.metadata.create_all(work.session.connection()), SYSTEM)
    passwords = Passwords()
    await prepare_identity(database, passwords, settings.security.admin_password)
    sign_in = SignIn(database, passwords, settings.security)

    async def answers() -> None:
        await database.read(lambda work: work.session.execute(text("select 1")), SYSTEM)

    try:
        yield SimpleNamespace(
            database=database,
            sign_in=sign_in,
            authenticate=sign_in.authenticate,
            probes={"database": answers},
            settings=settings,
        )
    finally:
        passwords.close()
        await database.close()


if __name__ == "__main__":
    serve(load_settings(None), open_services)
