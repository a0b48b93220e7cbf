"""Nobody reaches the network but over the guarded clients; who does is listed here, each with its reason."""

import ast
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "docchain"
WAYS_OUT = (
    *("aiohttp", "aiosmtplib", "ftplib", "http.client", "httpcore", "httpx", "imaplib", "poplib", "redis", "requests"),
    *("smtplib", "socket", "telnetlib", "urllib.request", "urllib3", "websockets", "xmlrpc.client"),
)
"""Drivers of databases and object stores are none: where they go, the operator's settings alone say."""
CALLS = frozenset({"open_connection", "open_unix_connection", "create_connection", "create_datagram_endpoint"})
GUARDS = {
    "platform/guarded_network.py": "resolves, checks every address, connects to the checked one",
    "platform/guarded_model_transport.py": "the same for the clients that speak to models",
    "platform/guarded_lines.py": "the same for plain lines over TCP, TLS and UDP",
    "platform/outgoing_exchange.py": "sends over the guarded transport, and no other",
}
LISTED = {
    "features/documents/intake/fetching.py": "a client over the guarded transport, for streams",
    "features/documents/intake/mail_client.py": "IMAP; every address is checked by the same function",
    "features/documents/intake/scanning.py": "ClamAV, where the operator's setting says",
    "features/audit/senders.py": "the name of this machine, for syslog",
    "engine/seating.py": "the name of this machine, for the lease",
    "entrypoints/web/server.py": "listens; asks itself whether it does",
    "platform/limits/counting.py": "Redis, where the operator's setting says",
    "platform/mail.py": "SMTP, where the operator's setting says",
}
"""Without steps and workspaces in them: no user says where these go."""


def ways_out(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
        elif isinstance(node, ast.Attribute) and node.attr in CALLS:
            found.add(node.attr)
    return {
        name for name in found if name in CALLS or any(name == way or name.startswith(f"{way}.") for way in WAYS_OUT)
    }


def test_only_who_is_listed_opens_connections() -> None:
    found = {str(path.relative_to(SOURCE)): names for path in sorted(SOURCE.rglob("*.py")) if (names := ways_out(path))}
    strangers = {path: names for path, names in found.items() if path not in GUARDS | LISTED}
    assert strangers == {}


def test_nobody_is_listed_who_does_not() -> None:
    assert [path for path in GUARDS | LISTED if not ways_out(SOURCE / path)] == []


def test_who_fetches_for_users_checks_addresses_by_the_one_function() -> None:
    for path in (
        "platform/guarded_network.py",
        "platform/guarded_lines.py",
        "platform/guarded_model_transport.py",
        "features/documents/intake/mail_client.py",
    ):
        assert "check_addresses(" in (SOURCE / path).read_text()
