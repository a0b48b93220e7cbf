"""A key management service as a command: it wraps and unwraps keys; the key that it does so with never comes here."""

import base64
import binascii
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from docchain.platform.settings import SettingsError
from docchain.platform.storage.ciphers import Changed

ID: Final = "kms"
_SECONDS: Final = 30.0
_BOUND: Final = 32


@dataclass(frozen=True, slots=True)
class KmsKey:
    """Calls `command wrap` and `command unwrap` with base64 on standard input; base64 or text comes back.

    Args:
        command: program and arguments.
    """

    command: Sequence[str] = field(repr=False)
    id: str = ID
    external: bool = True

    def wrap(self, key: bytes, about: bytes) -> bytes:
        """What the key is of goes with it, so that no wrapped key can stand in for another one."""
        return self._call("wrap", base64.b64encode(sha256(about).digest() + key)).strip()

    def unwrap(self, wrapped: bytes, about: bytes) -> bytes:
        try:
            opened = base64.b64decode(self._call("unwrap", wrapped).strip(), validate=True)
        except binascii.Error:
            raise Changed from None
        if opened[:_BOUND] != sha256(about).digest():
            raise Changed
        return opened[_BOUND:]

    def _call(self, action: str, given: bytes) -> bytes:
        program = [*self.command, action]
        try:
            done = subprocess.run(program, input=given + b"\n", capture_output=True, timeout=_SECONDS, check=True)  # noqa: S603 - the operator's own
        except (OSError, subprocess.SubprocessError) as error:
            raise SettingsError(
                f"The command of the key management service failed at `{action}`: {type(error).__name__}. Run "
                "DOCCHAIN_ENCRYPTION_KMS_COMMAND by hand, as the user of the server, to see why."
            ) from None
        return done.stdout
