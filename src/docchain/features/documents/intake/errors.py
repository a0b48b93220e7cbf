"""Why something is not taken in."""

from typing import Any
from uuid import UUID

from docchain.platform.errors import Busy, Conflict, Invalid, NotFound, Stale

_HINTS = {
    "type_not_allowed": "Send a file of a type that the workspace takes: GET /intake/rules tells them.",
    "unscanned": "Send it again later, or tell your operator that the scanner does not answer.",
}


class FileRefused(Invalid):
    """Told with its reason and the entry of the ledger."""

    code = "file_refused"
    title = "The file is not taken"

    def __init__(self, reason: str, detail: str, item: UUID | None = None) -> None:
        super().__init__(detail, hint=_HINTS.get(reason, ""))
        self.reason = reason
        self.item = item

    @property
    def members(self) -> dict[str, Any]:  # type: ignore[override] # told of each refusal
        return {"reason": self.reason, "intake": str(self.item) if self.item else None}


class IntakeBusy(Busy):
    code = "intake_busy"
    title = "Too many files are being looked into"


class IntakeNotFound(NotFound):
    code = "intake_not_found"
    title = "There is no such entry of the intake ledger"


class SourceNotFound(NotFound):
    code = "intake_source_not_found"
    title = "There is no such source"


class SourceNameTaken(Conflict):
    code = "intake_source_name_taken"
    title = "Another source has this name"


class SourceChanged(Stale):
    code = "intake_source_changed"
    title = "The source changed since you read it"


class RulesChanged(Stale):
    code = "intake_rules_changed"
    title = "The rules changed since you read them"


class BadSource(Invalid):
    code = "bad_intake_source"
    title = "Nothing can be taken from this source"


class HookNotFound(NotFound):
    code = "hook_not_found"
    title = "There is no such hook"


class DeliveryReused(Conflict):
    code = "delivery_reused"
    title = "The webhook-id was used for another file"


class BadSignature(Invalid):
    code = "bad_signature"
    title = "The signature does not fit"
    status = 401


class NotFetched(Invalid):
    code = "not_fetched"
    title = "The document could not be fetched"

    def __init__(self, detail: str, *, hint: str = "", later: bool = False) -> None:
        super().__init__(detail, hint=hint)
        self.later = later
        """It may go better another time."""


class BadTus(Invalid):
    code = "bad_tus"
    title = "The request does not follow the tus protocol"
    status = 400


class TusVersion(BadTus):
    code = "tus_version"
    title = "This version of the tus protocol is not spoken here"
    status = 412


class NotAPiece(BadTus):
    code = "tus_content_type"
    title = "A piece of an upload must be sent as application/offset+octet-stream"
    status = 415


class OffsetConflict(Conflict):
    code = "tus_offset"
    title = "The upload is at another place"


class TakenOver(Conflict):
    code = "tus_taken_over"
    title = "Another request goes on with the upload"
    status = 423


class ChecksumMismatch(Invalid):
    code = "tus_checksum"
    title = "The checksum does not fit"
    status = 460


class UploadGone(NotFound):
    code = "upload_gone"
    title = "There is no such upload"


class TooManyUploads(Conflict):
    code = "too_many_uploads"
    title = "Too many uploads are under way"
    status = 429
