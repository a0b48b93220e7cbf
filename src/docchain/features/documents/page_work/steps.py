"""Step kinds of page work; their one rule: what they make knows the versions it was made of."""

from typing import ClassVar

from pydantic import BaseModel, Field

from docchain.engine.kinds import Effect, Params, Result, StepContext, StepKind
from docchain.features.documents.page_work.ranges import written
from docchain.features.documents.page_work.schemas import HowToSplit, Operation, PartRef
from docchain.features.documents.page_work.service import part_name
from docchain.features.documents.page_work.working import PDF, PageWork
from docchain.features.documents.schemas import DocumentRef
from docchain.features.documents.store import StepDocuments


class EditParams(Params):
    document: DocumentRef = Field(description="A PDF.")
    operations: list[Operation] = Field(min_length=1, max_length=100, description="One after the other.")


class EditResult(Result):
    document: DocumentRef
    pages: str = Field(description="Where each page was before, such as `1,3-5`.")


class SplitParams(HowToSplit, Params):
    document: DocumentRef = Field(description="A PDF.")


class SplitResult(Result):
    documents: list[DocumentRef]
    parts: list[PartRef] = Field(description="The same with the pages that each has.")


class MergeParams(Params):
    documents: list[DocumentRef] = Field(min_length=1, max_length=1_000, description="PDFs, in this order.")
    name: str = Field("merged", min_length=1, max_length=200)


class MergeResult(Result):
    document: DocumentRef
    pages: int


class _PageStep(StepKind):
    """What the three share.

    Args:
        documents: where documents are written.
        pages: who works on them.
    """

    effect: ClassVar[Effect] = Effect.PURE

    def __init__(self, documents: StepDocuments, pages: PageWork) -> None:
        self._documents = documents
        self._pages = pages


class EditDocumentPages(_PageStep):
    """Rotates, deletes and reorders pages of a PDF."""

    name: ClassVar[str] = "document.pages"
    title: ClassVar[str] = "Edit pages"
    params: ClassVar[type[Params]] = EditParams
    result: ClassVar[type[BaseModel]] = EditResult

    async def run(self, params: EditParams, context: StepContext) -> EditResult:
        operations = [operation.model_dump() for operation in params.operations]
        async with self._pages.edited(context.workspace_id, params.document, operations) as (made, order):
            document = await self._documents.write_file(
                context, made, params.document.name, PDF, inputs=[params.document]
            )
        return EditResult(document=document, pages=written(order))


class SplitDocument(_PageStep):
    """Splits a PDF by ranges, every so many pages, blank pages, barcode separators, or by what begins a document."""

    name: ClassVar[str] = "document.split"
    title: ClassVar[str] = "Split a document"
    params: ClassVar[type[Params]] = SplitParams
    result: ClassVar[type[BaseModel]] = SplitResult

    async def run(self, params: SplitParams, context: StepContext) -> SplitResult:
        source, made = params.document, []
        async with self._pages.parts(context.workspace_id, source, params) as parts:
            for index, (path, pages) in enumerate(parts, 1):
                name = part_name(source.name, index)
                part = await self._documents.write_file(context, path, name, PDF, inputs=[source])
                made.append(PartRef(document=part, pages=pages))
        if len(made) == 1:
            context.log(f"Nothing in {source.name} parts it: it stays one document.", level="warning")
        else:
            context.log(f"Split {source.name} into {len(made)} documents.", pages=[part.pages for part in made])
        return SplitResult(documents=[part.document for part in made], parts=made)


class MergePdfs(_PageStep):
    """Merges PDFs into one."""

    name: ClassVar[str] = "document.merge"
    title: ClassVar[str] = "Merge documents"
    params: ClassVar[type[Params]] = MergeParams
    result: ClassVar[type[BaseModel]] = MergeResult

    async def run(self, params: MergeParams, context: StepContext) -> MergeResult:
        async with self._pages.merged(context.workspace_id, params.documents) as (made, pages):
            name = f"{params.name.removesuffix('.pdf')}.pdf"
            document = await self._documents.write_file(context, made, name, PDF, inputs=params.documents)
        return MergeResult(document=document, pages=pages)
