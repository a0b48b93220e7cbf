"""The key that signs checkpoints: made at the first start, readable by its owner only."""

import os
from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING

from docchain.features.audit.errors import BadAuditKey
from docchain.platform.ids import new_id

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


class SigningKey:
    def __init__(self, private: "Ed25519PrivateKey") -> None:
        self._private = private
        self.public_key = b64encode(private.public_key().public_bytes_raw()).decode()

    def sign(self, message: bytes) -> bytes:
        return self._private.sign(message)


def open_key(path: Path) -> SigningKey:
    """Read the key, or make it where there is none yet.

    Raises:
        BadAuditKey: the file holds something else.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 - heavy
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415 - the same

    if not path.exists():
        _make(path)
    try:
        private = load_pem_private_key(path.read_bytes(), None)
    except (ValueError, TypeError, OSError) as error:
        raise BadAuditKey(f"{path} cannot be read as a key: {error}.") from None
    if not isinstance(private, Ed25519PrivateKey):
        raise BadAuditKey(f"{path} holds a key of another kind than Ed25519.")
    return SigningKey(private)


def _make(path: Path) -> None:
    """Two processes or threads that begin together make one key: whoever links it first."""
    from cryptography.hazmat.primitives import serialization as forms  # noqa: PLC0415 - heavy
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 - the same

    text = Ed25519PrivateKey.generate().private_bytes(
        forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.NoEncryption()
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{new_id()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
