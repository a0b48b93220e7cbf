"""Compares versions, in children: texts as they were parsed, pictures as previews draw them and kept like these."""

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final, Literal

from docchain.engine.kinds import StepError
from docchain.features.documents.artefacts.shelf import Artefact, Source
from docchain.features.documents.artefacts.texts import ParsedTexts
from docchain.features.documents.children import Children
from docchain.features.documents.comparing.schemas import FieldChange, PageDiff, TextDiff, VersionDiff
from docchain.features.documents.contents import Contents
from docchain.features.documents.previews.errors import PageNotFound
from docchain.features.documents.previews.house import Previews
from docchain.features.documents.previews.wanted import Sheet
from docchain.features.documents.schemas import DocumentVersion
from docchain.platform.errors import Invalid
from docchain.platform.spool import fill

WIDTH: Final = 800
_MOST_LINES: Final = 2_000
_TEXT: Final = "docchain.features.documents.comparing.text_job:compare"
_PICTURES: Final = "docchain.features.documents.comparing.picture_job:compare"


class NotComparable(Invalid):
    code = "not_comparable"
    title = "A version cannot be read, so it cannot be compared"


class OnlyOneHasIt(PageNotFound):
    """A page that one of two versions does not have; `missing` says which."""

    def __init__(self, number: int, missing: Literal["old", "new"]) -> None:
        super().__init__(f"Only one of the versions has a page {number}.")
        self.missing = missing


class Comparison:
    """Compares two versions.

    Args:
        texts: what they say.
        previews: how they look.
        contents: where both are.
        children: where they are compared.
    """

    def __init__(self, texts: ParsedTexts, previews: Previews, contents: Contents, children: Children) -> None:
        self._texts = texts
        self._previews = previews
        self._contents = contents
        self._children = children

    async def texts(
        self, old: tuple[DocumentVersion, Source], new: tuple[DocumentVersion, Source], fields: list[FieldChange]
    ) -> VersionDiff:
        """Texts and values.

        Raises:
            NotComparable: one of the versions cannot be read.
        """
        try:
            async with AsyncExitStack() as stack:
                files = [await self._parsed(stack, source) for _, source in (old, new)]
                found = await self._children.call(_TEXT, *map(str, files), _MOST_LINES)
        except StepError as error:
            raise NotComparable(str(error), hint=error.hint) from None
        return VersionDiff(
            old=old[0].number,
            new=new[0].number,
            same_content=old[0].sha256 == new[0].sha256,
            old_pages=found["old_pages"],
            new_pages=found["new_pages"],
            text=TextDiff.model_validate(found["text"]),
            fields=fields,
        )

    async def page(self, old: Source, new: Source, number: int) -> PageDiff:
        """How alike a page looks; one that only one version has is missing in the other.

        Raises:
            PageNotFound: neither has it.
        """
        try:
            found = await self._difference(old, new, number)
        except OnlyOneHasIt as one:
            return PageDiff(page=number, similarity=0.0, changed=[(0.0, 0.0, 1.0, 1.0)], missing=one.missing)
        return PageDiff.model_validate({"page": number, **found.details})

    async def marked(self, old: Source, new: Source, number: int) -> bytes:
        """The new page as PNG, with what differs framed.

        Raises:
            PageNotFound: one of the versions does not have it.
        """
        found = await self._difference(old, new, number)
        return await self._contents.get(new.workspace_id, str(found.sha256))

    async def _difference(self, old: Source, new: Source, number: int) -> Artefact:
        """Made once for the two contents."""
        sheet = Sheet(number, WIDTH, "png")
        return await self._previews.difference(old, new, sheet, lambda made: self._compared(old, new, sheet, made))

    async def _compared(self, old: Source, new: Source, sheet: Sheet, made: Path) -> tuple[str, dict[str, Any]]:
        async with AsyncExitStack() as stack:
            pictures = [await self._picture(stack, source, sheet) for source in (old, new)]
            if pictures == [None, None]:
                raise PageNotFound(f"Neither version has a page {sheet.number}.")
            if None in pictures:
                raise OnlyOneHasIt(sheet.number, "old" if pictures[0] is None else "new")
            try:
                told: dict[str, Any] = await self._children.call(_PICTURES, *map(str, pictures), str(made))
            except StepError as error:
                raise NotComparable(str(error), hint=error.hint) from None
        return "image/png", told

    async def _parsed(self, stack: AsyncExitStack, source: Source) -> Path:
        text = await self._texts.of(source)
        return await self._file(stack, source, text.stored.sha256)

    async def _picture(self, stack: AsyncExitStack, source: Source, sheet: Sheet) -> Path | None:
        try:
            picture = await self._previews.page(source, sheet)
        except PageNotFound:
            return None
        return await self._file(stack, source, str(picture.sha256))

    async def _file(self, stack: AsyncExitStack, source: Source, sha256: str) -> Path:
        path = await stack.enter_async_context(self._children.file())
        await fill(path, self._contents.open(source.workspace_id, sha256))
        return path
