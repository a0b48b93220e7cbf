"""Log lines: structured, with the request and run they belong to, and without secrets."""

import logging
import sys
from contextvars import ContextVar
from typing import Any, Literal, Protocol
from uuid import UUID

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from docchain.platform.secrecy import masked


class Doing(Protocol):
    """What a task is doing: a step of a run."""

    @property
    def run_id(self) -> UUID: ...

    @property
    def step_id(self) -> str: ...


doing: ContextVar[Doing | None] = ContextVar("doing", default=None)
"""Set by whoever executes a step; its log lines then name the run and the step."""


def add_run(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    if (step := doing.get()) is not None:
        event.setdefault("run_id", str(step.run_id))
        event.setdefault("step", step.step_id)
    return event


def mask_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {key: value if key == "event" else masked({key: value})[key] for key, value in event.items()}


def configure_logging(level: str = "info", style: Literal["console", "json"] = "console", out: Any = None) -> None:
    """Send all log lines, ours and those of libraries, to standard error.

    Bind what a line belongs to with `structlog.contextvars.bound_contextvars(request_id=…, run_id=…)`.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        add_run,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        mask_secrets,
    ]
    handler = logging.StreamHandler(out or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_renderers(style, handler)],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def _renderers(style: str, handler: "logging.StreamHandler[Any]") -> list[Processor]:
    if style == "json":
        return [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer(default=str)]
    colors = bool(getattr(handler.stream, "isatty", lambda: False)())
    return [structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=structlog.dev.plain_traceback)]
