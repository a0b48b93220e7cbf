"""`docchain run WORKFLOW FILES…`: every file through the workflow, durably, without a server."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from docchain.bootstrap import open_services
from docchain.engine.definition import read_spec
from docchain.entrypoints.cli.batch import Batch, FileRun
from docchain.entrypoints.cli.console import (
    DataDir,
    Workspace,
    console,
    errors,
    local_actor,
    run_async,
    settings_for,
)
from docchain.entrypoints.cli.values import read_text, values_of
from docchain.features.identity import DEFAULT_WORKSPACE
from docchain.platform.logging import configure_logging
from docchain.platform.settings import Settings, SettingsError

app = typer.Typer(add_completion=False)

FAILED: Final = 1
WAITING: Final = 3
INTERRUPTED: Final = 130

_SHOWN: Final = ("number", "date", "total")
_STYLES: Final = {
    "succeeded": "green",
    "waiting": "yellow",
    **dict.fromkeys(("failed", "rejected", "refused", "cancelled"), "red"),
}


@app.command()
def run(
    workflow: Annotated[Path, typer.Argument(help="The workflow's definition, YAML or JSON.", show_default=False)],
    files: Annotated[list[Path] | None, typer.Argument(help="Documents; each gets a run of its own.")] = None,
    given: Annotated[list[str] | None, typer.Option("--input", "-i", help="An input as name=value; repeat it.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a file.")] = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Run a workflow on files, here and now; progress on screen, results at the end.

    Runs are durable: what is interrupted goes on at the next start. The exit code is 0 when every run succeeded,
    1 when one failed or was refused, 3 when one waits, 2 when nothing could start.
    """
    configure_logging("warning")
    paths = _readable(files or [])
    spec = read_spec(read_text(workflow))
    try:
        batch = run_async(_run(settings_for(data_dir), spec, paths, values_of(given), (workspace, as_json)))
    except KeyboardInterrupt:
        errors.print(
            "Interrupted; what is unfinished goes on when `docchain serve` or `docchain run` starts here again."
        )
        sys.exit(INTERRUPTED)
    sys.exit(_exit_code(batch))


async def _run(
    settings: Settings, spec: Any, paths: list[Path], inputs: dict[str, Any], shown: tuple[str, bool]
) -> list[FileRun]:
    workspace, as_json = shown
    async with open_services(settings) as services:
        batch = Batch(services, await local_actor(services.database, workspace), spec, inputs)
        with _progress(quiet=as_json) as progress:
            await batch.start(paths)
            tasks = {
                id(item): progress.add_task(item.path.name if item.path else spec.workflow, total=1.0)
                for item in batch.runs
            }
            await batch.follow(
                lambda item: progress.update(tasks[id(item)], completed=item.progress, status=item.status)
            )
        results = [batch.result(item) for item in batch.runs]
        await services.journal.catch_up()
    if as_json:
        for result in results:
            print(json.dumps(result, ensure_ascii=False))  # noqa: T201 (the command's output)
    else:
        _show(spec.title or spec.workflow, results)
    return batch.runs


def _progress(*, quiet: bool) -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[status]}"),
        TimeElapsedColumn(),
        console=errors,
        disable=quiet or not sys.stderr.isatty(),
        transient=True,
    )


def _show(title: str, results: list[dict[str, Any]]) -> None:
    names = [name for name in _SHOWN if any(name in result["fields"] for result in results)]
    table = Table(title=title, title_justify="left")
    for column in ("File", "Result", *(name.capitalize() for name in names), "Notes"):
        table.add_column(column, overflow="fold")
    for result in results:
        style = _STYLES.get(result["status"], "")
        cells = [_cell(result["fields"].get(name)) for name in names]
        table.add_row(Path(result["file"] or "").name, Text(result["status"], style), *cells, _notes(result))
    console.print(table)


def _notes(result: dict[str, Any]) -> str:
    notes = [f"{fault['path']}: {fault['message']}".removeprefix(": ") for fault in result["faults"]]
    notes[:0] = [_awaited(result["run"], step, reason) for step, reason in result["waits"].items()]
    if result["duplicate_of"]:
        notes.insert(0, f"the same bytes as {result['duplicate_of']}")
    return "\n".join(notes)


def _awaited(run: str, step: str, reason: str) -> str:
    match reason:
        case "approval":
            return "waits for a person: docchain approvals list"
        case "in_doubt":
            return f"nobody knows whether {step} happened: docchain runs resolve {run} {step} confirmed|failed|resend"
        case "time":
            return f"{step} waits for its time; it goes on when `docchain serve` or `docchain run` works here then"
    return f"{step} waits for the signal {reason}"


def _cell(field: dict[str, Any] | None) -> str | Text:
    if not field:
        return "-"
    value = field["value"]
    text = f"{value['amount']} {value['currency'] or ''}".strip() if isinstance(value, dict) else str(value)
    return text if field.get("accepted", True) else Text(f"{text} ?", "yellow")


def _exit_code(runs: list[FileRun]) -> int:
    statuses = {item.status for item in runs}
    if statuses & {"failed", "rejected", "cancelled", "refused"}:
        return FAILED
    return WAITING if "waiting" in statuses else 0


def _readable(paths: list[Path]) -> list[Path]:
    folders = [path for path in paths if path.is_dir()]
    if folders:
        raise SettingsError(f"{', '.join(map(str, folders))}: a folder; name the files in it.")
    missing = [path for path in paths if not path.is_file()]
    if missing:
        raise SettingsError(f"There is no file {', '.join(map(str, missing))}.")
    return paths
