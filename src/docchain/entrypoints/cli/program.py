"""The commands: all are known by name, and only the one that is called is imported."""

from importlib import import_module
from typing import Annotated, Any, Final

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from docchain import __version__
from docchain.platform.memory import loading

_COMMANDS: Final = {
    "run": "Run a workflow on files, here and now; progress on screen, results at the end.",
    "serve": "Serve the API and execute runs; stop with Ctrl+C.",
    "worker": "Execute runs without serving the API; stand by while another process does.",
    "workflow": "Check definitions; store, export, publish and execute workflows.",
    "ai-workflow": "Make, list and run AI workflows; list their templates.",
    "prompt": "List, save, grade, publish and render prompts of the library.",
    "runs": "List, inspect, follow and control runs.",
    "approvals": "List and answer approvals.",
    "history": "See what retention removes and archives.",
    "document": "Add, list and fetch documents.",
    "search": "Find documents, workflows and runs; rebuild the index.",
    "intake": "Take files in; see what came, and what became of it.",
    "storage": "See what documents take, verify, rotate keys, collect garbage, move to another store.",
    "secrets": "Set, list and remove secrets that steps and sources use; rotate their keys.",
    "audit": "Export the audit log, and verify that nobody changed it.",
    "key": "Make, list, rotate and revoke API keys for programs.",
    "user": "List and add users, set passwords and roles, shut users out, delete them.",
    "workspace": "List and create workspaces, say what they may hold, take out or delete everything of one.",
    "bench": "Run the benchmarks of a source tree.",
}
"""Each is a module of `commands`, a hyphen as `_`, with its `app`; what is said here is what `--help` lists."""


class _Commands(TyperGroup):
    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = {name: TyperCommand(name=name, help=summary) for name, summary in _COMMANDS.items()}

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, command, rest = super().resolve_command(ctx, args)
        return name, command and _load(str(name)), rest


def _load(name: str) -> Any:
    with loading():
        module = import_module(f"docchain.entrypoints.cli.commands.{name.replace('-', '_')}")
    return get_command(module.app)


app = typer.Typer(
    name="docchain",
    cls=_Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


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
