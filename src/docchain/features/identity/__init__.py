"""Identity: users, workspaces, roles, sign-in."""

from docchain.features.identity.accounts.house import Accounts
from docchain.features.identity.accounts.opening import open_accounts
from docchain.features.identity.administration import UserAdministration
from docchain.features.identity.authorization.grants import Things
from docchain.features.identity.authorization.standing import Standing, may_there
from docchain.features.identity.domain import DEFAULT_WORKSPACE, EXAMPLES_WORKSPACE, FIRST_USER, PERMISSIONS
from docchain.features.identity.factors.proving import Factors
from docchain.features.identity.factors.strong import strong
from docchain.features.identity.first_start import prepare_identity
from docchain.features.identity.keys.reading import KeyReader
from docchain.features.identity.keys.service import KeyService
from docchain.features.identity.oidc.sign_in import OpenIdConnect
from docchain.features.identity.service import IdentityService
from docchain.features.identity.sessions.service import SessionService
from docchain.features.identity.sign_in import SignIn
from docchain.features.identity.workspaces.erasing import Eraser
from docchain.features.identity.workspaces.exporting import Exporter, Source
from docchain.features.identity.workspaces.parts import contents_of, folders_of
from docchain.features.identity.workspaces.quotas import Quotas

__all__ = [
    "DEFAULT_WORKSPACE",
    "EXAMPLES_WORKSPACE",
    "FIRST_USER",
    "PERMISSIONS",
    "Accounts",
    "Eraser",
    "Exporter",
    "Factors",
    "IdentityService",
    "KeyReader",
    "KeyService",
    "OpenIdConnect",
    "Quotas",
    "SessionService",
    "SignIn",
    "Source",
    "Standing",
    "Things",
    "UserAdministration",
    "contents_of",
    "folders_of",
    "may_there",
    "open_accounts",
    "prepare_identity",
    "strong",
]
