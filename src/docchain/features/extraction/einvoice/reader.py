"""E-invoices of stored documents, read in a child process; its one rule: the server itself never touches the XML."""

from typing import Any, Final
from uuid import UUID

from docchain.engine.failures import FailureClass
from docchain.engine.kinds import StepError
from docchain.features.documents import Children, Contents, DocumentRef, DocumentVersion
from docchain.features.extraction.einvoice.model import EInvoice

_TARGET: Final = "docchain.features.extraction.einvoice.read:read_file"
MEDIA_TYPES: Final = frozenset({"application/xml", "text/xml", "application/pdf", "application/octet-stream"})


class EInvoices:
    """Reads e-invoices.

    Args:
        contents: where bytes are.
        children: where reading runs.
        most_bytes: largest XML that is read.
    """

    def __init__(self, contents: Contents, children: Children, most_bytes: int) -> None:
        self._contents = contents
        self._children = children
        self._most_bytes = most_bytes

    async def read(self, workspace_id: UUID, document: DocumentRef | DocumentVersion) -> EInvoice | None:
        """The e-invoice that a version is or carries; `None` if it is none.

        Raises:
            StepError: it is broken or dangerous, or the child was stopped.
        """
        if document.media_type not in MEDIA_TYPES and not document.media_type.endswith("+xml"):
            return None
        content = self._contents.open(workspace_id, document.sha256)
        async with self._children.file() as given:
            try:
                answer: dict[str, Any] | None = await self._children.call(
                    _TARGET, str(given), self._most_bytes, given={given: content}
                )
            except StepError as error:
                if error.failure is not FailureClass.TIMEOUT:
                    raise
                hint = "Ask the sender for several smaller invoices, or raise DOCCHAIN_EINVOICE_TIMEOUT."
                raise StepError(str(error), error.failure, hint=hint) from None
        return None if answer is None else EInvoice.model_validate(answer)
