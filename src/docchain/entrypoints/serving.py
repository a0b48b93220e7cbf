"""To become a server: what every server needs is loaded, quickly, and nothing else."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from docchain.platform.memory import frugal, loading

if TYPE_CHECKING:
    from docchain.platform.settings import Settings


def load() -> "Callable[[Settings | None], None]":
    """Import it all; return what serves with settings, or with those of the environment."""
    frugal()
    with loading():
        with _nothing_pretty():
            import structlog  # noqa: F401, PLC0415 - first of all, see there
        with _models_built_late():
            import fastapi  # noqa: F401, PLC0415 - the same

        from docchain.bootstrap import open_services  # noqa: PLC0415 (`--help` answers faster without all this)
        from docchain.entrypoints.web.server import serve as serve_web  # noqa: PLC0415 (the same)
        from docchain.platform.logging import configure_logging  # noqa: PLC0415 (the same)
        from docchain.platform.settings import load_settings  # noqa: PLC0415 (the same)

    def start(settings: "Settings | None") -> None:
        settings = settings or load_settings()
        configure_logging(settings.server.log_level, settings.server.log_format)
        serve_web(settings, open_services)

    return start


def serve(settings: "Settings | None" = None) -> None:
    """Serve until SIGINT or SIGTERM."""
    load()(settings)


@contextmanager
def _nothing_pretty() -> Iterator[None]:
    """Log lines use Rich for tracebacks if it is there; ours are plain, and it loads as long as the engine does."""
    if "rich" in sys.modules:
        yield
        return
    sys.modules["rich"] = None  # type: ignore[assignment] # how Python is told that there is no such module
    try:
        yield
    finally:
        del sys.modules["rich"]


@contextmanager
def _models_built_late() -> Iterator[None]:
    """The framework's own models describe an API; nobody needs them before somebody reads the description."""
    from pydantic import BaseModel  # noqa: PLC0415 - not before the caller says so

    BaseModel.model_config["defer_build"] = True
    try:
        yield
    finally:
        del BaseModel.model_config["defer_build"]
