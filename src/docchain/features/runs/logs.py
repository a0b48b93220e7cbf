"""The lines that a run's steps logged, from its journal; a line comes with the outcome of its attempt and stays."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from docchain.engine.machine.facts import Fact, Noted
from docchain.engine.notes import LEVELS, Level
from docchain.features.runs.domain import moment
from docchain.platform.model import Model
from docchain.platform.page_cursors import NOT_OURS, BadCursor, bound, decode, encode
from docchain.platform.pagination import Cursor, Page

LINE_EXAMPLE: Final[dict[str, Any]] = {
    "number": 1,
    "at": "2026-11-22T09:30:01.204Z",
    "step": "parse[3]",
    "attempt": 1,
    "level": "info",
    "message": "Read invoice.pdf: 2 pages.",
    "fields": {"pages": 2, "language": "es"},
}
_NOBODY: Final = UUID(int=0)


class LogLine(Model):
    """One line that a step logged; secrets are masked."""

    model_config = ConfigDict(json_schema_extra={"example": LINE_EXAMPLE})

    number: int = Field(description="Counts the lines of the run, in the order in which attempts came to their end.")
    at: datetime
    step: str = Field(description="The step, or its item such as `parse[3]`.")
    attempt: int
    level: Level
    message: str
    fields: dict[str, Any]


class StepLogQuery(BaseModel):
    """How the lines of a step are asked for."""

    model_config = ConfigDict(extra="forbid")

    level: Level = Field("debug", description="Lines of this level and above.", examples=["warning"])
    attempt: int | None = Field(None, ge=1, le=1_000_000, description="Only of this attempt.")
    limit: int = Field(100, ge=1, le=1_000)
    cursor: Cursor | None = None


class LogQuery(StepLogQuery):
    """How the lines of a run are asked for."""

    step: str | None = Field(
        None, max_length=200, description="Only of this step and its items, or of one item.", examples=["parse"]
    )


def page_of_logs(run: str, facts: Iterable[Fact], wanted: LogQuery) -> Page[LogLine]:
    """Some lines of a run, in the order in which they became durable: more come at the end only.

    Raises:
        BadCursor: the cursor is of another list.
    """
    list_ = bound("logs", run, wanted.level, wanted.attempt, wanted.step)
    after = 0 if wanted.cursor is None else _place(list_, wanted.cursor)
    lines = (line for line in all_lines(facts) if line.number > after and _is_wanted(line, wanted))
    found = list(islice(lines, wanted.limit + 1))
    shown = found[: wanted.limit]
    more = encode(list_, shown[-1].number, _NOBODY) if len(found) > wanted.limit else None
    return Page(items=shown, next_cursor=more)


def all_lines(facts: Iterable[Fact]) -> Iterator[LogLine]:
    number = 0
    for fact in facts:
        if not isinstance(fact, Noted):
            continue
        for line in fact.lines:
            number += 1
            yield LogLine(
                number=number,
                at=moment(line.at),
                step=fact.step,
                attempt=fact.attempt,
                level=line.level,
                message=line.message,
                fields=line.fields,
            )


def is_of(name: str, step: str) -> bool:
    """Whether a step or item is this step, or one of its items."""
    return name == step or name.startswith(f"{step}[")


def _is_wanted(line: LogLine, wanted: LogQuery) -> bool:
    return (
        LEVELS.index(line.level) >= LEVELS.index(wanted.level)
        and wanted.attempt in {None, line.attempt}
        and (wanted.step is None or is_of(line.step, wanted.step))
    )


def _place(list_: str, cursor: str) -> int:
    place, _ = decode(list_, cursor)
    if not isinstance(place, int):
        raise BadCursor(NOT_OURS)
    return place
