"""Pictures and searchable copies of contents: made once, by whoever asks first, and kept beside the content."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from pathlib import Path, PurePath
from typing import Any, Final, TypeVar
from uuid import UUID

import structlog

from docchain.engine.failures import FailureClass
from docchain.engine.kinds import StepError
from docchain.features.documents.artefacts.shelf import Artefact, ArtefactShelf, Source
from docchain.features.documents.artefacts.texts import ParsedText, ParsedTexts
from docchain.features.documents.children import Children, NoRoom
from docchain.features.documents.contents import Contents
from docchain.features.documents.previews.errors import NotYet, PageNotFound, PreviewDelayed, PreviewImpossible
from docchain.features.documents.previews.wanted import Sheet, Wanted
from docchain.platform.processes import ChildFailed
from docchain.platform.spool import fill, pour

log = structlog.get_logger(__name__)
MAKER: Final = 1
"""Goes up when pictures are made differently."""
THUMBNAIL: Final = "thumbnail"
PAGE: Final = "page"
PAPER: Final = "paper"
SEARCHABLE: Final = "searchable copy"
DIFFERENCE: Final = "page difference"
EVICTABLE: Final = (THUMBNAIL, PAGE, PAPER, SEARCHABLE, DIFFERENCE)
_PDF: Final = "application/pdf"
_TALLEST: Final = 4
"""Times its width that a page's picture may be high."""
_JOBS: Final = "docchain.features.documents.previews"
_NOT_NOW: Final = frozenset({FailureClass.UNAVAILABLE, FailureClass.RATE_LIMITED})

T = TypeVar("T")
_Who = tuple[UUID, str, str, str]
Make = Callable[[Path], Awaitable[tuple[str, dict[str, Any]]]]
"""Fills a file; tells its media type and what else is known of it."""


class Previews:
    """Makes and finds them.

    Args:
        contents: where documents are.
        children: where pictures are drawn.
        shelf: where they are kept.
        texts: what is set on paper, and laid over scans.
        pixels: the largest picture that is made.
    """

    def __init__(
        self, contents: Contents, children: Children, shelf: ArtefactShelf, texts: ParsedTexts, pixels: int
    ) -> None:
        self.texts = texts
        self.shelf = shelf
        self._contents = contents
        self._children = children
        self._pixels = pixels
        self._making: dict[_Who, asyncio.Task[Any]] = {}

    async def thumbnail(self, source: Source, size: int = 256, patience: float | None = None) -> Artefact:
        """The first page, in a square box.

        Raises:
            PreviewImpossible: it cannot be shown.
            PreviewDelayed: not now.
            NotYet: it takes more than `patience` seconds; it is made all the same.
        """
        wanted = Wanted(1, size, size, "webp", self._pixels)
        return await self._one(
            source, THUMBNAIL, f"{size}.webp", patience, lambda made: self._draw(source, wanted, made)
        )

    async def page(self, source: Source, sheet: Sheet, patience: float | None = None) -> Artefact:
        """One page, as wide as wanted, to the next hundred; raises as thumbnails do, and `PageNotFound`."""
        wide = -(-sheet.width // 100) * 100
        wanted = Wanted(sheet.number, wide, wide * _TALLEST, sheet.form, self._pixels)
        return await self._one(
            source, PAGE, f"{sheet.number}-{wide}.{sheet.form}", patience, lambda made: self._draw(source, wanted, made)
        )

    async def searchable(self, source: Source, patience: float | None = None) -> Artefact:
        """A PDF whose scans have their words in them, upright; raises as the others do."""
        return await self._one(source, SEARCHABLE, "pdf", patience, lambda made: self._lay_over(source, made))

    async def difference(self, old: Source, new: Source, sheet: Sheet, make: Make) -> Artefact:
        """How a page differs from an older one's, kept with the new content; raises as the others do, and as `make`."""
        name = f"{sheet.number}-{sheet.width}-{old.sha256}{PurePath(old.name).suffix.lower()}.{sheet.form}"
        return await self._one(new, DIFFERENCE, name, None, make)

    async def close(self) -> None:
        for task in self._making.values():
            task.cancel()
        await asyncio.gather(*self._making.values(), return_exceptions=True)

    async def text(self, source: Source, patience: float | None = None) -> ParsedText:
        """How the pages were read; raises as the others do."""
        found = await self.texts.known(source)
        if found is None:
            who = (source.workspace_id, source.sha256, "text", source.name)
            try:
                found = await self._within(who, patience, lambda: self.texts.of(source))
            except StepError as error:
                raise _refusal(error) from None
        return found

    async def _one(self, source: Source, kind: str, name: str, patience: float | None, make: Make) -> Artefact:
        """What is kept, or is being made; who stops waiting does not stop the others."""
        key = f"{MAKER}-{name}{PurePath(source.name).suffix.lower()}"
        found = await self.shelf.find(source, kind, key)
        if found is None:
            who = (source.workspace_id, source.sha256, kind, key)
            found = await self._within(who, patience, lambda: self._make(source, kind, key, make))
        if found.sha256 is None:
            raise PreviewImpossible(f"{found.details['reason'].rstrip('.')}.")
        return found

    async def _within(self, who: _Who, patience: float | None, making: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """One task for all who ask."""
        task = self._making.get(who)
        if task is None:
            task = self._making[who] = asyncio.create_task(making())
            task.add_done_callback(lambda done: self._made(who, done))
        done, _ = await asyncio.wait({task}, timeout=patience)
        if not done:
            raise NotYet
        result: T = task.result()
        return result

    def _made(self, who: _Who, done: asyncio.Task[Any]) -> None:
        """Whoever asks again is told what went wrong."""
        self._making.pop(who, None)
        if not done.cancelled():
            done.exception()

    async def _make(self, source: Source, kind: str, key: str, make: Make) -> Artefact:
        try:
            async with self._children.file() as made:
                media_type, details = await make(made)
                stored = await self.shelf.store(source, pour(made))
            await self.shelf.keep(source, kind, key, stored=stored, media_type=media_type, details=details)
        except StepError as error:
            refusal = _refusal(error)
            if isinstance(refusal, PreviewDelayed):
                raise refusal from None
            await self.shelf.refuse(source, kind, key, f"{refusal.detail} {refusal.hint}".rstrip())
        except ChildFailed as error:  # a content that is lost says nothing about what it would show
            log.warning("preview_failed", sha256=source.sha256, kind=kind, error=str(error))
            await self.shelf.refuse(source, kind, key, f"{source.name} is damaged, or of a kind that cannot be shown")
        found = await self.shelf.find(source, kind, key)
        if found is None:
            raise PreviewDelayed(f"The {kind} was removed while it was made.", hint="Ask again.")
        return found

    async def _draw(self, source: Source, wanted: Wanted, made: Path) -> tuple[str, dict[str, Any]]:
        """Of the file itself, or of its text on paper."""
        told = await self._drawn(source, wanted, made, self._contents.open(source.workspace_id, source.sha256))
        if told.get("missing") == "paper":
            paper = await self._paper(source)
            on_paper = Source(source.workspace_id, paper.sha256 or "", f"{source.name}.pdf", _PDF)
            told = await self._drawn(on_paper, wanted, made, self.shelf.open(source, paper))
        if "missing" in told:
            raise PageNotFound(f"{source.name} has no page {wanted.page}, only {told['pages']}.")
        return f"image/{wanted.form}", told

    async def _drawn(self, source: Source, wanted: Wanted, made: Path, content: AsyncIterator[bytes]) -> dict[str, Any]:
        async with self._children.file() as given:
            job = (str(given), str(made), source.name, source.media_type, wanted, self.texts.limits)
            told: dict[str, Any] = await self._children.call(f"{_JOBS}.drawing:draw", *job, given={given: content})
            return told

    async def _paper(self, source: Source) -> Artefact:
        return await self._one(source, PAPER, "pdf", None, lambda made: self._set_on_paper(source, made))

    async def _set_on_paper(self, source: Source, made: Path) -> tuple[str, dict[str, Any]]:
        text = await self.texts.of(source)
        async with self._children.file() as parsed:
            job = (str(parsed), str(made), source.name)
            await self._children.call(
                f"{_JOBS}.paper:set_on_paper", *job, given={parsed: self.texts.open(source, text)}
            )
        return _PDF, {}

    async def _lay_over(self, source: Source, made: Path) -> tuple[str, dict[str, Any]]:
        text = await self.texts.of(source)
        if text.read.get("grid"):
            paper = await self._paper(source)
            await fill(made, self.shelf.open(source, paper))
            return _PDF, {"recognized": 0}
        async with self._children.file() as given, self._children.file() as parsed:
            job = (str(given), str(parsed), str(made), source.name, source.media_type, self.texts.limits)
            original = self._contents.open(source.workspace_id, source.sha256)
            files = {given: original, parsed: self.texts.open(source, text)}
            recognized = await self._children.call(f"{_JOBS}.searchable:make_searchable", *job, given=files)
        return _PDF, {"recognized": recognized}


def _refusal(error: StepError) -> PreviewDelayed | PreviewImpossible:
    if error.failure in _NOT_NOW or isinstance(error, NoRoom):
        return PreviewDelayed(str(error), hint="Ask again in a moment.")
    return PreviewImpossible(str(error), hint=error.hint)
