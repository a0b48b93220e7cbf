"""What can be wrong with what is stored; each says which blob, and which part of it."""

from typing import Final
from uuid import UUID

from docchain.platform.errors import Refusal

_RESTORE: Final = "Restore it from a backup; `docchain storage verify` lists every damaged blob."


class BlobDamaged(Refusal):
    """Stored bytes are not those that were stored. Nothing of the damaged part is ever handed out."""

    code = "blob_damaged"
    title = "The stored content is damaged"
    status = 500

    def __init__(self, workspace_id: UUID, sha256: str, part: str) -> None:
        self.workspace_id, self.sha256, self.part = workspace_id, sha256, part
        super().__init__(f"Blob {sha256} of workspace {workspace_id} is damaged: {part}.", hint=_RESTORE)


class MasterKeyMissing(Refusal):
    code = "encryption_key_missing"
    title = "The content is encrypted under a key that is not set"
    status = 500

    def __init__(self, key_id: str) -> None:
        super().__init__(
            f"Master key {key_id} is not set.",
            hint="Set it as DOCCHAIN_ENCRYPTION_KEY or DOCCHAIN_ENCRYPTION_KEY_FILE, or list it in "
            "DOCCHAIN_ENCRYPTION_OLD_KEYS.",
        )


class WorkspaceKeyMissing(Refusal):
    code = "workspace_key_missing"
    title = "The key of the workspace's content is not stored"
    status = 500

    def __init__(self, workspace_id: UUID, number: int) -> None:
        super().__init__(
            f"Key {number} of workspace {workspace_id} is not there, or damaged.",
            hint=f"Restore keys/{workspace_id} of the store from a backup.",
        )
