"""Why a request about storage is refused."""

from docchain.platform.errors import NotFound, Refusal


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
