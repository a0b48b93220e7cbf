"""Recovery codes: for whoever lost the phone; random enough that a fast hash keeps them safe."""

import secrets
from hashlib import sha256
from typing import Final
from uuid import UUID

HOW_MANY: Final = 10
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another
_GROUPS: Final = 4
_GROUP: Final = 4


def new_codes() -> list[str]:
    return ["-".join(_group() for _ in range(_GROUPS)) for _ in range(HOW_MANY)]


def digest(user_id: UUID, code: str) -> str:
    """What is kept of a code; how it was typed does not matter."""
    plain = "".join(letter for letter in code.lower() if letter.isalnum())
    return sha256(user_id.bytes + plain.encode()).hexdigest()


def _group() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(_GROUP))
