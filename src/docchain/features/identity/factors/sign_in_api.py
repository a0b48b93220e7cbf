"""HTTP door of signing in with a second factor, or with a passkey alone; every way ends in `SignIn.admit`."""

from fastapi import APIRouter

from docchain.features.identity.factors.doors import FactorService
from docchain.features.identity.factors.schemas import (
    PasskeyOptions,
    PasskeySignIn,
    SecondFactor,
    SecondFactorOptions,
    StepUpWays,
)
from docchain.features.identity.schemas import BrowserSession, SignedIn
from docchain.features.identity.sessions.browsers import Browser
from docchain.platform.web.routes import LateRoute

router = APIRouter(prefix="/auth", tags=["Sign-in"], route_class=LateRoute)


@router.post("/second-factor/options", summary="Read how to answer the challenge of a sign-in")
async def read_second_factor(body: SecondFactorOptions, browser: Browser, factors: FactorService) -> StepUpWays:
    user_id = await browser.sign_in.challenged(body.challenge)
    return StepUpWays(methods=list(await factors.methods(user_id)), options=await factors.passkeys.request(user_id))


@router.post("/second-factor", summary="Sign in with the second factor, after the password")
async def answer_second_factor(
    body: SecondFactor, factors: FactorService, browser: Browser
) -> SignedIn | BrowserSession:
    """`challenge` comes with the refusal `second_factor_required` of a sign-in by password."""
    user_id = await browser.sign_in.challenged(body.challenge)
    actor = await factors.actor_of(user_id)
    method = await factors.prove(actor, body.proof, await factors.methods(user_id))
    return await browser.enter(user_id, f"password+{method}", cookies=body.cookies)


@router.post("/passkey/options", summary="Begin to sign in with a passkey")
async def begin_passkey_sign_in(factors: FactorService) -> PasskeyOptions:
    """Hand the options to `navigator.credentials.get()`; the browser shows the passkeys it has."""
    return PasskeyOptions(options=await factors.passkeys.request(None) or {})


@router.post("/passkey", summary="Sign in with a passkey alone")
async def sign_in_with_passkey(
    body: PasskeySignIn, factors: FactorService, browser: Browser
) -> SignedIn | BrowserSession:
    user_id, answered = await factors.passkeys.signed_in(body.credential)
    await factors.passkeys.note(answered, await factors.actor_of(user_id))
    return await browser.enter(user_id, "passkey", cookies=body.cookies)
