"""`document.render`: Markdown, HTML or a template with data to a PDF or HTML document."""

from pathlib import PurePath
from typing import Any, ClassVar, Final, Literal, Self

from pydantic import BaseModel, Field, model_validator

from docchain.engine.kinds import Effect, Params, Result, StepContext, StepKind
from docchain.features.documents.children import Children
from docchain.features.documents.domain import clean_name
from docchain.features.documents.schemas import DocumentRef, references_in
from docchain.features.documents.store import StepDocuments

_JOB: Final = "docchain.features.documents.rendering.render:render_file"
_SOURCES: Final = ("template", "markdown", "html")
_MEDIA_TYPES: Final = {"pdf": "application/pdf", "html": "text/html"}


class RenderParams(Params):
    template: str | None = Field(None, description="A Markdown template (Jinja); its names stand for `data`.")
    markdown: str | None = Field(None, description="Markdown, instead of a template.")
    html: str | None = Field(None, description="HTML, instead of a template.")
    data: dict[str, Any] = Field(default_factory=dict, description="What the template's names stand for.")
    to: Literal["pdf", "html"] = "pdf"
    name: str = Field("document", max_length=500, description="File name; its ending follows from `to`.")
    title: str = Field("", max_length=500, description="In the head of each page.")
    language: str = Field("en", max_length=20, description="Two letters; hyphenation and page numbers follow it.")

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if sum(getattr(self, name) is not None for name in _SOURCES) != 1:
            raise ValueError("give exactly one of template, markdown and html")
        return self

    @property
    def source(self) -> str:
        return next(name for name in _SOURCES if getattr(self, name) is not None)


class RenderResult(Result):
    document: DocumentRef = Field(description="The document that was made.")


class RenderDocument(StepKind):
    """Makes a PDF or HTML document of Markdown, HTML or a template with data.

    Args:
        documents: where documents are read and written.
        children: where the renderer runs.
    """

    name = "document.render"
    title = "Render a document"
    effect = Effect.PURE
    params: ClassVar[type[Params]] = RenderParams
    result: ClassVar[type[BaseModel]] = RenderResult

    def __init__(self, documents: StepDocuments, children: Children) -> None:
        self._documents = documents
        self._children = children

    async def run(self, params: RenderParams, context: StepContext) -> RenderResult:
        source = params.source
        job = (getattr(params, source), params.data, source, params.to, params.title, params.language)
        name = f"{_stem(params.name)}.{params.to}"
        inputs = list(references_in(params.data)) or list(references_in(dict(context.inputs)))
        async with self._children.file() as made:
            await self._children.call(_JOB, str(made), *job)
            document = await self._documents.write_file(context, made, name, _MEDIA_TYPES[params.to], inputs=inputs)
        return RenderResult(document=document)


def _stem(name: str) -> str:
    clean = clean_name(name)
    return PurePath(clean).stem if PurePath(clean).suffix in (".pdf", ".html", ".md") else clean
