"""Every route says which permission it needs; those that need none are listed here, each for a reason."""

import re
from types import SimpleNamespace

from fastapi.routing import iter_route_contexts

from docchain.entrypoints.web.app import create_app
from docchain.features.identity.authorization.catalogue import CATALOGUE
from docchain.features.identity.sessions.own_door import open_account_door, open_own_door
from docchain.features.identity.workspaces.lobby import open_lobby
from docchain.platform.database import Database
from docchain.platform.settings import LimitSettings
from docchain.platform.web.door import KNOWN, PERSON, open_door

PUBLIC = {
    "what the server is": r"/|/account(/.*)?|/docs.*|/redoc|/openapi.json|/ws/ws|/ws/stats|/health.*",
    "how one gets in": r"/auth/(login|register|refresh|logout|second-factor.*|passkey(/options)?|oidc.*|"
    r"password/(forgot|reset)|email/confirm)",
    "who knows the address may": r"/callbacks/\{token\}|/intake/hooks/\{token\}|/files/\{token\}",
    "what uploads may be like": r"/files/tus",
}
OWN = r"/auth/(me|session|sessions.*|factors.*|step-up|account|password|email)"
"""One's own account: nobody needs a permission for it, and no API key opens it."""
LOBBY = r"/auth/(invitation|invitations.*)|/workspaces"
"""Of whoever signed in, a member of a workspace or not."""


def _calls(dependant):
    for needed in dependant.dependencies:
        yield needed.call
        yield from _calls(needed)


def _routes(tmp_path):
    services = SimpleNamespace(database=Database(f"sqlite:///{tmp_path}/app.db"), probes={})
    app = create_app(services, LimitSettings())
    for route in iter_route_contexts(app.routes):
        if getattr(route, "dependant", None) is not None:
            path = re.sub(r"^/api/v3(/security(?=/auth/))?", "", route.path)
            yield path, min(route.methods), list(_calls(route.dependant))


def test_every_route_declares_its_permission(tmp_path):
    undeclared = []
    for path, method, calls in _routes(tmp_path):
        declared = [call for call in calls if hasattr(call, "permission")]
        marked = {KNOWN.dependency, PERSON.dependency} & set(calls)
        if declared or marked:
            continue
        public = not {open_door, open_own_door, open_account_door, open_lobby} & set(calls) and any(
            re.fullmatch(pattern, path) for pattern in PUBLIC.values()
        )
        own = {open_door, open_own_door, open_account_door} & set(calls) and re.fullmatch(OWN, path)
        lobby = open_lobby in calls and re.fullmatch(LOBBY, path)
        if not public and not own and not lobby:
            undeclared.append(f"{method} {path}")
    assert undeclared == []


def test_what_is_declared_is_in_the_catalogue(tmp_path):
    declared = {call.permission for _, _, calls in _routes(tmp_path) for call in calls if hasattr(call, "permission")}
    assert declared - CATALOGUE.keys() == {"installation:admin"}


def test_each_permission_is_said_in_both_languages():
    assert all(said.en and said.es and said.en != said.es for said in CATALOGUE.values())
    assert all(re.fullmatch(r"[a-z]+:[a-z]+", name) for name in CATALOGUE if name != "admin")
