"""`document.parse`: any supported file to a parsed document, which later steps read instead of the file."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from pydantic import BaseModel, Field

from docchain.engine.failures import FailureClass
from docchain.engine.kinds import Effect, Params, Result, StepContext, StepError, StepKind
from docchain.features.documents.parsing.failures import Unreadable
from docchain.features.documents.parsing.limits import ParseLimits
from docchain.features.documents.parsing.model import MEDIA_TYPE
from docchain.features.documents.schemas import DocumentRef
from docchain.features.documents.steps.children import Children
from docchain.features.documents.store import StepDocuments

_JOB: Final = "docchain.features.documents.parse_job:run"


class ParseParams(Params):
    document: DocumentRef = Field(description="The document to read.")
    languages: tuple[str, ...] = Field(
        ("es", "en"), min_length=1, max_length=8, description="Languages that recognition of scans expects."
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


class ParseDocument(StepKind):
    """Reads a document: text, tables and the place of every word, with OCR for scans.

    Args:
        documents: where documents are read and written.
        children: where the parsers run.
        limits: fields of `ParseLimits` that differ from its defaults.
    """

    name = "document.parse"
    title = "Parse a document"
    effect = Effect.PURE
    params: ClassVar[type[Params]] = ParseParams
    result: ClassVar[type[BaseModel]] = ParseResult

    def __init__(self, documents: StepDocuments, children: Children, limits: Mapping[str, int] | None = None) -> None:
        self._documents = documents
        self._children = children
        self._limits = dict(limits or {})

    async def run(self, params: ParseParams, context: StepContext) -> ParseResult:
        source = params.document
        try:
            ParseLimits(**self._limits).check_size(source.name, source.size)  # before anything is copied
        except Unreadable as refusal:
            raise StepError(refusal.message, FailureClass.BAD_INPUT) from None
        async with self._children.file() as given, self._children.file() as made:
            job = (str(given), str(made), source.name, source.media_type, params.languages, self._limits)
            content = self._documents.open(context, source)
            summary = await self._children.call(_JOB, *job, given={given: content})
            name = f"{source.name}.json"
            document = await self._documents.write_file(context, made, name, MEDIA_TYPE, inputs=[source])
        parsed = ParseResult(document=document, source=source, **summary)
        _log(parsed, context)
        return parsed


def _log(parsed: ParseResult, context: StepContext) -> None:
    source, pages = parsed.source, "1 page" if parsed.pages == 1 else f"{parsed.pages} pages"
    told: dict[str, Any] = {"media_type": source.media_type, "bytes": source.size, "language": parsed.language}
    context.log(f"Read {source.name}: {pages}.", pages=parsed.pages, **told)
    for warning in parsed.warnings:
        context.log(warning, level="warning")
