"""The story of users, workspaces and their members: what only a mail or an earlier answer can tell."""

import re
import time
from collections.abc import Callable
from typing import Any, Final

ADMINISTERING: Final = (
    "login read_account describe_account change_email confirm_email "
    "read_workspace rename_workspace create_workspace list_workspaces create_workspace_for_somebody "
    "read_any_workspace rename_any_workspace set_workspace_quota "
    "create_user list_users read_user change_user disable_user enable_user end_sessions_of_user "
    "reset_password_of_user place_user displace_user "
    "list_members add_member change_member remove_member "
    "create_invitation list_invitations revoke_invitation accept_an_invitation "
    "list_own_invitations accept_own_invitation decline_own_invitation export_workspace "
    "change_password leave_workspace erase_workspace list_erasures erase_any_workspace delete_user "
    "forgot_password reset_password"
)
_PATIENCE: Final = 30
_ELSEWHERE: Final = {"x-workspace": "default"}
_ADDRESS: Final = "ana.ruiz@example.com"


def _mailed(teller: Any, page: str) -> str:
    """The token of the newest mailed link to a page."""
    end = time.monotonic() + _PATIENCE
    while True:
        for number in range(len(teller.mails.mails)):
            if found := re.search(rf"/account/{page}#(\S+)", teller.mails.text(-1 - number)):
                return found[1]
        assert time.monotonic() < end, "no mail came"
        time.sleep(0.05)


def _forgotten(teller: Any) -> dict[str, str]:
    teller.http.post("/api/v3/auth/password/forgot", json={"email": _ADDRESS}).raise_for_status()
    known = len(teller.mails.mails)
    end = time.monotonic() + _PATIENCE
    while "/account/reset#" not in teller.mails.text() or teller.mails.mails[-1]["To"] != _ADDRESS:
        assert time.monotonic() < end, known
        time.sleep(0.05)
    return {"token": _mailed(teller, "reset")}


def _invited(teller: Any) -> dict[str, str]:
    """An invitation from somebody else's workspace."""
    body = {"username": "dora", "password": "lluvia sobre tejado verde 7"}
    token = teller.http.post("/api/v3/auth/register", json=body).json()["access_token"]
    dora = {"authorization": f"Bearer {token}", "x-workspace": "dora"}
    made = teller.http.post("/api/v3/workspace/invitations", json={"role": "viewer"}, headers=dora)
    return {"invitation": made.json()["invitation"]}


def _waiting(username: str) -> Callable[[Any], dict[str, str]]:
    """An invitation by somebody else that waits for whoever confirmed the address."""

    def invite(teller: Any) -> dict[str, str]:
        body = {"username": username, "password": "lluvia sobre tejado verde 7"}
        token = teller.http.post("/api/v3/auth/register", json=body).json()["access_token"]
        theirs = {"authorization": f"Bearer {token}", "x-workspace": username}
        order = {"role": "viewer", "email": _ADDRESS}
        return {
            "invitation": teller.http.post("/api/v3/workspace/invitations", json=order, headers=theirs).json()["id"]
        }

    return invite


def _owned_by_two(teller: Any) -> dict[str, str]:
    place = "/api/v3/admin/users/carla/workspaces/examples"
    teller.http.put(place, json={"role": "owner"}).raise_for_status()
    return {}


def _owner_again(teller: Any) -> dict[str, str]:
    place = "/api/v3/admin/users/admin/workspaces/examples"
    teller.http.put(place, json={"role": "owner"}, headers=_ELSEWHERE).raise_for_status()
    return {}


def _from_elsewhere(_: Any) -> dict[str, str]:
    """Nobody is a member of a workspace that is being deleted."""
    return _ELSEWHERE


TENANT_BODIES: Final[dict[str, Callable[[Any], dict[str, Any]]]] = {
    "confirm_email": lambda teller: {"token": _mailed(teller, "email")},
    "reset_password": _forgotten,
    "accept_an_invitation": _invited,
    "erase_workspace": lambda _: {"confirm": "examples"},
}
"""Members of bodies."""
TENANT_PARAMETERS: Final[dict[str, Callable[[Any], dict[str, Any]]]] = {
    "revoke_invitation": lambda teller: {"invitation": teller.last["create_invitation"]["id"]},
    "accept_own_invitation": _waiting("emma"),
    "decline_own_invitation": _waiting("fred"),
    "leave_workspace": _owned_by_two,
    "erase_workspace": _owner_again,
    **dict.fromkeys(("list_erasures", "erase_any_workspace", "delete_user"), _from_elsewhere),
}
"""Parameters, and what has to be so before."""
