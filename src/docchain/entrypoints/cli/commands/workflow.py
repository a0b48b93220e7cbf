"""`docchain workflow`: definitions in files, and the workflows that are stored."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from docchain.engine.definition import WorkflowSpec, compile_plan, json_schema, read_spec
from docchain.engine.definition.graph import read_graph
from docchain.entrypoints.cli.commands import workflow_execute, workflow_kept, workflow_versions
from docchain.entrypoints.cli.completion import kinds, workflows
from docchain.entrypoints.cli.console import (
    AsJson,
    DataDir,
    Workspace,
    console,
    print_json,
    written,
)
from docchain.entrypoints.cli.values import read_text
from docchain.features.identity import DEFAULT_WORKSPACE
from docchain.features.workflows import WorkflowService
from docchain.features.workflows.catalogue import catalogue
from docchain.platform.settings import SettingsError, load_settings
from docchain.step_kinds import known_kinds

app = typer.Typer(
    help="Check definitions; store, export, publish and execute workflows.", no_args_is_help=True, add_completion=False
)

Definition = Annotated[Path, typer.Argument(help="The workflow's definition, YAML or JSON.", show_default=False)]


@app.command()
def validate(workflow: Definition, as_json: AsJson = False) -> None:
    """Check a definition: every fault at once, each with its path; exit code 2 if there is one."""
    spec = read_spec(read_text(workflow))
    compile_plan(spec, known_kinds(load_settings()))
    if as_json:
        print_json({"valid": True, "workflow": spec.workflow, "steps": len(spec.steps), "inputs": len(spec.inputs)})
        return
    console.print(f"✓ {spec.workflow}: {len(spec.steps)} steps, {len(spec.inputs)} inputs")


@app.command()
def show(
    workflow: Annotated[
        str,
        typer.Argument(
            help="A definition's file, or a stored workflow's handle.", show_default=False, autocompletion=workflows
        ),
    ],
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Show what a workflow does: its inputs, and its steps with what they need.

    Examples: docchain workflow show invoice.yaml
              docchain workflow show workflow_1 --json
    """
    if Path(workflow).is_file():
        spec = read_spec(read_text(Path(workflow)))
        kept = None
    elif Path(workflow).suffix in {".yaml", ".yml", ".json"}:
        raise SettingsError(f"There is no file {workflow}.")
    else:
        kept = written(data_dir, workspace, lambda work, known: WorkflowService(work, known).read(workflow))
        spec = read_spec(kept.definition)
    if as_json:
        print_json(kept or spec)
        return
    if kept is not None:
        version = f", version {kept.published_version}" if kept.published_version else ""
        console.print(f"{kept.handle} {kept.name}: {kept.status}{version}", style="bold")
    inputs = Table("Input", "Type", "Default", title=spec.title or spec.workflow, title_justify="left")
    for name, declared in spec.inputs.items():
        inputs.add_row(name, declared.type, "" if declared.default is None else str(declared.default))
    console.print(inputs)
    console.print(_tree(spec))


@app.command()
def schema() -> None:
    """Print the JSON Schema of definitions, for your editor."""
    typer.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))


@app.command()
def steps(
    kind: Annotated[
        str | None, typer.Argument(help="Only this one, with its parameters.", autocompletion=kinds)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the step kinds that definitions can use.

    Example: docchain workflow steps text.template
    """
    listed = [info for info in catalogue(known_kinds(load_settings())) if kind in {None, info.name}]
    if not listed:
        raise SettingsError(f"There is no step kind {kind}; `docchain workflow steps` lists them.")
    if as_json:
        print_json(listed)
        return
    if kind is not None:
        console.print_json(listed[0].model_dump_json())
        return
    table = Table("Kind", "Version", "Effect", "What it does")
    for info in listed:
        table.add_row(info.name, str(info.version), info.effect, info.description.split("\n")[0])
    console.print(table)


for name, command in (
    ("list", workflow_kept.list_workflows),
    ("import", workflow_kept.import_workflows),
    ("export", workflow_kept.export_workflow),
    ("publish", workflow_kept.publish),
    ("status", workflow_kept.status),
    ("delete", workflow_kept.delete),
    ("restore", workflow_kept.restore),
    ("execute", workflow_execute.execute),
    ("versions", workflow_versions.versions),
    ("diff", workflow_versions.diff),
    ("label", workflow_versions.label),
    ("unlabel", workflow_versions.unlabel),
):
    app.command(name)(command)
app.command("create", hidden=True)(workflow_kept.import_workflows)


def _tree(spec: WorkflowSpec) -> Tree:
    needs = read_graph(spec, []).needs
    tree = Tree(Text(spec.workflow, "bold"))
    for step in spec.steps:
        after = f" after {', '.join(needs[step.id])}" if needs[step.id] else ""
        when = f" when {step.when}" if step.when is not None else ""
        tree.add(Text.assemble((step.id, "bold"), f" {step.use}", (after, "dim"), (when, "yellow")))
    return tree
