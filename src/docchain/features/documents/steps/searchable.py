"""`document.searchable_pdf`: scans with their words in them, to be searched, selected and copied from."""

from pathlib import PurePath
from typing import ClassVar

from pydantic import BaseModel, Field

from docchain.engine.failures import FailureClass
from docchain.engine.kinds import Effect, Params, Result, StepContext, StepError, StepKind
from docchain.features.documents.artefacts.shelf import Source
from docchain.features.documents.previews.errors import PreviewDelayed, PreviewImpossible
from docchain.features.documents.previews.house import Previews
from docchain.features.documents.schemas import DocumentRef
from docchain.features.documents.store import StepDocuments


class SearchableParams(Params):
    document: DocumentRef = Field(description="A PDF, scanned or not, a picture, or any other document.")
    name: str | None = Field(None, max_length=500, description="File name; the document's own unless given.")


class SearchableResult(Result):
    document: DocumentRef = Field(description="The PDF: the pages as they were, upright, with text under the pictures.")
    source: DocumentRef = Field(description="What it was made from.")
    recognized: int = Field(description="Pages whose text was recognized and laid over them.")


class SearchablePdf(StepKind):
    """Makes a PDF whose scanned pages can be searched: the picture as it is, the recognized words invisible over it.

    Args:
        documents: where documents are read and written.
        previews: makes the copy; without it, the kind is only looked at.
    """

    name = "document.searchable_pdf"
    title = "Make a searchable PDF"
    effect = Effect.PURE
    params: ClassVar[type[Params]] = SearchableParams
    result: ClassVar[type[BaseModel]] = SearchableResult

    def __init__(self, documents: StepDocuments, previews: Previews | None) -> None:
        self._documents = documents
        self._previews = previews

    async def run(self, params: SearchableParams, context: StepContext) -> SearchableResult:
        assert self._previews is not None  # noqa: S101 - given to whoever runs it
        source = params.document
        pending = context.blobs.get(source.sha256)
        if pending is not None:
            await self._documents.contents.blobs.put(context.workspace_id, pending)
        try:
            made = await self._previews.searchable(
                Source(context.workspace_id, source.sha256, source.name, source.media_type)
            )
        except PreviewImpossible as refusal:
            raise StepError(refusal.detail, FailureClass.BAD_INPUT) from None
        except PreviewDelayed as refusal:
            raise StepError(refusal.detail, FailureClass.UNAVAILABLE) from None
        assert made.stored is not None  # noqa: S101 - what cannot be made was refused
        name = f"{PurePath(params.name or source.name).stem}.pdf"
        document = self._documents.write_stored(context, made.stored, name, "application/pdf", inputs=[source])
        recognized = int(made.details["recognized"])
        context.log(f"Made {name} searchable.", pages=recognized)
        return SearchableResult(document=document, source=source, recognized=recognized)
