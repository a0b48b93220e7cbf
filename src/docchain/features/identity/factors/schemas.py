"""What users send to prove who they are, and what they are told of it."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints
from pydantic.config import JsonDict

from docchain.platform.model import Model

_PASSKEY: JsonDict = {
    "id": "019a0b1c-5a2e-7c40-9a6e-2f4f6d1c8b77",
    "name": "Phone",
    "synced": True,
    "created_at": "2026-05-01T12:00:00Z",
    "used_at": None,
}
_CODES: list[Any] = ["k3mp-x7wd-94ta-hq2n", "b8rc-yf5e-2jvg-6zus"]
_CREDENTIAL: JsonDict = {
    "id": "Zk3mXcQ7Hq3n0mXvT2kq9fYw5uZbA",
    "rawId": "Zk3mXcQ7Hq3n0mXvT2kq9fYw5uZbA",
    "type": "public-key",
    "response": {"clientDataJSON": "eyJ0eXBlIjoid2ViYXV0aG4uZ2V0In0", "attestationObject": "o2NmbXRkbm9uZQ"},
}
Credential = Annotated[
    dict[str, Any],
    Field(max_length=20, description="What the browser answered, as `PublicKeyCredential.toJSON()` writes it."),
]
Code = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
PasskeyName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80, pattern=r"\S")]


def _example(value: JsonDict) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"example": value})


class CodeProof(BaseModel):
    model_config = _example({"method": "totp", "code": "123456"})

    method: Literal["totp"]
    code: Code = Field(description="What the authenticator app shows.")


class RecoveryProof(BaseModel):
    model_config = _example({"method": "recovery_code", "code": "k3mp-x7wd-94ta-hq2n"})

    method: Literal["recovery_code"]
    code: str = Field(min_length=1, max_length=80)


class PasskeyProof(BaseModel):
    model_config = _example({"method": "passkey", "credential": _CREDENTIAL})

    method: Literal["passkey"]
    credential: Credential


class PasswordProof(BaseModel):
    model_config = _example({"method": "password", "password": "admin123"})

    method: Literal["password"]
    password: SecretStr = Field(max_length=256)


AnyProof = Annotated[CodeProof | RecoveryProof | PasskeyProof | PasswordProof, Field(discriminator="method")]
SecondProof = Annotated[CodeProof | RecoveryProof | PasskeyProof, Field(discriminator="method")]
WrittenProof = Annotated[CodeProof | RecoveryProof, Field(discriminator="method")]
_COOKIES: Any = Field(default=False, description="For a browser: keep the session in a cookie, without tokens.")
Challenge = Annotated[str, StringConstraints(min_length=1, max_length=2000)]


class StepUp(BaseModel):
    model_config = _example({"proof": {"method": "password", "password": "admin123"}})

    proof: AnyProof


class SecondFactor(BaseModel):
    model_config = _example({"challenge": "eyJhbGciOiJIUzI1NiJ9", "proof": {"method": "totp", "code": "123456"}})

    challenge: Challenge = Field(description="From the 401 `second_factor_required`.")
    proof: SecondProof
    cookies: bool = _COOKIES


class SecondFactorOptions(BaseModel):
    model_config = _example({"challenge": "eyJhbGciOiJIUzI1NiJ9"})

    challenge: Challenge


class ConfirmAuthenticator(BaseModel):
    model_config = _example({"code": "123456"})

    code: Code


class RemoveAuthenticator(BaseModel):
    model_config = _example({"proof": {"method": "totp", "code": "123456"}})

    proof: WrittenProof


class NewPasskeyRequest(BaseModel):
    model_config = _example({"name": "Phone", "credential": _CREDENTIAL})

    name: PasskeyName
    credential: Credential


class RenamePasskey(BaseModel):
    model_config = _example({"name": "Work laptop"})

    name: PasskeyName


class PasskeySignIn(BaseModel):
    model_config = _example({"credential": _CREDENTIAL})

    credential: Credential
    cookies: bool = _COOKIES


class Passkey(Model):
    model_config = _example(_PASSKEY)

    id: UUID
    name: str
    synced: bool = Field(description="Whether its maker copies it to the user's other devices.")
    created_at: datetime
    used_at: datetime | None


class Passkeys(Model):
    """What a registration answers."""

    model_config = _example({"passkey": _PASSKEY, "recovery_codes": _CODES})

    passkey: Passkey
    recovery_codes: list[str] = Field(description="Shown once; only with the first second factor.")


class Authenticator(Model):
    confirmed_at: datetime


class FactorList(Model):
    model_config = _example(
        {
            "totp": {"confirmed_at": "2026-05-01T12:00:00Z"},
            "passkeys": [_PASSKEY],
            "recovery_codes_left": 10,
            "methods": ["passkey", "totp", "recovery_code"],
            "needed": False,
        }
    )

    totp: Authenticator | None
    passkeys: list[Passkey]
    recovery_codes_left: int
    methods: list[str] = Field(description="How this user can confirm a dangerous action.")
    needed: bool = Field(description="Whether one has to be set up before anything else.")


class Enrolment(Model):
    model_config = _example(
        {
            "secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
            "address": "otpauth://totp/Document%20Workflow%20Chain%3Aadmin?secret=JBSWY3DPEHPK3PXP",
            "qr": "data:image/svg+xml,%3Csvg/%3E",
        }
    )

    secret: str = Field(description="To type into an authenticator app.")
    address: str = Field(description="The same for apps on this device.")
    qr: str = Field(description="The same as a picture to scan: an SVG in a `data:` address.")


class RecoveryCodes(Model):
    model_config = _example({"recovery_codes": _CODES})

    recovery_codes: list[str] = Field(description="Shown once; each works once.")


class PasskeyOptions(Model):
    model_config = _example({"options": {"challenge": "AAAAAGk", "rpId": "localhost", "userVerification": "required"}})

    options: dict[str, Any] = Field(description="What the browser's `PublicKeyCredential.parse…FromJSON()` takes.")


class StepUpWays(Model):
    model_config = _example({"methods": ["password"], "options": None})

    methods: list[str]
    options: dict[str, Any] | None = Field(description="For a passkey, where one is registered.")


class Verified(Model):
    model_config = _example({"method": "password", "until": "2026-05-01T12:15:00Z", "csrf_token": None})

    method: str
    until: datetime = Field(description="Until then, dangerous actions need no further proof.")
    csrf_token: str | None = Field(None, description="The new one, where a cookie stands for the session.")
