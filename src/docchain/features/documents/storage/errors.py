"""Why a request about storage is refused."""

from datetime import datetime

from docchain.platform.errors import Conflict, NotFound, Refusal


class QuotaExceeded(Refusal):
    code = "storage_quota_exceeded"
    title = "The workspace has no room for this"
    status = 507

    def __init__(self, detail: str) -> None:
        hint = "Delete documents, or ask an administrator for a larger quota (PUT /api/v3/storage/quota)."
        super().__init__(detail, hint=hint)


class LinkNotFound(NotFound):
    """One answer for all links that do not lead anywhere, so that nobody learns why."""

    code = "link_not_found"
    title = "This link does not lead to a document, or no longer"


class LinkNotRevocable(Conflict):
    code = "link_not_revocable"
    title = "This link cannot be revoked"

    def __init__(self, expires_at: datetime) -> None:
        super().__init__(
            f"The store hands it out by itself, and asks nobody; it ends at {expires_at.isoformat()}.",
            hint="Purge the document if it must end now, and ask for links with `revocable: true`.",
        )
