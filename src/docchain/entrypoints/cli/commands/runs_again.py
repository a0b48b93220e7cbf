"""`docchain runs restart`, `fork` and `bulk`: other runs made of old ones, and one order for many runs."""

from collections.abc import Callable
from typing import Annotated, Any

import typer
from rich.table import Table

from docchain.bootstrap import open_services
from docchain.entrypoints.cli.console import (
    AsJson,
    DataDir,
    RunName,
    Workspace,
    console,
    local_actor,
    run_async,
    settings_of_data,
)
from docchain.entrypoints.cli.values import pairs, request_of, values_of
from docchain.features.identity import DEFAULT_WORKSPACE
from docchain.features.runs import LiveRuns, Run, RunService
from docchain.features.runs.again import AgainService, Past
from docchain.features.runs.bulk import BulkService
from docchain.features.runs.bulk_requests import STARTING, Action, BulkPreview, BulkRequest
from docchain.features.runs.control_requests import ForkRequest, RestartRequest
from docchain.platform.settings import Settings
from docchain.platform.work import Work
from docchain.services import Services

Version = Annotated[str | None, typer.Option(help="Another version to follow: its number, latest or draft.")]
Reason = Annotated[str, typer.Option(help="Why, for the history.")]
Inputs = Annotated[list[str] | None, typer.Option("--input", "-i", help="An input that changes, as name=value.")]
Pins = Annotated[list[str] | None, typer.Option("--pin", help="A step that does not run, as step=output.")]
Where = Annotated[
    list[str] | None,
    typer.Option(
        "--where",
        help="Instead of names, all runs that match, as name=value; repeat it. Names: status (several may match), "
        "workflow, origin, parent, source, mode, in_doubt, children.",
    ),
]
Every = Annotated[bool, typer.Option("--all", help="All runs there are.")]
CanaryCount = Annotated[int | None, typer.Option(help="So many runs go first; the others when these ended well.")]
Within = Annotated[str | None, typer.Option(help="How long the canary may take, such as 5m.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only tell what would happen.")]


def restart(
    run: RunName,
    version: Version = None,
    reason: Reason = "",
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Start a new run with the inputs of this one."""
    request = request_of(RestartRequest, {"version": _version(version), "reason": reason})
    settings = settings_of_data(data_dir)
    made = run_async(_again(settings, workspace, run, lambda again, past: again.restart(run, request, past)))
    _tell(made, f"{made.handle}: restarted from {run}", as_json=as_json)


def fork(  # noqa: PLR0913, PLR0917 - a command's options
    run: RunName,
    first: Annotated[str, typer.Option("--from", help="The first step that runs again.", show_default=False)],
    given: Inputs = None,
    pin: Pins = None,
    version: Version = None,
    reason: Reason = "",
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Start a new run from one of this one's steps; what does not follow it is taken over."""
    told = {"from": first, "inputs": values_of(given), "pins": values_of(pin, "--pin")}
    request = request_of(ForkRequest, {**told, "version": _version(version), "reason": reason})
    settings = settings_of_data(data_dir)
    made = run_async(_again(settings, workspace, run, lambda again, past: again.fork(run, request, past)))
    _tell(made, f"{made.handle}: forked from {run} at {first}", as_json=as_json)


def bulk(  # noqa: PLR0913, PLR0917 - a command's options
    action: Annotated[Action, typer.Argument(help="What to do with each run.", show_default=False)],
    runs: Annotated[list[str] | None, typer.Argument(help="Handles or ids.", show_default=False)] = None,
    where: Where = None,
    every: Every = False,
    canary: CanaryCount = None,
    within: Within = None,
    dry_run: DryRun = False,
    first: Annotated[str | None, typer.Option("--from", help="With fork: the first step that runs again.")] = None,
    given: Inputs = None,
    version: Version = None,
    reason: Reason = "",
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Control many runs at once: those named, or all that match."""
    chosen = {"runs": runs or None, "filter": {} if every and not where else _filter(where), "all": every}
    order = {"action": action, **chosen, "canary": _canary(canary, within)}
    told = {"from": first, "inputs": values_of(given), "version": _version(version), "reason": reason}
    request = request_of(BulkRequest, {**order, **told, "dry_run": dry_run})
    answer = run_async(_bulk(settings_of_data(data_dir), workspace, request))
    if isinstance(answer, BulkPreview):
        _show(answer, as_json=as_json)
        return
    count = len(answer.inputs["runs"]) + len(answer.inputs.get("canary", ()))
    hint = f"`docchain runs show {answer.handle}` tells how far it is"
    _tell(answer, f"{answer.handle}: {action} of {count} runs is ordered; {hint}", as_json=as_json)


def _version(given: str | None) -> int | str | None:
    if given is None or given in ("latest", "draft"):
        return given
    if not given.isdecimal():
        raise typer.BadParameter(f"{given} is no version; give its number, latest or draft.")
    return int(given)


def _filter(where: list[str] | None) -> dict[str, Any] | None:
    if not where:
        return None
    found: dict[str, Any] = {}
    for name, text in pairs(where, "--where"):
        found[name] = [*found.get(name, ()), text] if name == "status" else text
    return found


def _canary(count: int | None, within: str | None) -> dict[str, Any] | None:
    told = {"count": count, "within": within}
    return {name: value for name, value in told.items() if value is not None} or None


def _tell(run: Run, text: str, *, as_json: bool) -> None:
    if as_json:
        typer.echo(run.model_dump_json(indent=2))
    else:
        console.print(text)


def _show(preview: BulkPreview, *, as_json: bool) -> None:
    if as_json:
        typer.echo(preview.model_dump_json(indent=2))
        return
    console.print(f"{preview.action} is possible for {preview.possible} of {preview.total} runs; nothing was done.")
    table = Table("Run", "Status", "Possible", "Goes first")
    for target in preview.runs:
        table.add_row(target.run, target.status, _yes(target.possible), _yes(target.run in preview.canary))
    console.print(table)
    if preview.total > len(preview.runs):
        console.print(f"Only the first {len(preview.runs)} are shown.")


def _yes(whether: bool) -> str:
    return "yes" if whether else ""


async def _again(settings: Settings, workspace: str, reference: str, order: Callable[[AgainService, Past], Run]) -> Run:
    """Order another run; the process that executes runs starts it, now or at its next start."""
    async with open_services(settings, run_engine=False) as services:
        actor = await local_actor(services.database, workspace)
        run = await services.database.read(lambda work: RunService(work).read(reference), actor)
        past = await LiveRuns(services.engine).past(run)
        await services.admission.admit(actor)
        return await services.database.write(lambda work: order(AgainService(work, services.definitions), past), actor)


async def _bulk(settings: Settings, workspace: str, request: BulkRequest) -> Run | BulkPreview:
    async with open_services(settings, run_engine=False) as services:
        actor = await local_actor(services.database, workspace)
        if request.filter is not None:
            await services.journal.caught_up()
        if request.dry_run:
            return await services.database.read(lambda work: _orders(work, services).preview(request), actor)
        targets = await services.database.read(lambda work: _orders(work, services).targets(request), actor)
        await services.admission.admit(actor, len(targets) + 1 if request.action in STARTING else 1)
        return await services.database.write(lambda work: _orders(work, services).start(request, targets), actor)


def _orders(work: Work, services: Services) -> BulkService:
    return BulkService(work, services.settings.limits.bulk_max, services.definitions)
