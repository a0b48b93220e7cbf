"""Passkeys as browsers speak of them (WebAuthn): what to ask an authenticator, and whether its answer is good."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from docchain.features.identity.factors.errors import PasskeyRefused
from docchain.platform.settings_concerns import ServerSettings
from docchain.platform.settings_factors import FactorSettings

Json = dict[str, Any]
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """For whom passkeys are: a domain, and the addresses where they may be used."""

    id: str
    name: str
    origins: list[str]

    @classmethod
    def of(cls, server: ServerSettings, settings: FactorSettings) -> "RelyingParty":
        at = urlsplit(server.url)
        host = "localhost" if at.hostname in _LOOPBACK else at.hostname or "localhost"
        port = f":{at.port}" if at.port else ""
        origins = settings.passkey_origins or [f"{at.scheme}://{host}{port}"]
        return cls(settings.passkey_rp_id or host, settings.totp_issuer, [origin.rstrip("/") for origin in origins])


@dataclass(frozen=True, slots=True)
class NewPasskey:
    credential_id: bytes
    public_key: bytes
    sign_count: int
    synced: bool


def creation(party: RelyingParty, user: tuple[UUID, str, str], challenge: bytes, known: Sequence[bytes]) -> Json:
    """What `navigator.credentials.create()` takes: a passkey that names its user, checked by PIN or finger."""
    from webauthn import generate_registration_options, options_to_json  # noqa: PLC0415 - slow to import
    from webauthn.helpers import structs  # noqa: PLC0415 (the same)

    user_id, username, name = user
    options = generate_registration_options(
        rp_id=party.id,
        rp_name=party.name,
        user_id=user_id.bytes,
        user_name=username,
        user_display_name=name or username,
        challenge=challenge,
        exclude_credentials=[structs.PublicKeyCredentialDescriptor(id=each) for each in known],
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.PREFERRED,
        ),
    )
    return dict(json.loads(options_to_json(options)))


def created(party: RelyingParty, challenge: bytes, credential: Json) -> NewPasskey:
    """Check what an authenticator made."""
    from webauthn import verify_registration_response  # noqa: PLC0415 - slow to import
    from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415 (the same)

    try:
        made = verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origins,
        )
    except (WebAuthnException, *_UNREADABLE) as error:
        raise _refused(error, party) from None
    return NewPasskey(made.credential_id, made.credential_public_key, made.sign_count, made.credential_backed_up)


def request(party: RelyingParty, challenge: bytes, known: Sequence[bytes], *, verified: bool) -> Json:
    """What `navigator.credentials.get()` takes; without known ones, the browser offers those it has.

    Verified, it insists on a PIN or finger, because nothing but the passkey is asked for.
    """
    from webauthn import generate_authentication_options, options_to_json  # noqa: PLC0415 - slow to import
    from webauthn.helpers import structs  # noqa: PLC0415 (the same)

    wanted = structs.UserVerificationRequirement
    options = generate_authentication_options(
        rp_id=party.id,
        challenge=challenge,
        allow_credentials=[structs.PublicKeyCredentialDescriptor(id=each) for each in known],
        user_verification=wanted.REQUIRED if verified else wanted.PREFERRED,
    )
    return dict(json.loads(options_to_json(options)))


def signed(party: RelyingParty, challenge: bytes, credential: Json, public_key: bytes, *, verified: bool) -> int:
    """Check a signature; the counter it came with, which the caller compares with the last one."""
    from webauthn import verify_authentication_response  # noqa: PLC0415 - slow to import
    from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415 (the same)

    try:
        proof = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origins,
            credential_public_key=public_key,
            credential_current_sign_count=0,  # compared when it is written down, and only if the signature is good
            require_user_verification=verified,
        )
    except (WebAuthnException, *_UNREADABLE) as error:
        raise _refused(error, party) from None
    return proof.new_sign_count


def challenge_in(credential: Json) -> bytes:
    """The challenge that an answer is for, as its sender says."""
    try:
        said = json.loads(_decoded(credential["response"]["clientDataJSON"]))
        return _decoded(said["challenge"])
    except _UNREADABLE:
        raise PasskeyRefused("The answer of the authenticator cannot be read.", hint=_AGAIN) from None


def credential_in(credential: Json) -> bytes:
    try:
        return _decoded(credential["rawId"])
    except _UNREADABLE:
        raise PasskeyRefused("The answer of the authenticator cannot be read.", hint=_AGAIN) from None


def names(credential: Json, user_id: UUID) -> bool:
    """Whether an answer is by this user, if it says by whom."""
    said = credential["response"].get("userHandle")
    try:
        return not said or _decoded(said) == user_id.bytes
    except _UNREADABLE:
        return False


_UNREADABLE = (ValueError, TypeError, KeyError, AttributeError)
_AGAIN = "Begin again; the browser's answer is sent as it is, as JSON."


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _refused(error: Exception, party: RelyingParty) -> PasskeyRefused:
    reason = str(error) or type(error).__name__
    hint = f"Passkeys are for {party.id} and work at {', '.join(party.origins)}." if "origin" in reason else _AGAIN
    return PasskeyRefused(f"{reason.rstrip('.')}.", hint=hint)
