"""How secrets are sealed and where they may be sent; no input or output here."""

import hmac
import os
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from docchain.platform.storage.ciphers import NONCE, unwrap, wrap
from docchain.platform.storage.keyring import WorkspaceKey

_FINGERPRINT: Final = 6


def seal(key: WorkspaceKey, workspace: UUID, name: str, value: str) -> bytes:
    """The value, readable with this key, in this workspace, under this name only."""
    return wrap(_vault_key(key), os.urandom(NONCE), value.encode(), _about(key, workspace, name))


def unseal(key: WorkspaceKey, workspace: UUID, name: str, sealed: bytes) -> str:
    """Raises `Changed` if it is not what was sealed."""
    return unwrap(_vault_key(key), sealed, _about(key, workspace, name)).decode()


def fingerprint(key: WorkspaceKey, value: bytes) -> str:
    """Tells whether two values are the same to who has set both; nobody without the key can try values out."""
    return hmac.digest(_key(key, b"fingerprint"), value, "sha256")[:_FINGERPRINT].hex()


def seal_content(key: WorkspaceKey, workspace: UUID, about: str, content: bytes) -> bytes:
    """Content that is no secret of its own, such as a kept answer, readable with this key and about this only."""
    return wrap(_key(key, b"content"), os.urandom(NONCE), content, _about(key, workspace, about))


def unseal_content(key: WorkspaceKey, workspace: UUID, about: str, sealed: bytes) -> bytes:
    """Raises `Changed` if it is not what was sealed."""
    return unwrap(_key(key, b"content"), sealed, _about(key, workspace, about))


def mark(key: WorkspaceKey, content: bytes) -> str:
    """Stands for content among others of the workspace; nobody without the key can try contents out."""
    return hmac.digest(_key(key, b"mark"), content, "sha256").hex()


def may_go_to(hosts: Sequence[str], host: str) -> bool:
    """Whether a secret that is bound to hosts may be sent to one; `*.example.com` stands for all below it."""
    host = host.lower().rstrip(".")
    return not hosts or any(
        host.endswith(allowed[1:]) and len(host) >= len(allowed) if allowed.startswith("*.") else host == allowed
        for allowed in hosts
    )


def _vault_key(key: WorkspaceKey) -> bytes:
    return _key(key, b"vault")


def _key(key: WorkspaceKey, purpose: bytes) -> bytes:
    return hmac.digest(key.key, b"docchain secrets " + purpose, "sha256")


def _about(key: WorkspaceKey, workspace: UUID, name: str) -> bytes:
    return b"secret" + workspace.bytes + key.number.to_bytes(4, "big") + name.encode()
