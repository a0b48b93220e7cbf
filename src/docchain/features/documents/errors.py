"""Why a request about documents is refused."""

from docchain.platform.errors import Invalid, NotFound, Refusal, Stale, TooLarge


class DocumentNotFound(NotFound):
    code = "document_not_found"
    title = "There is no such document"


class DocumentChanged(Stale):
    code = "document_changed"
    title = "The document changed since you read it"

    def __init__(self, handle: str) -> None:
        hint = "Read it again, and repeat your change with its new ETag."
        super().__init__(f"{handle} has another version now.", hint=hint)


class VersionNotFound(NotFound):
    code = "document_version_not_found"
    title = "The document has no such version"


class FieldNotFound(NotFound):
    code = "field_not_found"
    title = "The step has no such field"


class NotAReference(Invalid):
    code = "not_a_document"
    title = "This does not name a document"


class BadUpload(Invalid):
    code = "bad_upload"
    title = "The upload cannot be read"


class Truncated(BadUpload):
    code = "upload_truncated"
    title = "The upload ended early; nothing was stored"
    status = 400


class UploadTooLarge(TooLarge):
    code = "upload_too_large"
    title = "The document is larger than allowed"


class RangeNotSatisfiable(Refusal):
    code = "range_not_satisfiable"
    title = "The document does not have these bytes"
    status = 416
