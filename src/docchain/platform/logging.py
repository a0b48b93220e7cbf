"""Log lines: structured, with the request and run they belong to, and without secrets."""

import logging
import re
import sys
from contextlib import suppress
from contextvars import ContextVar
from io import StringIO
from typing import Any, Literal, Protocol, TextIO, cast
from uuid import UUID

import msgspec
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from docchain.platform.revealed import Revealed
from docchain.platform.secrecy import is_secret, masked

_PLAIN = frozenset({str, int, float, bool, type(None)})
_TAKES_MORE = frozenset({"exc_info", "exception", "stack", "stack_info"})
_CHATTY = (
    "alembic.runtime.plugins",  # tells of each of its own parts at every first start
    "httpx",  # tells addresses whole, with what may be secret in them
    "httpcore",  # tells headers
)
_ODD = re.compile(r"[\s='\"]")


class Doing(Protocol):
    """What a task is doing: a step of a run."""

    @property
    def run_id(self) -> UUID: ...

    @property
    def step_id(self) -> str: ...

    @property
    def revealed(self) -> Revealed | None: ...


doing: ContextVar[Doing | None] = ContextVar("doing", default=None)
"""Set by whoever executes a step; its log lines then name the run and the step."""


def add_run(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    if (step := doing.get()) is not None:
        event.setdefault("run_id", str(step.run_id))
        event.setdefault("step", step.step_id)
    return event


def mask_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    suspects = [key for key, value in event.items() if type(value) not in _PLAIN or is_secret(key)]
    for key in suspects:
        if key != "event":
            event[key] = masked({key: event[key]})[key]
    return event


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
    stream = _Surviving(out or sys.stderr)
    renderers = _renderers(style, stream)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for chatty in _CHATTY:
        logging.getLogger(chatty).setLevel(max(root.level, logging.WARNING))
    structlog.configure(  # our own lines take a way of their own, which is shorter than that through the handler
        processors=[*shared, *renderers],
        wrapper_class=structlog.make_filtering_bound_logger(root.level),
        logger_factory=structlog.WriteLoggerFactory(cast("TextIO", stream)),
        cache_logger_on_first_use=False,
    )


def _renderers(style: str, stream: "_Surviving") -> list[Processor]:
    if style == "json":
        return [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer(_json)]
    colors = stream.isatty()
    full = structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=_traceback)
    return [_escape, full if colors else _Plain(full)]


def _escape(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """What others sent must not steer the terminal that shows it, nor look like a line of ours."""
    for key, value in event.items():
        if type(value) is str and not value.isprintable() and key not in _TAKES_MORE:
            event[key] = _printable(value)
    return event


def _printable(text: str) -> str:
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)


def _traceback(out: TextIO, exc_info: Any) -> None:
    told = StringIO()
    structlog.dev.plain_traceback(told, exc_info)
    out.writelines(f"  {_printable(line)}\n" for line in told.getvalue().splitlines())


class _Surviving:
    """A place for lines that may go away, or be full, before those who write there: they have better things to do."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        step = doing.get()
        if step is not None and step.revealed is not None:
            text = step.revealed.text(text)
        with suppress(OSError, ValueError):
            self._stream.write(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self._stream.flush()

    def isatty(self) -> bool:
        return bool(getattr(self._stream, "isatty", lambda: False)())


class _Plain:
    """Writes lines without colours as the full renderer does, in a tenth of the time; it gets what has more to it."""

    def __init__(self, full: Processor) -> None:
        self._full = full

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> Any:
        if not _TAKES_MORE.isdisjoint(event):
            return self._full(logger, method, event)
        head = f"{event.pop('timestamp', '')} [{event.pop('level', ''):<9}] {event.pop('event', ''):<30}"
        return f"{head} {' '.join([f'{key}={_shown(event[key])}' for key in sorted(event)])}".rstrip()


def _shown(value: Any) -> str:
    return value if type(value) is str and not _ODD.search(value) else repr(value)


def _json(line: EventDict, **_: Any) -> str:
    return msgspec.json.encode(line, enc_hook=str).decode()
