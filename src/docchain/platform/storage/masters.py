"""Master keys: the operator's; they wrap the workspaces' keys and nothing else."""

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from docchain.platform.settings import SettingsError, StorageSettings
from docchain.platform.storage import kms
from docchain.platform.storage.ciphers import NONCE, unwrap, wrap
from docchain.platform.storage.kms import KmsKey

SHORTEST: Final = 32
KEY_FILE: Final = "encryption.key"


@dataclass(frozen=True, slots=True)
class MasterKey:
    """`id` tells keys apart and gives nothing away."""

    id: str
    key: bytes
    external: bool = False

    @classmethod
    def of(cls, text: str) -> "MasterKey":
        if len(text) < SHORTEST:
            raise SettingsError(
                f"An encryption key has at least {SHORTEST} characters. Make one with "
                "`python -c 'import secrets; print(secrets.token_urlsafe(48))'`."
            )
        pseudo = hmac.digest(b"docchain master key", text.encode(), "sha256")
        return cls(hashlib.sha256(b"id" + pseudo).hexdigest()[:12], hmac.digest(pseudo, b"wrap\x01", "sha256"))

    def wrap(self, key: bytes, about: bytes) -> bytes:
        return wrap(self.key, os.urandom(NONCE), key, about)

    def unwrap(self, wrapped: bytes, about: bytes) -> bytes:
        """Raises `Changed` if it is not what was wrapped, or is of something else."""
        return unwrap(self.key, wrapped, about)


Master = MasterKey | KmsKey


class MasterKeys:
    """The present key, and those that it took over from.

    Args:
        storage: names the keys: one itself, a file that has it, or a command that wraps; where it names none, one is
            made in the data folder when it is first needed.
    """

    def __init__(self, storage: StorageSettings) -> None:
        self._storage = storage
        self._present: Master | None = None

    @property
    def present(self) -> Master:
        if self._present is None:
            service = None if self._named else self._service
            self._present = service or MasterKey.of(self._text())
        return self._present

    def find(self, key_id: str) -> Master | None:
        if key_id == kms.ID:
            return self._service
        return next((key for key in (self.present, *self._old()) if key.id == key_id), None)

    @property
    def generated(self) -> Path | None:
        """The file of a key that we made ourselves."""
        return None if self._named or self._service else self._file

    @property
    def _named(self) -> bool:
        return bool(self._storage.encryption_key.get_secret_value() or self._storage.encryption_key_file)

    @property
    def _service(self) -> KmsKey | None:
        command = self._storage.encryption_kms_command
        return KmsKey(tuple(command)) if command else None

    @property
    def _file(self) -> Path:
        return self._storage.data_dir.resolve() / KEY_FILE

    def _text(self) -> str:
        if given := self._storage.encryption_key.get_secret_value():
            return given
        if path := self._storage.encryption_key_file:
            return _read(path)
        if not self._file.exists():
            _make(self._file)
        return _read(self._file)

    def _old(self) -> Iterable[MasterKey]:
        return [MasterKey.of(key.get_secret_value()) for key in self._storage.encryption_old_keys]


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsError(
            f"The encryption key in {path} cannot be read: {error.strerror}. Set DOCCHAIN_ENCRYPTION_KEY_FILE to a "
            "file that this user may read."
        ) from None


def _make(path: Path) -> None:
    """Whole and durable, or not there at all; of two that make it, the first one's counts."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(handle, base64.urlsafe_b64encode(os.urandom(48)) + b"\n")
        os.fsync(handle)
    finally:
        os.close(handle)
    try:
        os.link(aside, path)
    except FileExistsError:
        pass
    finally:
        aside.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
