"""Identity: users, workspaces, roles, sign-in."""

from docchain.features.identity.administration import UserAdministration
from docchain.features.identity.domain import DEFAULT_WORKSPACE, EXAMPLES_WORKSPACE, FIRST_USER, PERMISSIONS
from docchain.features.identity.first_start import prepare_identity
from docchain.features.identity.service import IdentityService
from docchain.features.identity.sign_in import SignIn
from docchain.features.identity.socket_cookie import SOCKET_COOKIE, SocketCookies

__all__ = [
    "DEFAULT_WORKSPACE",
    "EXAMPLES_WORKSPACE",
    "FIRST_USER",
    "PERMISSIONS",
    "SOCKET_COOKIE",
    "IdentityService",
    "SignIn",
    "SocketCookies",
    "UserAdministration",
    "prepare_identity",
]
