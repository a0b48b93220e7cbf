"""`docchain user`: who may sign in here; whoever holds the data directory decides."""

import getpass
import sys
from collections.abc import Callable
from typing import Annotated, TypeVar

import typer
from pydantic import SecretStr
from rich.table import Table

from docchain.entrypoints.cli.console import (
    AsJson,
    DataDir,
    Workspace,
    console,
    opened,
    print_json,
    run_async,
    settings_of_data,
)
from docchain.entrypoints.cli.values import request_of
from docchain.features.identity import DEFAULT_WORKSPACE, PERMISSIONS, UserAdministration
from docchain.features.identity.administration import KnownUser
from docchain.features.identity.schemas import Registration
from docchain.platform.passwords import Passwords
from docchain.platform.settings import Settings, SettingsError
from docchain.platform.work import SYSTEM

T = TypeVar("T")
app = typer.Typer(help="List and add users, set passwords, shut users out.", no_args_is_help=True, add_completion=False)

Username = Annotated[str, typer.Argument(help="The name that they sign in with.", show_default=False)]
FromInput = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]


def _known_role(given: str) -> str:
    if given not in PERMISSIONS:
        raise typer.BadParameter(f"{given} is none of {', '.join(PERMISSIONS)}.")
    return given


@app.command("list")
def list_users(as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """List all users with their workspaces."""
    users = run_async(_administered(settings_of_data(data_dir), lambda users: users.list()))
    if as_json:
        print_json(users)
        return
    table = Table("User", "Name", "E-mail", "Workspaces", "May sign in")
    for user in users:
        places = ", ".join(f"{place.slug} ({place.role})" for place in user.workspaces)
        table.add_row(user.username, user.name, user.email or "", places, "no" if user.disabled else "yes")
    console.print(table)


@app.command()
def add(  # noqa: PLR0913, PLR0917 - a command's options
    username: Username,
    name: Annotated[str, typer.Option(help="What they are called.")] = "",
    email: Annotated[str | None, typer.Option(help="Their e-mail address.")] = None,
    role: Annotated[
        str,
        typer.Option(
            help=f"What they may do in the workspace: {', '.join(PERMISSIONS)}.",
            callback=_known_role,
            autocompletion=lambda incomplete: [role for role in PERMISSIONS if role.startswith(incomplete)],
        ),
    ] = "editor",
    from_input: FromInput = False,
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Add a user to a workspace; the password is asked for.

    Example: docchain user add ana --role reviewer --email ana@example.com
    """
    settings = settings_of_data(data_dir)
    told = {"username": username, "name": name, "email": email, "password": _password(from_input)}
    wanted = request_of(Registration, told)
    user = run_async(
        _with_password(settings, wanted.password, lambda users, hashed: users.add(wanted, hashed, workspace, role))
    )
    _tell(user, f"{user.username}: added to {workspace} as {role}", as_json=as_json)


@app.command()
def password(
    username: Username, from_input: FromInput = False, as_json: AsJson = False, data_dir: DataDir = None
) -> None:
    """Set a user's password, and end all their sessions.

    Example: docchain user password ana
    """
    settings = settings_of_data(data_dir)
    wanted = request_of(Registration, {"username": "anybody", "password": _password(from_input)}).password
    user = run_async(_with_password(settings, wanted, lambda users, hashed: users.set_password(username, hashed)))
    _tell(user, f"{user.username}: has a new password; their sessions have ended", as_json=as_json)


@app.command()
def disable(username: Username, as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Shut a user out: their sessions end, and they cannot sign in; what they did stays."""
    user = run_async(_administered(settings_of_data(data_dir), lambda users: users.disable(username)))
    _tell(user, f"{user.username}: cannot sign in any more", as_json=as_json)


@app.command()
def enable(username: Username, as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Let a user sign in again."""
    user = run_async(_administered(settings_of_data(data_dir), lambda users: users.enable(username)))
    _tell(user, f"{user.username}: may sign in again", as_json=as_json)


def _tell(user: KnownUser, text: str, *, as_json: bool) -> None:
    if as_json:
        print_json(user)
    else:
        console.print(text)


def _password(from_input: bool) -> str:
    if from_input:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise SettingsError("There is no terminal to ask for the password; give it with --password-stdin.")
    first = getpass.getpass("Password: ")
    if first != getpass.getpass("Once more: "):
        raise SettingsError("The two passwords differ; try again.")
    return first


async def _administered(settings: Settings, act: Callable[[UserAdministration], T]) -> T:
    async with opened(settings, DEFAULT_WORKSPACE) as (services, _):
        return await services.database.write(lambda work: act(UserAdministration(work)), SYSTEM)


async def _with_password(settings: Settings, password: SecretStr, act: Callable[[UserAdministration, str], T]) -> T:
    hashed = await Passwords(1).hash(password.get_secret_value())
    return await _administered(settings, lambda users: act(users, hashed))
