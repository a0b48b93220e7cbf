"""A process that executes runs and serves nobody: it stands by until the lease of PostgreSQL is free."""

import sys

import structlog

from docchain import __version__
from docchain.bootstrap import open_services
from docchain.entrypoints.probing import health_door
from docchain.entrypoints.signals import stop_on_signals
from docchain.features.monitoring import HealthService
from docchain.platform import memory
from docchain.platform.settings import Settings, SettingsError

_log = structlog.get_logger(__name__)


async def work(settings: Settings) -> None:
    """Take part until SIGINT or SIGTERM.

    Raises:
        SettingsError: on SQLite, where the server executes its runs itself.
    """
    if not settings.storage.on_postgres:
        raise SettingsError(
            "A worker needs PostgreSQL: set DOCCHAIN_DATABASE_URL to postgresql://user@host/name. On SQLite, "
            "`docchain serve` executes the runs itself."
        )
    stop = stop_on_signals()
    executing = settings.engine.model_copy(update={"execute": True})
    async with (
        health_door(settings.server) as door,
        open_services(settings.model_copy(update={"engine": executing})) as services,
    ):
        door.service = HealthService(services.probes)
        memory.settle()
        sys.stderr.write(f"Document Workflow Chain {__version__}: this worker is ready. Stop with Ctrl+C.\n")
        await stop.wait()
    _log.info("stopped")
