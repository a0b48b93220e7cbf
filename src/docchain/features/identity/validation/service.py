"""Looks at a token, a password or a text for whoever is signed in; tells nothing of what is somebody else's."""

from docchain.features.identity.sign_in import SignIn
from docchain.features.identity.validation.schemas import Reason, Validated, ValidationRequest
from docchain.features.identity.validation.texts import faults_of
from docchain.platform.errors import Refusal
from docchain.platform.work import Actor


class Validation:
    def __init__(self, sign_in: SignIn) -> None:
        self._sign_in = sign_in

    async def judge(self, asked: ValidationRequest, actor: Actor) -> Validated:
        if asked.token is not None:
            return await self._token(asked.token.get_secret_value(), actor)
        if asked.password is not None:
            return await self._password(asked.password.get_secret_value(), actor)
        return _judged([Reason(code=code, message=message) for code, message in faults_of(asked.text or "")])

    async def _token(self, token: str, actor: Actor) -> Validated:
        try:
            found = await self._sign_in.authenticate_token(token, None)
        except Refusal as refusal:
            return _judged([Reason(code=refusal.code, message=refusal.detail)])
        if found.user_id != actor.user_id:
            return _judged([Reason(code="not_yours", message="The token is not one of yours")])
        return _judged([], found)

    async def _password(self, password: str, actor: Actor) -> Validated:
        if self._sign_in.check_password is None:
            return _judged([])
        try:
            await self._sign_in.check_password(password, [actor.name])
        except Refusal as refusal:
            faults = [Reason(code=fault.code, message=fault.message) for fault in refusal.errors]
            return _judged(faults or [Reason(code=refusal.code, message=refusal.detail)])
        return _judged([])


def _judged(reasons: list[Reason], actor: Actor | None = None) -> Validated:
    return Validated(
        valid=not reasons,
        reasons=reasons,
        session_id=actor.session_id if actor else None,
        key_id=actor.key_id if actor else None,
        expires_at=actor.until if actor else None,
    )
