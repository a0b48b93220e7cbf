"""Who may do what: roles, their permissions and the forms of names; no input or output here."""

import re
import unicodedata

READ = frozenset({"workflows:read", "runs:read", "approvals:read", "documents:read", "messages:send"})
REVIEW = frozenset({"approvals:answer", "documents:write"})
EDIT = frozenset({"documents:manage", "workflows:write", "workflows:execute", "runs:control", "events:publish"})
AUDIT = frozenset({"audit:read"})
ADMIN = AUDIT | {"admin", "messages:broadcast", "audit:write"}

OWNER = "owner"
PERMISSIONS: dict[str, frozenset[str]] = {
    OWNER: READ | REVIEW | EDIT | ADMIN,
    "admin": READ | REVIEW | EDIT | ADMIN,
    "editor": READ | REVIEW | EDIT,
    "reviewer": READ | REVIEW,
    "auditor": READ | AUDIT,
    "viewer": READ,
}

DEFAULT_WORKSPACE = "default"
EXAMPLES_WORKSPACE = "examples"
FIRST_USER = "admin"
_NOT_IN_SLUG = re.compile(r"[^a-z0-9]+")


def permissions_of(role: str) -> frozenset[str]:
    """Return what a role may do; an unknown role may nothing."""
    return PERMISSIONS.get(role, frozenset())


def username_key(username: str) -> str:
    """Return the form in which two spellings of one username are equal."""
    return unicodedata.normalize("NFKC", username).casefold().strip()


def slug_of(name: str) -> str:
    """Return a workspace's short name for addresses and headers."""
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return _NOT_IN_SLUG.sub("-", ascii_name).strip("-")[:48] or "workspace"
