"""Page work in child processes, on copies in files; its one rule: time, memory and number of documents are bounded."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from docchain.engine.failures import FailureClass
from docchain.engine.kinds import StepError
from docchain.features.documents.children import Children
from docchain.features.documents.contents import Contents
from docchain.features.documents.page_work.ranges import pages_of, written
from docchain.features.documents.page_work.schemas import HowToSplit, PagesProposal, ProposedPart
from docchain.features.documents.schemas import DocumentRef

PDF: Final = "application/pdf"
HOW: Final = (
    "Give ranges such as 1-2 and 3-, every so many pages (`every`), or split by `blank` pages, `barcode` separators "
    "or `layout`."
)
_PARTING: Final = {"blank": "blank page", "barcode": "page with such a code"}
_JOB: Final = "docchain.features.documents.page_work.job"


class PageWork:
    """Splits, merges and edits PDFs.

    Args:
        contents: where bytes are.
        children: where the work is done.
        most_pages: of one document.
        most_documents: that one split makes, or one merge takes.
    """

    def __init__(self, contents: Contents, children: Children, most_pages: int, most_documents: int) -> None:
        self._contents = contents
        self._children = children
        self._most_pages = most_pages
        self._most_documents = most_documents

    @asynccontextmanager
    async def edited(
        self, workspace_id: UUID, document: DocumentRef, operations: Sequence[Mapping[str, Any]]
    ) -> AsyncIterator[tuple[Path, list[int]]]:
        """The changed document as a file, and where each of its pages was before."""
        _check(document)
        async with self._children.file() as given, self._children.file() as made:
            job = (str(given), str(made), document.name, list(operations), self._most_pages)
            yield made, await self._children.call(f"{_JOB}:edit", *job, given=self._copy(workspace_id, given, document))

    @asynccontextmanager
    async def parts(
        self, workspace_id: UUID, document: DocumentRef, how: HowToSplit, *, several: bool = False
    ) -> AsyncIterator[list[tuple[Path, str]]]:
        """Files of the parts, with the pages that each has; `several`: a part that is the whole is refused."""
        _check(document)
        async with AsyncExitStack() as stack:
            given = await stack.enter_async_context(self._children.file())
            ranges = await self._ranges(workspace_id, given, document, how, several=several)
            self.check_number(len(ranges))
            made = [await stack.enter_async_context(self._children.file()) for _ in ranges]
            job = (str(given), [str(path) for path in made], document.name, ranges, self._most_pages)
            await self._children.call(f"{_JOB}:split", *job)
            yield list(zip(made, ranges, strict=True))

    @asynccontextmanager
    async def merged(self, workspace_id: UUID, documents: Sequence[DocumentRef]) -> AsyncIterator[tuple[Path, int]]:
        """All documents in one file, and its number of pages."""
        self.check_number(len(documents))
        for document in documents:
            _check(document)
        async with AsyncExitStack() as stack:
            given = [await stack.enter_async_context(self._children.file()) for _ in documents]
            made = await stack.enter_async_context(self._children.file())
            filled: dict[Path, Any] = {}
            for path, document in zip(given, documents, strict=True):
                filled |= self._copy(workspace_id, path, document)
            job = ([str(path) for path in given], str(made), [document.name for document in documents])
            yield made, await self._children.call(f"{_JOB}:merge", *job, self._most_pages, given=filled)

    async def proposal(self, workspace_id: UUID, document: DocumentRef, how: HowToSplit) -> PagesProposal:
        """Where the document could be split."""
        _check(document)
        async with self._children.file() as given:
            filled = self._copy(workspace_id, given, document)
            pages, parts, ranges, blank = await self._children.call(*self._survey(given, document, how), given=filled)
        told = [ProposedPart.model_validate(part) for part in parts]
        return PagesProposal(version_id=document.version_id, pages=pages, parts=told, ranges=ranges, blank=blank)

    def check_number(self, documents: int) -> None:
        if documents > self._most_documents:
            raise StepError(
                f"{documents:,} documents are more than the {self._most_documents:,} that one order may have.",
                FailureClass.BAD_INPUT,
                hint="Do it in several, or raise DOCCHAIN_PAGE_WORK_DOCUMENTS.",
            )

    async def _ranges(
        self, workspace_id: UUID, given: Path, document: DocumentRef, how: HowToSplit, *, several: bool
    ) -> list[str]:
        """As they were given, or as they are found; fills the file."""
        filled = self._copy(workspace_id, given, document)
        if how.by == "every" or how.every is not None:
            count = await self._count(given, document, [], filled)
            return _runs_of(count, _every(document, how, count, several=several))
        if how.by == "ranges":
            if not how.ranges:
                raise StepError(f"Nothing says where to split {document.name}.", FailureClass.BAD_INPUT, hint=HOW)
            self.check_number(len(how.ranges))
            count = await self._count(given, document, how.ranges, filled)
            return [_closed(part, count) for part in how.ranges]
        found = await self._children.call(*self._survey(given, document, how), given=filled)
        ranges: list[str] = found[2]
        if not ranges:
            raise StepError(f"{document.name} has separators and blank pages only.", FailureClass.BAD_INPUT)
        if several and how.by in _PARTING and ranges == [_closed("-", found[0])]:
            told = f"{document.name} has no {_PARTING[how.by]} that would part it."
            raise StepError(told, FailureClass.BAD_INPUT, hint=f"Look at the proposal by layout. {HOW}")
        return ranges

    async def _count(
        self, given: Path, document: DocumentRef, ranges: Sequence[str], filled: Mapping[Path, Any]
    ) -> int:
        """The pages of the document; all ranges are within them. Fills the file."""
        job = (str(given), document.name, list(ranges), self._most_pages)
        count: int = await self._children.call(f"{_JOB}:check", *job, given=filled)
        return count

    def _survey(self, given: Path, document: DocumentRef, how: HowToSplit) -> tuple[Any, ...]:
        by = how.by if how.by in _PARTING else "layout"
        asked = (by, how.separator, how.keep_separator)
        return f"{_JOB}:survey", str(given), document.name, asked, self._most_pages

    def _copy(self, workspace_id: UUID, path: Path, document: DocumentRef) -> dict[Path, AsyncIterator[bytes]]:
        return {path: self._contents.open(workspace_id, document.sha256)}


def _every(document: DocumentRef, how: HowToSplit, count: int, *, several: bool) -> int:
    """The pages of each part."""
    if how.every is None:
        raise StepError("Nothing says how many pages each part has.", FailureClass.BAD_INPUT, hint=HOW)
    if how.by not in {"every", "ranges"} or how.ranges:
        told = "A split is either by every so many pages or by something else, not both."
        raise StepError(told, FailureClass.BAD_INPUT, hint=HOW)
    if several and how.every >= count:
        told = f"{document.name} has {count} pages; parts of {how.every} make one document of it, as it is."
        raise StepError(told, FailureClass.BAD_INPUT, hint="Give a smaller number for `every`.")
    return how.every


def _runs_of(count: int, every: int) -> list[str]:
    starts = range(1, count + 1, every)
    return [written(range(start, min(start + every, count + 1))) for start in starts]


def _closed(part: str, count: int) -> str:
    return written(pages_of(part, count))


def _check(document: DocumentRef) -> None:
    if document.media_type != PDF:
        raise StepError(
            f"{document.name} is no PDF ({document.media_type}).",
            FailureClass.BAD_INPUT,
            hint="Make a PDF of it first; page work is done on PDFs.",
        )
