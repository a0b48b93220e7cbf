"""Why a request about filing is refused."""

from collections.abc import Sequence
from datetime import datetime

from docchain.platform.errors import Conflict, FieldFault, Invalid, NotFound, Stale


class FilingNotFound(NotFound):
    code = "filing_not_found"
    title = "There is no such type, correspondent or collection"


class FilingChanged(Stale):
    code = "filing_changed"
    title = "It changed since you read it"


class NameTaken(Conflict):
    code = "filing_name_taken"
    title = "There is one of this name"


class FilingInUse(Conflict):
    code = "filing_in_use"
    title = "Documents are filed under it"


class TooDeep(Invalid):
    code = "collection_too_deep"
    title = "Collections are nested one level deep"


class FieldsInvalid(Invalid):
    code = "fields_invalid"
    title = "The fields do not fit the type of the document"

    def __init__(self, faults: Sequence[FieldFault]) -> None:
        count = "One fault" if len(faults) == 1 else f"{len(faults)} faults"
        told = f"{count}; the first: {faults[0].path} {faults[0].message}."
        super().__init__(told, errors=faults, hint="GET /documents/types tells the fields of each type.")


class TooManyDocuments(Invalid):
    code = "too_many_documents"
    title = "The order reaches too many documents"

    def __init__(self, most: int) -> None:
        fault = FieldFault("documents", f"reach more than {most:,} documents", self.code)
        hint = "Split it, or narrow the filter; DOCCHAIN_BULK_DOCUMENTS_MAX is the limit."
        super().__init__(f"One order reaches {most:,} documents at most.", errors=[fault], hint=hint)


class DocumentHeld(Conflict):
    code = "document_held"
    title = "The document is under legal hold"

    def __init__(self, handle: str, reason: str) -> None:
        super().__init__(f"{handle} is held: {reason}", hint=f"Release it first: DELETE /documents/{handle}/hold.")


class DocumentKept(Conflict):
    code = "document_kept"
    title = "Retention keeps the document"

    def __init__(self, handle: str, type_name: str | None, until: datetime) -> None:
        filed = f"is of type {type_name}, and" if type_name else "was of a type that says so, and"
        told = f"{handle} {filed} is kept until {until:%Y-%m-%d}."
        hint = "Wait until then; GET /documents/types tells how long documents are kept."
        if type_name is None:
            hint += f" An administrator releases it by POST /documents/{handle}/retention/release."
        super().__init__(told, hint=hint)


class NotHeld(Conflict):
    code = "document_not_held"
    title = "The document is not under hold"


class NotPromised(Conflict):
    code = "document_not_promised"
    title = "No promise keeps the document"


class NotInTrash(Conflict):
    code = "document_not_in_trash"
    title = "The document is not in the trash"
