"""`docchain runs show`, `history`, `logs` and `timeline`: what a run did, said and cost, and when."""

import json
from datetime import UTC, datetime
from typing import Annotated, Final

import typer
from rich.table import Table

from docchain.engine.notes import Level
from docchain.entrypoints.cli.console import AsJson, DataDir, RunName, Workspace, console, moment, print_json
from docchain.entrypoints.cli.gantt import chart, legend, span
from docchain.entrypoints.cli.looking import seen
from docchain.features.identity import DEFAULT_WORKSPACE
from docchain.features.runs import Cost, LiveRuns, LogLine, LogQuery, Run

_PAGE: Final = 1_000
_LONGEST: Final = 200

StepName = Annotated[str | None, typer.Option("--step", help="Only this step and its items, or one item.")]
LeastLevel = Annotated[Level, typer.Option("--level", help="Lines of this level and above.")]
Items = Annotated[int, typer.Option(min=0, max=1_000, help="Items of a step that get bars, at most.")]


def show(
    run: RunName, as_json: AsJson = False, workspace: Workspace = DEFAULT_WORKSPACE, data_dir: DataDir = None
) -> None:
    """Show a run step by step."""
    detail = seen(data_dir, workspace, run, LiveRuns.detail)
    if as_json:
        print_json(detail)
        return
    console.print(f"{detail.handle} {detail.label}: {detail.status}", style="bold")
    table = Table("Step", "Kind", "Status", "Attempts", "Ended", "Cost", "Message")
    for step in detail.steps:
        message = " ".join(filter(None, (step.message, step.hint)))
        attempts, ended = str(len(step.attempts)), moment(step.ended_at)
        table.add_row(step.id, step.kind, step.status, attempts, ended, _paid(step.cost), message)
    console.print(table)
    if detail.cost:
        console.print(f"Cost: {_paid(detail.cost)}")
    if detail.output is not None:
        console.print_json(json.dumps(detail.output))


def history(
    run: RunName, as_json: AsJson = False, workspace: Workspace = DEFAULT_WORKSPACE, data_dir: DataDir = None
) -> None:
    """Show every fact of a run's journal, in order."""
    entries = seen(data_dir, workspace, run, LiveRuns.history)
    if as_json:
        print_json(entries)
        return
    table = Table("At", "Fact", "Step", "What")
    for entry in entries:
        said = json.dumps(entry.data, ensure_ascii=False) if entry.data else ""
        table.add_row(moment(entry.at), entry.fact, entry.step or "", said[:_LONGEST])
    console.print(table)


def logs(
    run: RunName,
    step: StepName = None,
    level: LeastLevel = "debug",
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Show what a run's steps logged.

    Examples: docchain runs logs run_42
              docchain runs logs run_42 --step parse --level warning
    """

    async def look(live: LiveRuns, found: Run) -> list[LogLine]:
        return await _all_lines(live, found, LogQuery(step=step, level=level, limit=_PAGE))

    lines = seen(data_dir, workspace, run, look)
    if as_json:
        print_json(lines)
        return
    if not lines:
        console.print("Nothing was logged.")
    for line in sorted(lines, key=lambda line: line.at):
        told = " ".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in line.fields.items())
        console.print(f"{moment(line.at)} {line.level:7} {line.step}  {line.message}  {told}".rstrip())


def timeline(
    run: RunName,
    items: Items = 100,
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Draw a run's course in time: when each step could begin, was at work and waited."""
    now = datetime.now(UTC)
    told = seen(data_dir, workspace, run, lambda live, found: live.timeline(found, now, items))
    if as_json:
        print_json(told)
        return
    console.print(f"{told.run}: {told.status}, {span(told.duration_ms or 0)}", style="bold")
    console.print(chart(told, console.width))
    console.print(legend())


async def _all_lines(live: LiveRuns, run: Run, wanted: LogQuery) -> list[LogLine]:
    found: list[LogLine] = []
    while True:
        page = await live.logs(run, wanted)
        found.extend(page.items)
        if page.next_cursor is None:
            return found
        wanted = wanted.model_copy(update={"cursor": page.next_cursor})


def _paid(cost: Cost | None) -> str:
    if cost is None:
        return ""
    money = ", ".join(f"{amount.amount} {amount.currency}" for amount in cost.amounts)
    tokens = f"{cost.tokens_in:,} + {cost.tokens_out:,} tokens" if cost.tokens_in or cost.tokens_out else ""
    return ", ".join(filter(None, (money, tokens)))
