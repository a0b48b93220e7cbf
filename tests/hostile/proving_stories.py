"""The story of second factors: what only an app, an authenticator or an earlier answer can tell."""

import base64
import time
from collections.abc import Callable
from typing import Any, Final

from docchain.features.identity.factors.one_time_codes import PERIOD, code_at
from software_passkey import SoftwarePasskey

PROVING: Final = (
    "login list_factors read_step_up step_up list_sign_in_providers begin_passkey register_passkey rename_passkey "
    "begin_authenticator confirm_authenticator renew_recovery_codes read_second_factor answer_second_factor "
    "begin_passkey_sign_in sign_in_with_passkey remove_authenticator remove_passkey "
    "remove_factors_of_user"
)
_ADMIN: Final = {"username": "admin", "password": "admin123"}
_PASSKEYS: Final[dict[int, SoftwarePasskey]] = {}


def _passkey(teller: Any) -> SoftwarePasskey:
    return _PASSKEYS.setdefault(id(teller), SoftwarePasskey(f"http://localhost:{teller.http.base_url.port}"))


def _challenge(teller: Any) -> dict[str, str]:
    return {"challenge": teller.http.post("/api/v3/auth/login", json=_ADMIN).json()["challenge"]}


def _code(teller: Any) -> str:
    secret = base64.b32decode(teller.last["begin_authenticator"]["secret"])
    return code_at(secret, int(time.time()) // PERIOD)


def _recovery(teller: Any, number: int) -> dict[str, Any]:
    code = teller.last["renew_recovery_codes"]["recovery_codes"][number]
    return {"proof": {"method": "recovery_code", "code": code}}


PROVED: Final[dict[str, Callable[[Any], dict[str, Any]]]] = {
    "register_passkey": lambda teller: {"credential": _passkey(teller).create(teller.last["begin_passkey"]["options"])},
    "confirm_authenticator": lambda teller: {"code": _code(teller)},
    "read_second_factor": _challenge,
    "answer_second_factor": lambda teller: _challenge(teller) | _recovery(teller, 0),
    "sign_in_with_passkey": lambda teller: {
        "credential": _passkey(teller).get(teller.last["begin_passkey_sign_in"]["options"])
    },
    "remove_authenticator": lambda teller: _recovery(teller, 1),
}
"""Members of bodies."""
REGISTERED: Final[dict[str, Callable[[Any], dict[str, Any]]]] = dict.fromkeys(
    ("rename_passkey", "remove_passkey"), lambda teller: {"passkey": teller.last["register_passkey"]["passkey"]["id"]}
)
REGISTERED["remove_factors_of_user"] = lambda _: {"user": "admin"}
"""Parameters."""
