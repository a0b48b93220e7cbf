"""To become a server: what every server needs is loaded, quickly, and nothing else."""

import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from docchain.platform.memory import frugal, loading

if TYPE_CHECKING:
    from docchain.platform.settings import Settings


def load() -> "Callable[[Settings | None], None]":
    """Import it all; return what serves with settings, or with those of the environment."""
    frugal()
    sys.modules.setdefault("pydantic.v1", None)  # type: ignore[arg-type] # models of old: the framework would load it all
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # or it asks every installed package whether it is one
    with loading():
        with _nothing_pretty():
            import structlog  # noqa: F401, PLC0415 - first of all, see there
        _build_models_late()
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


def _build_models_late() -> None:
    """A model's validator is built with the first request that needs it: most are needed by few requests."""
    from pydantic import BaseModel  # noqa: PLC0415 - not before the caller says so
    from pydantic.warnings import UnsupportedFieldAttributeWarning  # noqa: PLC0415 - the same

    warnings.simplefilter("ignore", UnsupportedFieldAttributeWarning)  # as the framework does while it builds them
    BaseModel.model_config["defer_build"] = True  # for good: routers are imported when they are asked
