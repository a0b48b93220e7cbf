"""One's own account over HTTP; it needs no permission and no workspace, but a session."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from docchain.features.identity.accounts.house import Accounts
from docchain.features.identity.accounts.schemas import (
    Account,
    EmailChange,
    EmailConfirmation,
    PasswordChange,
    PasswordReset,
    Profile,
    ResetOrder,
)
from docchain.features.identity.sessions.own_door import AccountDoor
from docchain.platform.provenance import present_caller
from docchain.platform.web.routes import LateRoute

router = APIRouter(prefix="/auth", tags=["Account"], route_class=LateRoute)


# The framework would send dependencies that are not coroutines to a thread and back: longer than they take.
async def _accounts(request: Request) -> Accounts:
    service: Accounts = request.app.state.services.accounts
    return service


AccountHouse = Annotated[Accounts, Depends(_accounts)]


@router.get("/account", summary="Read your account")
async def read_account(door: AccountDoor, accounts: AccountHouse) -> Account:
    return await accounts.show(door.actor)


@router.post("/account", summary="Say how you are called, and in which language you get mails")
async def describe_account(body: Profile, door: AccountDoor, accounts: AccountHouse) -> Account:
    return await accounts.describe(door.actor, body)


@router.post("/password", status_code=204, summary="Change your password")
async def change_password(body: PasswordChange, door: AccountDoor, accounts: AccountHouse) -> None:
    """All your other sessions end. A password that is too easy to guess is refused with every reason."""
    await accounts.change_password(door.actor, body, present_caller().address)


@router.post("/password/forgot", status_code=202, summary="Get a link to set a new password by mail")
async def forgot_password(body: ResetOrder, accounts: AccountHouse) -> None:
    """Answers the same whether anybody has this address or not. The link works once, for half an hour."""
    await accounts.ask_reset(body.email)


@router.post("/password/reset", status_code=204, summary="Set a new password by a link")
async def reset_password(body: PasswordReset, accounts: AccountHouse) -> None:
    """All sessions of the user end; a password that is refused leaves the link as it is."""
    await accounts.reset(body)


@router.post("/email", status_code=202, summary="Change your address, or confirm it")
async def change_email(body: EmailChange, door: AccountDoor, accounts: AccountHouse) -> None:
    """A link goes to the new address; when it is opened, the address is taken, and the old one is told."""
    await accounts.ask_email(door.actor, body, present_caller().address)


@router.post("/email/confirm", summary="Confirm an address by a link")
async def confirm_email(body: EmailConfirmation, accounts: AccountHouse) -> Account:
    return await accounts.confirm_email(body.token.get_secret_value())
