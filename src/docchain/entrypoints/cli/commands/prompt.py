"""`docchain prompt`: the library of prompts; saved from files, graded, published, and rendered without a model."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any, Final
from uuid import UUID

import typer
from fastapi import Request
from rich.progress import Progress
from rich.table import Table

from docchain.engine.definition import read_text as parsed
from docchain.entrypoints.cli.console import (
    AsJson,
    DataDir,
    Workspace,
    console,
    errors,
    moment,
    opened,
    print_json,
    run_async,
    settings_of_data,
)
from docchain.entrypoints.cli.values import pairs, read_text, request_of, values_of
from docchain.features.ai.doors import desk_at, library_at, origin_of
from docchain.features.ai.evaluation.running import Tell, Wished
from docchain.features.ai.evaluation.schemas import Evaluation
from docchain.features.ai.evaluation.service import EvaluationService
from docchain.features.ai.evaluation.verdicts import Verdict, judged
from docchain.features.ai.prompts.domain import LATEST, PRODUCTION, named
from docchain.features.ai.prompts.errors import PromptNotFound
from docchain.features.ai.prompts.filling import Checked, checked, names_in
from docchain.features.ai.prompts.publishing import published
from docchain.features.ai.prompts.schemas import (
    Prompt,
    PromptQuery,
    PromptRequest,
    PromptVersion,
    PublishRequest,
    Rendered,
    VersionRequest,
)
from docchain.features.ai.prompts.service import PromptService
from docchain.features.ai.prompts.versions import VersionService
from docchain.features.identity import DEFAULT_WORKSPACE
from docchain.platform.pagination import Page
from docchain.platform.preconditions import ANY
from docchain.platform.settings import Settings, SettingsError
from docchain.platform.templates import TemplateFault
from docchain.platform.web.door import DoorContext, door_of
from docchain.platform.work import Actor, Work

app = typer.Typer(
    help="List, save, grade, publish and render prompts of the library.", no_args_is_help=True, add_completion=False
)
_STRUCTURED: Final = (".yaml", ".yml", ".json")
Named = Annotated[
    str, typer.Argument(metavar="PROMPT", help="A name, or name@3, name@test, name@latest.", show_default=False)
]
Name = Annotated[str, typer.Argument(metavar="PROMPT", help="Its name or handle.", show_default=False)]


@app.command("list")
def list_prompts(
    tag: Annotated[str | None, typer.Option(help="Only those with this tag.")] = None,
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """List the prompts of a workspace, the newest first."""
    found = run_async(_list(settings_of_data(data_dir), workspace, request_of(PromptQuery, {"tag": tag, "limit": 200})))
    if as_json:
        print_json(found)
        return
    table = Table("Handle", "Name", "Versions", "Labels", "Tags", "Changed")
    for one in found.items:
        labels = ", ".join(f"{label}: {number}" for label, number in one.labels.items())
        table.add_row(one.handle, one.name, str(one.versions), labels, ", ".join(one.tags), moment(one.changed_at))
    console.print(table)


@app.command()
def show(
    prompt: Named, as_json: AsJson = False, workspace: Workspace = DEFAULT_WORKSPACE, data_dir: DataDir = None
) -> None:
    """Print a version: the published one, or the one that is named.

    Example: docchain prompt show offer@latest
    """
    found = run_async(_show(settings_of_data(data_dir), workspace, prompt))
    if as_json:
        print_json(found)
        return
    labels = f" ({', '.join(found.labels)})" if found.labels else ""
    console.print(f"{found.name}, version {found.number}{labels}, {moment(found.created_at)}, {found.created_by}")
    for name, variable in found.variables.items():
        more = f", else {variable.default!r}" if variable.default is not None else ""
        console.print(f"  {name}: {variable.type}{more}  {variable.description}".rstrip())
    if found.system:
        console.print(f"\nSystem:\n{found.system}")
    console.print(f"\n{found.text}")


@app.command()
def save(
    prompt: Name,
    file: Annotated[Path, typer.Argument(help="The text; or YAML or JSON with `text`, `variables` and so on.")],
    variable: Annotated[
        list[str] | None, typer.Option(help="Of a text: name=type, such as total=number; the others are texts.")
    ] = None,
    notes: Annotated[str | None, typer.Option(help="What is new.")] = None,
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Save a version of a prompt; a prompt that is not there is made. The same text makes no version.

    Example: docchain prompt save offer offer.md --variable total=number --notes "Names the total"
    """
    version = checked(request_of(VersionRequest, _version(file, variable or (), notes)))
    saved, new = run_async(_save(settings_of_data(data_dir), workspace, prompt, version))
    if as_json:
        print_json(saved)
    elif new:
        console.print(f"{saved.name} has version {saved.number}. Publish it: docchain prompt publish {saved.name}")
    else:
        console.print(f"Version {saved.number} of {saved.name} says the same; nothing was saved.")


@app.command()
def publish(
    prompt: Annotated[str, typer.Argument(metavar="PROMPT", help="A name; the newest version, or that of name@3.")],
    label: Annotated[str, typer.Option(help="The label that moves.")] = PRODUCTION,
    force: Annotated[bool, typer.Option("--force", help="Go past the gate; needs a reason.")] = False,
    reason: Annotated[str, typer.Option(help="Why it is forced; it is kept in the audit.")] = "",
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Let steps take a version from now on; a gate that is set up has to agree.

    Example: docchain prompt publish offer@3
    """
    name, version = named(prompt)
    told = {"version": version or LATEST, "label": label, "force": force, "reason": reason}
    found = run_async(_publish(settings_of_data(data_dir), workspace, name, request_of(PublishRequest, told)))
    if as_json:
        print_json(found)
        return
    console.print(f"{label} of {found.name} is version {found.labels[label]}.")


@app.command()
def render(
    prompt: Named,
    variable: Annotated[list[str] | None, typer.Option(help="name=value; documents by id or handle.")] = None,
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Print what a model would be told; none is asked.

    Example: docchain prompt render offer --variable reader=Ana --variable invoice=document_7
    """
    made = run_async(_render(settings_of_data(data_dir), workspace, prompt, values_of(variable, "--variable")))
    if as_json:
        print_json(made)
        return
    console.print(f"{made.system}\n\n{made.text}" if made.system else made.text)


@app.command("eval")
def evaluate(
    prompt: Named,
    evaluation: Annotated[
        list[str] | None, typer.Option("--set", help="An evaluation set; else all that guard the prompt.")
    ] = None,
    provider: Annotated[str | None, typer.Option(help="Asked instead of what the version wishes for.")] = None,
    model: Annotated[str | None, typer.Option(help="The same.")] = None,
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Grade a version beside the published one; ends with 1 where publishing it would be refused.

    Example: docchain prompt eval offer@latest --set letters
    """
    wishes = {"provider": provider, "model": model}
    with Progress(console=errors, transient=True, disable=as_json or not errors.is_terminal) as bar:
        task = bar.add_task("Grading", total=None)

        async def tell(done: int, of: int) -> None:
            bar.update(task, completed=done, total=of)

        verdicts = run_async(_eval(settings_of_data(data_dir), workspace, prompt, evaluation or (), wishes, tell))
    if as_json:
        print_json([one.told for one in verdicts])
    else:
        table = Table("Set", "Version", "Score", "Published", "Least", "")
        for one in verdicts:
            before = "" if one.before is None else f"{one.before.score:.3f}"
            says = "falls short" if one.fails else "ok"
            version = str(one.after.version)
            table.add_row(one.guard.name, version, f"{one.after.score:.3f}", before, f"{one.guard.minimum:.3f}", says)
        console.print(table)
        for fault in (fault for one in verdicts if one.fails for fault in one.refusal().errors):
            console.print(f"{fault.path}: {fault.message}", markup=False)
    if any(one.fails for one in verdicts):
        raise typer.Exit(1)


def _version(file: Path, variables: Sequence[str], notes: str | None) -> dict[str, Any]:
    text = read_text(file)
    if file.suffix in _STRUCTURED:
        return {**parsed(text), **({"notes": notes} if notes is not None else {})}
    types = dict(pairs(variables, "--variable"))
    with suppress(TemplateFault):  # it is told with the other faults
        types = dict.fromkeys(names_in(text), "text") | types
    known = {name: {"type": kind} for name, kind in types.items()}
    return {"text": text, "variables": known, "notes": notes}


async def _list(settings: Settings, workspace: str, wanted: PromptQuery) -> Page[Prompt]:
    async with opened(settings, workspace, as_operator=True) as (services, actor):
        return await services.database.read(lambda work: PromptService(work).page(wanted), actor)


async def _show(settings: Settings, workspace: str, prompt: str) -> PromptVersion:
    name, version = named(prompt)

    def look(work: Work) -> PromptVersion:
        return VersionService(work).read(PromptService(work).row(name), version)

    async with opened(settings, workspace, as_operator=True) as (services, actor):
        return await services.database.read(look, actor)


async def _save(settings: Settings, workspace: str, prompt: str, version: Checked) -> tuple[PromptVersion, bool]:
    def keep(work: Work) -> tuple[PromptVersion, bool]:
        service, versions = PromptService(work), VersionService(work)
        try:
            row = service.row(prompt)
        except PromptNotFound:
            service.create(request_of(PromptRequest, {"name": prompt}), None)
            row = service.row(prompt)
        if row.versions and (newest := versions.read(row, LATEST)).digest == version.digest:
            return newest, False
        return versions.save(service.to_change(prompt), version), True

    async with opened(settings, workspace, as_operator=True) as (services, actor):
        return await services.database.write(keep, actor)


async def _publish(settings: Settings, workspace: str, name: str, wanted: PublishRequest) -> Prompt:
    async with opened(settings, workspace, as_operator=True) as (services, actor):
        return await published(_door(services, actor), name, wanted, services.ai.gate, ANY)


async def _eval(
    settings: Settings, workspace: str, prompt: str, sets: Sequence[str], wishes: Mapping[str, str | None], tell: Tell
) -> list[Verdict]:
    name, version = named(prompt)
    most = settings.ai.ai_max_examples

    def look(work: Work) -> tuple[list[Evaluation], UUID, PromptVersion, PromptVersion | None]:
        row, versions = PromptService(work).row(name), VersionService(work)
        service = EvaluationService(work, most)
        found = [service.read(one) for one in sets] if sets else service.guarding(row.id)
        return found, row.id, versions.read(row, version), versions.current(row, PRODUCTION)

    async with opened(settings, workspace, as_operator=True) as (services, actor):
        door = _door(services, actor)
        guards, prompt_id, candidate, current = await door.read(look)
        if not guards:
            raise SettingsError(f"No evaluation set guards {name}. Name one: --set NAME.")
        other = None if current is None or current.number == candidate.number else Wished(current, prompt_id, **wishes)
        return [await judged(door, guard, Wished(candidate, prompt_id, **wishes), other, tell) for guard in guards]


async def _render(settings: Settings, workspace: str, prompt: str, given: dict[str, Any]) -> Rendered:
    async with opened(settings, workspace, as_operator=True) as (services, actor):
        door = _door(services, actor)
        return await library_at(door, desk_at(door).readings).shown(origin_of(door), *named(prompt), given)


def _door(services: Any, actor: Actor) -> DoorContext:
    """Whoever holds the data, as a gate and the library know people."""
    served = SimpleNamespace(state=SimpleNamespace(services=services))
    return door_of(Request({"type": "http", "app": served, "method": "POST", "path": "/", "headers": []}), actor)
