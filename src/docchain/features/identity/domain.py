"""Who may do what: roles, their permissions and the forms of names; no input or output here."""

import re
import unicodedata

from docchain.platform.ids import parse_reference

READ = frozenset(
    {"workflows:read", "runs:read", "approvals:read", "documents:read", "ai:read", "messages:send", "keys:write"}
)
REVIEW = frozenset({"approvals:answer", "documents:write", "ai:use"})
OPERATE = frozenset({"workflows:execute", "runs:control", "events:publish", "documents:write", "ai:use"})
EDIT = frozenset({"documents:manage", "workflows:write", "ai:manage"})
AUDIT = frozenset({"audit:read", "rights:read", "members:read"})
ADMIN = AUDIT | {
    "admin",
    "messages:broadcast",
    "audit:write",
    "rights:write",
    "keys:manage",
    "members:write",
    "secrets:read",
    "secrets:write",
}
INSTALLATION = frozenset({"installation:admin"})
"""Of those who look after all users and workspaces, whatever their role in one; no role gives it."""

OWNER = "owner"
PERMISSIONS: dict[str, frozenset[str]] = {
    OWNER: READ | REVIEW | OPERATE | EDIT | ADMIN,
    "admin": READ | REVIEW | OPERATE | EDIT | ADMIN,
    "editor": READ | REVIEW | OPERATE | EDIT,
    "operator": READ | OPERATE,
    "reviewer": READ | REVIEW,
    "auditor": READ | AUDIT,
    "viewer": READ,
}
"""What the built-in roles may do; a workspace can have others besides."""

DEFAULT_WORKSPACE = "default"
EXAMPLES_WORKSPACE = "examples"
FIRST_USER = "admin"
SYSTEM_NAME = "system"
"""As which acts what nobody asked for."""
_NOT_IN_SLUG = re.compile(r"[^a-z0-9]+")


def permissions_of(role: str) -> frozenset[str]:
    """Return what a built-in role may do; any other may nothing."""
    return PERMISSIONS.get(role, frozenset())


def username_key(username: str) -> str:
    """Return the form in which two spellings of one username are equal."""
    return unicodedata.normalize("NFKC", username).casefold().strip()


def is_reserved(username: str) -> bool:
    """Whether a name would be taken for somebody else: an id, a handle, or the system itself."""
    key = username_key(username)
    return key == SYSTEM_NAME or parse_reference(key, "user") is not None


def slug_of(name: str) -> str:
    """Return a workspace's short name for addresses and headers."""
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return _NOT_IN_SLUG.sub("-", ascii_name).strip("-")[:48] or "workspace"
