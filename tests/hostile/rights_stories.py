"""The story of rights: a role, a grant, a restriction and a key are made, looked at, and taken back."""

from collections.abc import Callable
from typing import Any, Final

GIVING: Final = (
    "login create_workflow list_permissions create_role list_roles read_role replace_role delete_role "
    "create_grant list_grants delete_grant create_restriction list_restrictions explain_permission delete_restriction "
    "create_api_key list_api_keys read_api_key rename_api_key rotate_api_key revoke_api_key"
)


def _key(teller: Any) -> dict[str, Any]:
    return {"key": teller.last["create_api_key"]["id"]}


GIVEN: Final[dict[str, Callable[[Any], dict[str, Any]]]] = {
    **dict.fromkeys((f"{what}_api_key" for what in ("read", "rename", "rotate", "revoke")), _key),
    "delete_grant": lambda teller: {"grant": teller.last["create_grant"]["id"]},
}
"""Parameters that only an earlier answer can tell."""
