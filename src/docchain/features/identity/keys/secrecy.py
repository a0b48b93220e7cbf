"""The shape of API keys: `dck_<id>_<secret>`, of which only the id and a digest are kept."""

import secrets
from hashlib import sha256
from hmac import compare_digest
from typing import Final

PREFIX: Final = "dck_"
_ID_BYTES: Final = 6
_SECRET_BYTES: Final = 32
_PARTS: Final = 3


def new_prefix() -> str:
    return PREFIX + secrets.token_hex(_ID_BYTES)


def new_key(prefix: str) -> str:
    """A key that begins so; its secret is random, so a fast digest of it is safe."""
    return f"{prefix}_{secrets.token_urlsafe(_SECRET_BYTES)}"


def prefix_of(key: str) -> str:
    """How the key begins; empty if it is none."""
    parts = key.split("_", _PARTS - 1)
    return f"{parts[0]}_{parts[1]}" if len(parts) == _PARTS else ""


def digest_of(key: str) -> str:
    return sha256(key.encode()).hexdigest()


def is_digest_of(digest: str | None, key: str) -> bool:
    return digest is not None and compare_digest(digest, digest_of(key))
