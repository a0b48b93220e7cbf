"""A run's course in time as a Gantt chart of characters, one row a bar; what is on the critical path is bright."""

from typing import Final

from rich.table import Column, Table
from rich.text import Text

from docchain.features.runs import Bar, Timeline

QUEUED: Final = "·"
RUNNING: Final = "█"
WAITING: Final = "░"
_LEAST: Final = 20
_COLOURS: Final = {"done": "green", "failed": "red", "cancelled": "yellow", "unknown": "magenta"}


def chart(timeline: Timeline, width: int) -> Table:
    """The chart, so that it fits a screen of so many columns."""
    names = max([len(_name(bar)) for bar in timeline.bars], default=4)
    columns = max(width - names - 32, _LEAST)
    table = Table("Step", "Status", Column("Took", justify="right"), f"0 … {span(timeline.duration_ms or 0)}")
    for bar in timeline.bars:
        table.add_row(_name(bar), bar.status, _took(bar, timeline), _row(bar, timeline, columns))
    for step, count in timeline.left_out.items():
        table.add_row(f"  {step}: {count:,} more items", "", "", "")
    return table


def legend() -> str:
    return f"{QUEUED} could have begun   {RUNNING} at work   {WAITING} waits   bright: on the critical path"


def span(milliseconds: float) -> str:
    """A length of time in the unit that reads best."""
    for most, per, unit in ((1_000, 1, "ms"), (120_000, 1_000, "s"), (7_200_000, 60_000, "min")):
        if milliseconds < most:
            return f"{milliseconds / per:.0f} {unit}" if per == 1 else f"{milliseconds / per:.1f} {unit}"
    return f"{milliseconds / 3_600_000:.1f} h"


def _name(bar: Bar) -> str:
    again = f" (attempt {bar.attempt})" if bar.attempt > 1 else ""
    return f"{'  ' if bar.item is not None else ''}{bar.name}{again}"


def _took(bar: Bar, timeline: Timeline) -> str:
    end = timeline.duration_ms if bar.ended_ms is None else bar.ended_ms
    if bar.started_ms is None or end is None:
        return ""
    return span(end - bar.started_ms)


def _row(bar: Bar, timeline: Timeline, columns: int) -> Text:
    """One character is a share of the whole; of what falls into one, a wait is shown last."""
    whole = timeline.duration_ms or 0
    cells = [" "] * columns

    def fill(begin: float | None, end: float | None, mark: str) -> None:
        if begin is None:
            return
        first = _column(begin, whole, columns)
        last = _column(whole if end is None else end, whole, columns)
        cells[first : max(last, first + 1)] = [mark] * max(last - first, 1)

    fill(bar.queued_ms, bar.started_ms, QUEUED)
    fill(bar.started_ms, bar.ended_ms, RUNNING)
    for wait in bar.waits:
        fill(wait.started_ms, wait.ended_ms, WAITING)
    colour = _COLOURS.get(bar.status, "cyan")
    return Text("".join(cells).rstrip(), style=f"bold bright_{colour}" if bar.critical else colour)


def _column(at: float, whole: float, columns: int) -> int:
    return min(int(max(at, 0) / whole * columns), columns - 1) if whole else 0
