"""The step `data.export`; its one rule: rows that the run has become a document, and none of them a formula."""

import asyncio
from pathlib import PurePath
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, Field

from docchain.engine.kinds import Effect, Params, Result, StepContext, StepKind
from docchain.features.documents.children import Children
from docchain.features.documents.data_out.flattening import rows_of, values_in
from docchain.features.documents.data_out.gathering import Gathered
from docchain.features.documents.data_out.writing import MEDIA_TYPES
from docchain.features.documents.domain import clean_name
from docchain.features.documents.schemas import DocumentRef, references_in
from docchain.features.documents.store import StepDocuments


class ExportParams(Params):
    rows: list[dict[str, Any]] = Field(
        max_length=10_000, description="Objects, such as the `value` of extractions; amounts with their currency."
    )
    format: Literal["csv", "json", "xlsx"] = "xlsx"
    locale: Literal["raw", "en", "es"] = Field("raw", description="`es`: 1.234,56, dd/mm/yyyy and semicolons.")
    lines: Literal["none", "rows"] = Field("none", description="`rows`: a row for each line item.")
    columns: list[str] = Field([], max_length=500, description="Only these, in this order.")
    name: str = Field("data", max_length=200, description="File name; its ending follows from `format`.")


class ExportResult(Result):
    document: DocumentRef = Field(description="The file.")
    rows: int
    columns: list[str]


class ExportData(StepKind):
    """Writes rows as an XLSX, CSV or JSON document, with numbers and dates as the locale has them.

    Args:
        documents: where documents are written.
        children: whose spool holds the file meanwhile.
    """

    name: ClassVar[str] = "data.export"
    title: ClassVar[str] = "Export data"
    effect: ClassVar[Effect] = Effect.PURE
    params: ClassVar[type[Params]] = ExportParams
    result: ClassVar[type[BaseModel]] = ExportResult

    def __init__(self, documents: StepDocuments, children: Children) -> None:
        self._documents = documents
        self._children = children

    async def run(self, params: ExportParams, context: StepContext) -> ExportResult:
        inputs = list(references_in(params.rows)) or list(references_in(dict(context.inputs)))
        async with self._children.file() as kept, self._children.file() as made:
            gathered = Gathered(kept, params.columns)
            rows = (row for value in params.rows for row in rows_of({}, values_in(value), params.lines))
            await asyncio.to_thread(gathered.add, rows)
            count = await asyncio.to_thread(gathered.write, made, params.format, params.locale)
            name = f"{PurePath(clean_name(params.name)).stem}.{params.format}"
            document = await self._documents.write_file(context, made, name, MEDIA_TYPES[params.format], inputs=inputs)
        return ExportResult(document=document, rows=count, columns=gathered.columns)
