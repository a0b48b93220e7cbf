"""`docchain workflow`: check and show definitions."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from docchain.bootstrap import known_kinds
from docchain.engine.definition import WorkflowSpec, compile_plan, json_schema, read_spec
from docchain.engine.definition.graph import read_graph
from docchain.entrypoints.cli.commands.run import read_text
from docchain.entrypoints.cli.console import console
from docchain.platform.settings import load_settings

app = typer.Typer(help="Check and show workflow definitions.", no_args_is_help=True, add_completion=False)

Definition = Annotated[Path, typer.Argument(help="The workflow's definition, YAML or JSON.", show_default=False)]


@app.command()
def validate(workflow: Definition) -> None:
    """Check a definition: every fault at once, each with its path; exit code 2 if there is one."""
    spec = read_spec(read_text(workflow))
    compile_plan(spec, known_kinds(load_settings()))
    console.print(f"✓ {spec.workflow}: {len(spec.steps)} steps, {len(spec.inputs)} inputs")


@app.command()
def show(workflow: Definition) -> None:
    """Show what a workflow does: its inputs, and its steps with what they need."""
    spec = read_spec(read_text(workflow))
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
def steps() -> None:
    """List the step kinds that definitions can use."""
    table = Table("Kind", "Version", "Effect", "What it does")
    for kind in known_kinds(load_settings()):
        summary = (kind.__doc__ or "").strip().split("\n")[0]
        table.add_row(kind.name, str(kind.version), kind.effect.value, summary)
    console.print(table)


def _tree(spec: WorkflowSpec) -> Tree:
    needs = read_graph(spec, []).needs
    tree = Tree(Text(spec.workflow, "bold"))
    for step in spec.steps:
        after = f" after {', '.join(needs[step.id])}" if needs[step.id] else ""
        when = f" when {step.when}" if step.when is not None else ""
        tree.add(Text.assemble((step.id, "bold"), f" {step.use}", (after, "dim"), (when, "yellow")))
    return tree
