"""`docchain user`: who may sign in here; whoever holds the data directory decides."""

import getpass
import sys
from collections.abc import Callable, Sequence
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
from docchain.features.identity.installation.schemas import UserChange
from docchain.features.identity.schemas import Registration
from docchain.platform.settings import Settings, SettingsError
from docchain.platform.work import SYSTEM

T = TypeVar("T")
app = typer.Typer(
    help="List and add users, set passwords and roles, shut users out, delete them.",
    no_args_is_help=True,
    add_completion=False,
)

Username = Annotated[str, typer.Argument(help="The name that they sign in with.", show_default=False)]
FromInput = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]
RoleName = Annotated[
    str,
    typer.Argument(
        help="What they may do there.",
        show_default=False,
        autocompletion=lambda incomplete: [role for role in PERMISSIONS if role.startswith(incomplete)],
    ),
]


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
        _with_password(
            settings,
            wanted.password,
            [username, name, email or "", workspace],
            lambda users, hashed: users.add(wanted, hashed, workspace, role),
        )
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
    user = run_async(
        _with_password(settings, wanted, [username], lambda users, hashed: users.set_password(username, hashed))
    )
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


@app.command("reset-link")
def reset_link(username: Username, data_dir: DataDir = None) -> None:
    """Print a link to set a new password, to be handed over; it works once, and not for long.

    Example: docchain user reset-link ana
    """

    async def made() -> str:
        async with opened(settings_of_data(data_dir), DEFAULT_WORKSPACE) as (services, _):
            return await services.accounts.reset_link(username)

    console.print(run_async(made()))


@app.command("sign-out")
def sign_out(username: Username, as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """End all sessions of a user; they can sign in again."""
    ended = run_async(_administered(settings_of_data(data_dir), lambda users: users.end_sessions(username)))
    if as_json:
        print_json({"ended": ended})
    else:
        console.print(f"{username}: {ended} sessions have ended")


@app.command("remove-factors")
def remove_factors(username: Username, data_dir: DataDir = None) -> None:
    """Take away the authenticator app and the passkeys of a user who lost them; their sessions end.

    Example: docchain user remove-factors ana
    """
    run_async(_administered(settings_of_data(data_dir), lambda users: users.remove_factors(username)))
    console.print(f"{username}: signs in by password alone, until they set up a second factor again")


@app.command()
def role(
    username: Username,
    role: RoleName,
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Give a user a role in a workspace; whoever is no member there becomes one.

    Example: docchain user role ana reviewer --workspace payable
    """
    settings = settings_of_data(data_dir)
    user = run_async(_administered(settings, lambda users: users.place(username, workspace, role)))
    _tell(user, f"{user.username}: {role} in {workspace}", as_json=as_json)


@app.command()
def administer(
    username: Username,
    no_longer: Annotated[bool, typer.Option("--no-longer", help="They do so no longer.")] = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Let a user look after all users and workspaces of this installation.

    Example: docchain user administer ana
    """
    wanted = UserChange(installation_admin=not no_longer)
    user = run_async(_administered(settings_of_data(data_dir), lambda users: users.change(username, wanted)))
    word = "no longer administers" if no_longer else "administers"
    _tell(user, f"{user.username}: {word} the installation", as_json=as_json)


@app.command()
def delete(
    username: Username,
    confirmed: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Delete a user with their keys, factors and sessions; what they did stays.

    Example: docchain user delete ana
    """
    if not confirmed:
        typer.confirm(f"Delete {username}?", abort=True)
    run_async(_administered(settings_of_data(data_dir), lambda users: users.delete(username)))
    console.print(f"{username}: deleted")


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


async def _with_password(
    settings: Settings, password: SecretStr, own: Sequence[str], act: Callable[[UserAdministration, str], T]
) -> T:
    async with opened(settings, DEFAULT_WORKSPACE) as (services, _):
        hashed = await services.accounts.hashed(password.get_secret_value(), own)
        return await services.database.write(lambda work: act(UserAdministration(work), hashed), SYSTEM)
