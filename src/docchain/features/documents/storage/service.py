"""What a workspace's documents take and may take; counted in the transaction that adds or removes them."""

from docchain.features.documents.storage.errors import QuotaExceeded
from docchain.features.documents.storage.repository import StorageRepository, Used
from docchain.features.documents.storage.schemas import QuotaRequest, StorageUsage
from docchain.platform.work import Work

SUBJECT = "storage"


class StorageService:
    """Limits of 0 are none; a workspace without limits of its own has the installation's."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._storage = StorageRepository(work)

    def charge(self, size: int, documents: int = 0) -> None:
        """Count what somebody adds.

        Raises:
            QuotaExceeded: and nothing of the transaction is kept.
        """
        used = self._storage.add(size, documents)
        most_bytes, most_documents = self._quota(used)
        if most_bytes is not None and size > 0 and used.bytes > most_bytes:
            raise QuotaExceeded(
                f"This is {size:,} bytes; {max(0, most_bytes - used.bytes + size):,} of {most_bytes:,} are left."
            )
        if most_documents is not None and documents > 0 and used.documents > most_documents:
            raise QuotaExceeded(f"The workspace may have {most_documents:,} documents, and has them.")

    def count(self, size: int, documents: int = 0) -> None:
        """Count what cannot be refused any more, or what is gone (negative)."""
        self._storage.add(size, documents)

    def room(self) -> int | None:
        """How many bytes may still come; `None` is no limit. To ask before bytes are sent.

        Raises:
            QuotaExceeded: when none may.
        """
        used = self._storage.used()
        most_bytes, _ = self._quota(used)
        if most_bytes is None:
            return None
        if used.bytes >= most_bytes:
            raise QuotaExceeded(f"All of {most_bytes:,} bytes are taken.")
        return most_bytes - used.bytes

    def usage(self, compression: str = "zstd") -> StorageUsage:
        used = self._storage.used()
        most_bytes, most_documents = self._quota(used)
        return StorageUsage.model_validate(
            {
                "bytes": used.bytes,
                "documents": used.documents,
                "quota_bytes": most_bytes,
                "quota_documents": most_documents,
                "compression": used.compression or compression,
            }
        )

    def compression(self) -> str | None:
        return self._storage.used().compression

    def choose(self, wanted: QuotaRequest) -> None:
        chosen = wanted.model_dump()
        self._storage.choose(**chosen)
        self._work.emit("storage.quota_changed", SUBJECT, self._work.workspace_id, chosen)

    def recount(self) -> None:
        """Bring the counters to what the rows say; they differ only if somebody changed the database by hand."""
        used = self._storage.used()
        size, documents = self._storage.counted()
        self._storage.add(size - used.bytes, documents - used.documents)

    def _quota(self, used: Used) -> tuple[int | None, int | None]:
        most_bytes, most_documents = used.quota_bytes, used.quota_documents
        if most_bytes is None or most_documents is None:
            default = self._storage.default()
            most_bytes = default[0] if most_bytes is None else most_bytes
            most_documents = default[1] if most_documents is None else most_documents
        return most_bytes or None, most_documents or None
