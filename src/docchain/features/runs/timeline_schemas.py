"""What is told of a run's course in time: bars, ready to be drawn as a Gantt chart."""

from datetime import datetime
from typing import Any, Final, Literal

from pydantic import ConfigDict, Field

from docchain.features.runs.schemas import RunStatus
from docchain.platform.model import Model

BarStatus = Literal["pending", "running", "mapping", "waiting", "unknown", "done", "failed", "cancelled"]

BAR_EXAMPLE: Final[dict[str, Any]] = {
    "name": "text",
    "step": "text",
    "item": None,
    "attempt": 1,
    "kind": "document.parse",
    "status": "done",
    "queued_at": "2026-11-22T09:30:00.004Z",
    "started_at": "2026-11-22T09:30:00.020Z",
    "ended_at": "2026-11-22T09:30:01.204Z",
    "queued_ms": 0.0,
    "started_ms": 16.0,
    "ended_ms": 1200.0,
    "waits": [],
    "child": None,
    "critical": True,
}
TIMELINE_EXAMPLE: Final[dict[str, Any]] = {
    "run": "run_42",
    "status": "succeeded",
    "created_at": "2026-11-22T09:30:00Z",
    "started_at": "2026-11-22T09:30:00.004Z",
    "ended_at": "2026-11-22T09:30:01.204Z",
    "as_of": "2026-11-22T09:31:00Z",
    "duration_ms": 1200.0,
    "bars": [BAR_EXAMPLE],
    "pauses": [],
    "left_out": {},
}


class Span(Model):
    """A stretch of time. Offsets are milliseconds since the run started; no end: it goes on."""

    started_at: datetime
    ended_at: datetime | None
    started_ms: float
    ended_ms: float | None


class WaitSpan(Span):
    """A stretch in which an attempt waited for something else than its turn."""

    reason: str = Field(
        description="`approval`, `time`, `run` (one that it called), `in_doubt`, `retry` (before the attempt began), "
        "or a signal's name.",
        examples=["approval"],
    )


class Bar(Model):
    """One attempt of a step or item; or a step that maps, around its items."""

    name: str = Field(description="The step, or the item such as `parse[3]`.")
    step: str
    item: int | None = Field(description="The item's place.")
    attempt: int
    kind: str
    status: BarStatus
    queued_at: datetime = Field(description="When it could have begun: what it needs was there.")
    started_at: datetime | None = Field(description="Null while it is not known to have begun.")
    ended_at: datetime | None
    queued_ms: float = Field(description="Milliseconds since the run started, as the next two.")
    started_ms: float | None
    ended_ms: float | None
    waits: list[WaitSpan]
    child: str | None = Field(None, description="The run it called.")
    critical: bool = Field(default=False, description="It is on the critical path: sooner there, the run ends sooner.")


class Timeline(Model):
    """A run's course in time."""

    model_config = ConfigDict(json_schema_extra={"example": TIMELINE_EXAMPLE})

    run: str
    status: RunStatus
    created_at: datetime
    started_at: datetime | None = Field(description="Offsets count from here.")
    ended_at: datetime | None
    as_of: datetime = Field(description="What has no end goes on up to now, which is this.")
    duration_ms: float | None = Field(description="From its start to its end, or to now.")
    bars: list[Bar] = Field(description="In the order in which they could begin. Skipped steps have none.")
    pauses: list[Span]
    left_out: dict[str, int] = Field(
        description="By step: how many items have no bars here.", examples=[{"parse": 900}]
    )
