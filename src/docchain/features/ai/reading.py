"""What a document says, for models: its words in order, each with page and box; read once, from the kept parse."""

import asyncio
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from docchain.engine.kinds import StepError
from docchain.features.ai.errors import DocumentUnreadable
from docchain.features.ai.local.given import with_places
from docchain.features.ai.local.places import Located, located
from docchain.features.documents import Contents, DocumentRef, ParsedDocument, ParsedTexts, Source, decode
from docchain.platform.blobs import BlobMissing

PARSED: Final = "application/vnd.docchain.parsed+json"


@dataclass(frozen=True, slots=True)
class Reading:
    """A text that a model is given; `pages` says where its words stand, `cut` that there was more than is read."""

    text: str
    pages: Located | None = None
    cut: bool = False
    document: UUID | None = None
    name: str = ""
    language: str = ""

    def placed(self, value: Any) -> Any:
        """The same with `places` (page and box) beside every `start` and `end`."""
        return with_places(value, self.pages)


class Readings:
    """Reads documents of workspaces.

    Args:
        contents: where they are.
        texts: parses what was never parsed; without it, only parsed documents are read.
        most: characters that are read of one.
    """

    def __init__(self, contents: Contents, texts: ParsedTexts | None, most: int) -> None:
        self._contents, self._texts, self.most = contents, texts, most

    async def of(self, workspace: UUID, document: DocumentRef) -> Reading:
        """The text of a version.

        Raises:
            DocumentUnreadable: it is not stored, or no parser reads it.
        """
        parsed = await self.parsed(workspace, document)
        pages = await asyncio.to_thread(located, parsed, self.most)
        if not pages.text.strip():
            raise DocumentUnreadable(
                f"There is no text in {document.name}.", hint="Scan it anew, or parse it with OCR."
            )
        cut = len(parsed.text) > self.most
        known = pages if pages.places else None
        return Reading(pages.text, known, cut, document.document_id, document.name, parsed.language or "")

    async def parsed(self, workspace: UUID, document: DocumentRef) -> ParsedDocument:
        """All its pages with words and boxes."""
        try:
            if document.media_type == PARSED:
                encoded = await self._contents.get(workspace, document.sha256)
                return await asyncio.to_thread(decode, encoded)
            if self._texts is None:
                raise DocumentUnreadable(f"{document.name} is not parsed.", hint="Put a document.parse step before.")
            source = Source(workspace, document.sha256, document.name, document.media_type)
            return await self._texts.document(source, await self._texts.of(source))
        except BlobMissing:
            raise DocumentUnreadable(
                f"The content of {document.name} is not stored in this workspace.", hint="Upload it again."
            ) from None
        except StepError as error:
            raise DocumentUnreadable(f"{document.name} cannot be read: {error}", hint=error.hint) from None
