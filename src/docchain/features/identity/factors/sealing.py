"""Secrets at rest: encrypted under a key that is made from the operator's master key, each for one place only."""

import base64
from typing import Final

from docchain.platform.settings import StorageSettings
from docchain.platform.storage.masters import MasterKeys

_PURPOSE: Final = b"docchain second factors."


class SecretLost(Exception):
    """The master key that a secret was sealed under is not among those that the operator names."""


class Sealing:
    def __init__(self, storage: StorageSettings) -> None:
        self._masters = MasterKeys(storage)

    def seal(self, secret: bytes, about: bytes) -> str:
        master = self._masters.present
        return f"{master.id}.{base64.b64encode(master.wrap(secret, _PURPOSE + about)).decode()}"

    def open(self, sealed: str, about: bytes) -> bytes:
        key_id, _, wrapped = sealed.partition(".")
        master = self._masters.find(key_id)
        if master is None:
            raise SecretLost(
                f"The master key {key_id} is missing. Add it to DOCCHAIN_ENCRYPTION_OLD_KEYS, start once, and remove "
                "it again."
            )
        return master.unwrap(base64.b64decode(wrapped), _PURPOSE + about)

    def outdated(self, sealed: str) -> bool:
        """Whether it is sealed under an earlier master key."""
        return not sealed.startswith(f"{self._masters.present.id}.")
