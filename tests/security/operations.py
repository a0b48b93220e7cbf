"""Every operation of the published document, as a request that it would take; and the rules of who may call which."""

import json
import re
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

_ID: Final = "019a0b1c-5a2e-7c40-9a6e-2f4f6d1c8b10"
_PUBLIC: Final = (
    r"GET /health.*|OPTIONS .*|GET /ws/stats|GET /auth/oidc.*|GET /files/(?!tus)[^/]+|"
    r"POST /(callbacks|intake/hooks)/.*|POST /auth/(login|register|refresh|passkey|passkey/options|"
    r"second-factor|second-factor/options|password/(forgot|reset)|email/confirm)"
)
_KNOWN: Final = (
    r"GET /auth/me|(GET|POST) /search|GET /search/.*|POST /security/validate|GET /workspace|"
    r"GET /security/(permissions|permissions/explain|rate-limits)"
)
_ADMIN: Final = (
    r"\w+ /admin/.*|POST /search/rebuild|\w+ /ws/.*|\w+ /storage/(?!usage).*|"
    r"POST /workspace/(erase|export|name)|(?!GET)\w+ /intake/rules|\w+ /intake/sources.*|"
    r"GET /documents/retention|\w+ /documents/[^/]+/(hold|purge|retention/release)"
)
_MANAGE: Final = (
    r"(POST|PUT|DELETE) /documents/(types|correspondents|collections).*|DELETE /documents/[^/]+|"
    r"\w+ /documents/[^/]+/(link|links/[^/]+|restore)|(PUT|DELETE) /tables/.*"
)
RULES: Final = (
    ("public", _PUBLIC),
    ("bearer", r"POST /auth/logout"),
    ("known", _KNOWN),
    ("person", r"\w+ /auth/.*|POST /workspaces|POST /workspace/leave|POST /ws/ticket|\w+ /search/saved.*"),
    ("installation:admin", r"\w+ /admin/(users|workspaces|erasures).*"),
    ("admin", _ADMIN),
    ("members:read", r"GET /workspace/.*"),
    ("members:write", r"\w+ /workspace/.*"),
    ("audit:read", r"GET /security/(audit/.*|events|stats|threats.*)"),
    ("audit:write", r"\w+ /security/(audit|threats)/.*"),
    ("rights:read", r"GET /security/(roles|grants|restrictions).*"),
    ("rights:write", r"\w+ /security/(roles|grants|restrictions).*"),
    ("keys:write", r"\w+ /security/api-keys.*"),
    ("secrets:read", r"GET /security/secrets.*"),
    ("secrets:write", r"\w+ /security/secrets.*"),
    ("events:publish", r"POST /events"),
    ("approvals:read", r"GET /approvals.*"),
    ("approvals:answer", r"\w+ /approvals.*"),
    ("runs:read", r"GET /(runs|retention).*|GET /workflows/[^/]+/what-if/.*"),
    ("runs:control", r"\w+ /runs.*"),
    ("ai:use", r"POST /ai/prompts/[^/]+/render|POST /ai/evaluations/[^/]+/runs"),
    ("ai:manage", r"(POST|PUT|PATCH|DELETE) /ai/(budgets|cache|prompts|evaluations|corrections/).*"),
    ("ai:use", r"POST /(advanced/)?ai/.*"),
    ("ai:read", r"GET /(advanced/)?ai/.*"),
    ("workflows:read", r"GET /(workflows|ai-workflows|steps).*|POST /workflows/validate"),
    (
        "workflows:execute",
        r"POST /workflows/[^/]+/(execute|test|what-if)|POST /(ai-workflows/[^/]+|advanced/workflows)/execute",
    ),
    ("workflows:write", r"\w+ /(workflows|ai-workflows).*"),
    ("documents:manage", _MANAGE),
    ("documents:write", r"\w+ /files/tus.*|POST /intake/url|(PATCH|POST) /documents(?!/export).*"),
    ("documents:read", r"GET /(documents|intake|tables|storage).*|POST /documents/export|POST /tables/[^/]+/lookup"),
)
"""The first that fits says what an operation needs; an operation that none fits is a fault of this table."""
KEYS_MAY: Final = (
    r"(POST|PUT|DELETE) /security/(secrets|grants|restrictions).*|(POST|DELETE) /workspace/invitations.*|"
    r"POST /workspace/members|DELETE /workspace/members/[^/]+"
)
"""What wants a fresh proof of whoever signed in, and is open to API keys that have the permission."""
PROVED: Final = (
    KEYS_MAY,
    r"POST /auth/factors/(totp|recovery-codes|passkeys/options)|DELETE /auth/factors/passkeys/.*",
    r"DELETE /auth/sessions.*",
    r"POST /workspace/(erase|export|members/[^/]+/role)",
    r"POST /security/api-keys(/[^/]+/rotate)?",
    r"(POST|PUT|DELETE) /security/roles.*",
    r"(POST|PUT|PATCH|DELETE) /admin/users.*|POST /admin/workspaces/[^/]+/erase",
)
"""What nobody does in a session that was proved long ago."""


@dataclass(frozen=True)
class Operation:
    """One operation, and how a request for it looks."""

    method: str
    path: str
    address: str
    query: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes | None = None

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def needs(self) -> str:
        for needed, pattern in RULES:
            if re.fullmatch(pattern, self.name):
                return needed
        raise AssertionError(f"No rule says who may call {self.name}.")

    @property
    def is_public(self) -> bool:
        return self.needs == "public"

    @property
    def wants_proof(self) -> bool:
        return any(re.fullmatch(pattern, self.name) for pattern in PROVED)

    @property
    def open_to_keys(self) -> bool:
        """Among those that want a proof."""
        return re.fullmatch(KEYS_MAY, self.name) is not None

    @property
    def changes(self) -> bool:
        return self.method not in {"GET", "HEAD", "OPTIONS"}

    async def sent(self, client, **headers: str):
        return await client.request(
            self.method, self.address, params=self.query, headers={**self.headers, **headers}, content=self.content
        )


def operations_of(document: dict[str, Any]) -> list[Operation]:
    """All there are."""
    return [
        _operation(method.upper(), path.removeprefix("/api/v3"), told)
        for path, methods in document["paths"].items()
        for method, told in methods.items()
        if path.startswith("/api/v3/")
    ]


def _operation(method: str, path: str, told: dict[str, Any]) -> Operation:
    address, query = path, {}
    for parameter in told.get("parameters", ()):
        plain = _ID if parameter["schema"].get("format") == "uuid" else "x"
        example = parameter.get("example", parameter["schema"].get("example", plain))
        if parameter["in"] == "path":
            address = address.replace("{" + parameter["name"] + "}", quote(str(example), safe=""))
        elif parameter["in"] == "query" and parameter.get("required"):
            query[parameter["name"]] = example
    headers, content = _body(told)
    return Operation(method, path, address, query, headers, content)


def _body(told: dict[str, Any]) -> tuple[dict[str, str], bytes | None]:
    kinds = told.get("requestBody", {}).get("content", {})
    for media, kind in kinds.items():
        examples = kind.get("examples", {})
        example = kind.get("example", next(iter(examples.values()), {}).get("value", {}))
        told_as = {"content-type": media}
        return told_as, example.encode() if isinstance(example, str) else json.dumps(example).encode()
    return {}, None
