"""The `docchain` command: its groups of commands, and how their refusals are told."""

import sys
from typing import Annotated

import typer

from docchain import __version__
from docchain.engine.definition.faults import DefinitionError
from docchain.entrypoints.cli.commands import approvals, document, run, runs, serve, workflow
from docchain.entrypoints.cli.console import errors
from docchain.platform.errors import Refusal
from docchain.platform.settings import SettingsError

app = typer.Typer(
    name="docchain",
    help="Documents in; durable chains of parsing, AI, rules and people; documents out.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("run")(run.run)
app.command("serve")(serve.serve)
app.add_typer(workflow.app, name="workflow")
app.add_typer(runs.app, name="runs")
app.add_typer(approvals.app, name="approvals")
app.add_typer(document.app, name="document")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"docchain {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Documents in; durable chains of parsing, AI, rules and people; documents out."""


def main() -> None:
    """Run the command line; a refusal is a message and exit code 2, never a traceback."""
    try:
        app()
    except DefinitionError as error:
        for fault in error.faults:
            errors.print(
                f"[bold red]✗[/] [bold]{fault.path}[/] {fault.message}" if fault.path else f"✗ {fault.message}"
            )
        sys.exit(2)
    except (SettingsError, Refusal) as error:
        errors.print(f"[bold red]✗[/] {error}")
        for fault in getattr(error, "errors", ()):
            errors.print(f"  [bold]{fault.path}[/] {fault.message}")
        if hint := getattr(error, "hint", ""):
            errors.print(f"  {hint}")
        sys.exit(2)
    except BrokenPipeError:
        sys.exit(0)
