"""HTTP door of a user's own second factors; whoever changes them has proved who they are just now."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path

from docchain.features.identity.factors.authenticator_service import AuthenticatorService
from docchain.features.identity.factors.doors import FactorService
from docchain.features.identity.factors.one_time_codes import address, written
from docchain.features.identity.factors.passkey_service import PasskeyService
from docchain.features.identity.factors.passkeys import shown
from docchain.features.identity.factors.pictures import qr_picture
from docchain.features.identity.factors.proving import user_of
from docchain.features.identity.factors.schemas import (
    ConfirmAuthenticator,
    Enrolment,
    FactorList,
    NewPasskeyRequest,
    Passkey,
    PasskeyOptions,
    Passkeys,
    RecoveryCodes,
    RemoveAuthenticator,
    RenamePasskey,
    StepUp,
    StepUpWays,
    Verified,
)
from docchain.features.identity.factors.strong import strong
from docchain.features.identity.sessions.browsers import Browser
from docchain.features.identity.sessions.own_door import OwnDoor, open_own_door
from docchain.platform.web.door import BY_COOKIE
from docchain.platform.web.routes import LateRoute

router = APIRouter(prefix="/auth", tags=["Second factors"], route_class=LateRoute)
STRONG = strong(opened=open_own_door)
PasskeyId = Annotated[UUID, Path(description="The `id` of one of your passkeys.")]


@router.get("/factors", summary="List how you can prove who you are")
async def list_factors(door: OwnDoor, factors: FactorService) -> FactorList:
    return await factors.of(door.actor)


@router.get("/step-up", summary="Read how to prove that it is still you")
async def read_step_up(door: OwnDoor, factors: FactorService) -> StepUpWays:
    user_id = user_of(door.actor)
    return StepUpWays(methods=await factors.ways(door.actor), options=await factors.passkeys.request(user_id))


@router.post("/step-up", summary="Prove that it is still you, for dangerous actions")
async def step_up(body: StepUp, door: OwnDoor, factors: FactorService, browser: Browser) -> Verified:
    """A refusal with the code `step_up_required` lists the `methods` to choose from. Afterwards, try again."""
    verified = await factors.step_up(door.actor, body.proof)
    session_id = door.actor.session_id
    token = await browser.renew(session_id) if session_id and BY_COOKIE in door.request.scope else None
    return verified.model_copy(update={"csrf_token": token})


@router.post("/factors/totp", status_code=201, summary="Begin to set up an authenticator app", dependencies=[STRONG])
async def begin_authenticator(door: OwnDoor, factors: FactorService) -> Enrolment:
    """It counts once a first code has confirmed it."""
    user_id = user_of(door.actor)
    secret = await door.write(lambda work: AuthenticatorService(work, factors.sealing).begin(user_id))
    said = address(secret, factors.settings.totp_issuer, door.actor.name)
    return Enrolment(secret=written(secret), address=said, qr=qr_picture(said))


@router.post("/factors/totp/confirm", summary="Turn an authenticator app on with its first code")
async def confirm_authenticator(body: ConfirmAuthenticator, door: OwnDoor, factors: FactorService) -> RecoveryCodes:
    """From now on a sign-in by password asks for a code. Keep the recovery codes apart from the phone."""
    codes = await factors.confirm(door.actor, body.code)
    return RecoveryCodes(recovery_codes=codes)


@router.post("/factors/totp/remove", status_code=204, summary="Remove the authenticator app, with a code")
async def remove_authenticator(body: RemoveAuthenticator, door: OwnDoor, factors: FactorService) -> None:
    user_id = user_of(door.actor)
    await factors.prove(door.actor, body.proof, ["totp", "recovery_code"])
    await door.write(lambda work: AuthenticatorService(work, factors.sealing).remove(user_id))


@router.post("/factors/recovery-codes", summary="Make new recovery codes", dependencies=[STRONG])
async def renew_recovery_codes(door: OwnDoor, factors: FactorService) -> RecoveryCodes:
    """The earlier ones stop working."""
    user_id = user_of(door.actor)
    codes = await door.write(lambda work: AuthenticatorService(work, factors.sealing).renewed(user_id))
    return RecoveryCodes(recovery_codes=codes)


@router.post("/factors/passkeys/options", summary="Begin to register a passkey", dependencies=[STRONG])
async def begin_passkey(door: OwnDoor, factors: FactorService) -> PasskeyOptions:
    """Hand the options to `navigator.credentials.create()`."""
    return PasskeyOptions(options=await factors.passkeys.creation(door.actor, user_of(door.actor)))


@router.post("/factors/passkeys", status_code=201, summary="Register the passkey that the browser made")
async def register_passkey(body: NewPasskeyRequest, door: OwnDoor, factors: FactorService) -> Passkeys:
    named = (body.name, body.credential)
    most = factors.settings.passkeys_max
    return await factors.passkeys.register(door.actor, user_of(door.actor), named, most)


@router.post("/factors/passkeys/{passkey}/rename", summary="Rename a passkey")
async def rename_passkey(passkey: PasskeyId, body: RenamePasskey, door: OwnDoor) -> Passkey:
    user_id = user_of(door.actor)
    return await door.write(lambda work: shown(PasskeyService(work).rename(user_id, passkey, body.name)))


@router.delete("/factors/passkeys/{passkey}", status_code=204, summary="Remove a passkey", dependencies=[STRONG])
async def remove_passkey(passkey: PasskeyId, door: OwnDoor) -> None:
    user_id = user_of(door.actor)
    await door.write(lambda work: PasskeyService(work).remove(user_id, passkey))
