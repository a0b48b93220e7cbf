"""What can be wrong with what is stored; each says which blob, and which part of it."""

from typing import Final
from uuid import UUID

from docchain.platform.blobs import BlobLost
from docchain.platform.errors import Busy, Refusal

RESTORE: Final = (
    "Restore it from a backup, or upload the same file again; `docchain storage verify` lists every damaged blob."
)


class BlobDamaged(BlobLost):
    """Stored bytes are not those that were stored. Nothing of the damaged part is ever handed out."""

    code = "blob_damaged"
    title = "The stored content is damaged"
    status = 500

    def __init__(self, workspace_id: UUID, sha256: str, part: str) -> None:
        self.workspace_id, self.sha256, self.part = workspace_id, sha256, part
        super().__init__(f"Blob {sha256} of workspace {workspace_id} is damaged: {part}.", hint=RESTORE)


class MasterKeyMissing(BlobLost):
    code = "encryption_key_missing"
    title = "The content is encrypted under a key that is not set"
    status = 500

    def __init__(self, key_id: str) -> None:
        super().__init__(
            f"Master key {key_id} is not set.",
            hint="Set it as DOCCHAIN_ENCRYPTION_KEY or DOCCHAIN_ENCRYPTION_KEY_FILE, or list it in "
            "DOCCHAIN_ENCRYPTION_OLD_KEYS.",
        )


class WorkspaceKeyMissing(BlobLost):
    code = "workspace_key_missing"
    title = "The key of the workspace's content is not stored"
    status = 500

    def __init__(self, workspace_id: UUID, number: int) -> None:
        super().__init__(
            f"Key {number} of workspace {workspace_id} is not there, or damaged.",
            hint=f"Restore keys/{workspace_id} of the store from a backup.",
        )


class StoreAway(Busy, BlobLost):
    code = "storage_unavailable"
    title = "The store of contents cannot be used now"

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"The store of contents cannot be used: {reason}", hint="Try again in a moment; GET /health tells more."
        )


class MasterKeyOutdated(Refusal):
    code = "encryption_key_outdated"
    title = "The master key was rotated while this process ran"
    status = 503

    def __init__(self) -> None:
        super().__init__(
            "The keys of all workspaces are wrapped under a newer master key than this process has.",
            hint="Restart it with the new one as DOCCHAIN_ENCRYPTION_KEY.",
        )
