"""`document.parse`: any supported file to a parsed document, which later steps read instead of the file."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, Field

from docchain.engine.failures import FailureClass
from docchain.engine.kinds import Effect, Params, Result, StepContext, StepError, StepKind
from docchain.features.documents.artefacts.shelf import Source
from docchain.features.documents.artefacts.texts import ParsedText, ParsedTexts
from docchain.features.documents.children import Children
from docchain.features.documents.parsing.failures import Unreadable
from docchain.features.documents.parsing.model import MEDIA_TYPE
from docchain.features.documents.parsing.options import Ocr, Options
from docchain.features.documents.schemas import DocumentRef
from docchain.features.documents.store import StepDocuments


class ParseParams(Params):
    document: DocumentRef = Field(description="The document to read.")
    languages: tuple[str, ...] = Field(
        ("es", "en"), min_length=1, max_length=8, description="Languages that recognition of scans expects."
    )
    ocr: Ocr = Field(
        "auto",
        description="`auto`: pages without text of their own are recognized; `pictures`: also text in pictures on "
        "other pages; `always`: every page; `never`.",
    )


class ParseResult(Result):
    document: DocumentRef = Field(description="The parsed document, for the steps that read it.")
    source: DocumentRef = Field(description="The document that was parsed.")
    pages: int
    language: str | None = None
    title: str | None = None
    text: str = Field(description="The first 2,000 characters.")
    attachments: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    read: dict[str, int] = Field(
        {}, description="Pages by how they were read: `text`, `ocr`, `mixed`, `grid`; `unread` are left out."
    )
    problems: dict[str, str] = Field({}, description="What is wrong with some pages, by their numbers.")


class ParseDocument(StepKind):
    """Reads a document: text, tables and the place of every word, with OCR for scans.

    Args:
        documents: where documents are read and written.
        children: where the parsers run.
        limits: fields of `ParseLimits` that differ from its defaults.
        texts: what was read before, by anyone; without it, each step reads anew.
    """

    name = "document.parse"
    title = "Parse a document"
    effect = Effect.PURE
    params: ClassVar[type[Params]] = ParseParams
    result: ClassVar[type[BaseModel]] = ParseResult

    def __init__(
        self,
        documents: StepDocuments,
        children: Children,
        limits: Mapping[str, int] | None = None,
        texts: ParsedTexts | None = None,
    ) -> None:
        self._documents = documents
        self._texts = texts or ParsedTexts(documents.contents, children, limits=limits)

    async def run(self, params: ParseParams, context: StepContext) -> ParseResult:
        source = params.document
        try:
            self._texts.limits.check_size(source.name, source.size)  # before anything is copied
        except Unreadable as refusal:
            raise StepError(refusal.message, FailureClass.BAD_INPUT) from None
        content = Source(context.workspace_id, source.sha256, source.name, source.media_type)
        options = Options(params.languages, params.ocr)
        text = await self._texts.of(content, options, lambda: self._documents.open(context, source))
        document = await self._write(context, content, text, source)
        parsed = ParseResult(
            document=document,
            source=source,
            pages=text.pages,
            language=text.language,
            title=text.title,
            text=text.text,
            attachments=text.attachments,
            warnings=text.warnings,
            read=dict(text.read),
            problems=dict(text.problems),
        )
        _log(parsed, context)
        return parsed

    async def _write(self, context: StepContext, content: Source, text: ParsedText, source: DocumentRef) -> DocumentRef:
        """Small ones travel with the step's outcome, as everything small does."""
        name = f"{source.name}.json"
        if text.stored.size > self._documents.contents.inline_bytes:
            return self._documents.write_stored(context, text.stored, name, MEDIA_TYPE, inputs=[source])
        data = b"".join([chunk async for chunk in self._texts.open(content, text)])
        return await self._documents.write(context, data, name, MEDIA_TYPE, inputs=[source])


def _log(parsed: ParseResult, context: StepContext) -> None:
    source, pages = parsed.source, "1 page" if parsed.pages == 1 else f"{parsed.pages} pages"
    told: dict[str, Any] = {"media_type": source.media_type, "bytes": source.size, "language": parsed.language}
    context.log(f"Read {source.name}: {pages}.", pages=parsed.pages, **told)
    for warning in parsed.warnings:
        context.log(warning, level="warning")
