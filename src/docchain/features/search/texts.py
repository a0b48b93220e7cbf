"""The text of documents: taken from what was parsed already, else parsed in a child process; bounded in any case."""

from typing import Final
from uuid import UUID

from docchain.engine.failures import FailureClass
from docchain.engine.kinds import StepError
from docchain.features.documents import Children, Contents, ParsedTexts, Source, is_hopeless
from docchain.features.search.sources import Content
from docchain.features.search.text_job import text_in
from docchain.platform.blobs import BlobLost, BlobMissing

_TEXT: Final = "docchain.features.search.text_job:text_of"
_SMALL: Final = 256 * 1024
"""The largest parsed form that is looked through here, in bytes."""
_HEAD: Final = 4_096
_LATER: Final = frozenset({FailureClass.UNAVAILABLE, FailureClass.TIMEOUT, FailureClass.RATE_LIMITED})


class Unread(Exception):
    """There is no text to be had. `later`: another try may succeed."""

    def __init__(self, message: str, *, later: bool = False) -> None:
        super().__init__(message)
        self.later = later


class Texts:
    """Reads texts.

    Args:
        contents: where bytes are.
        parsed: what was parsed before, by anyone, or is now.
        children: where what is large is looked through.
        most: characters of a text that are indexed.
    """

    def __init__(self, contents: Contents, parsed: ParsedTexts, children: Children, most: int) -> None:
        self._contents = contents
        self._parsed = parsed
        self._children = children
        self._most = most

    async def read(self, workspace_id: UUID, content: Content) -> str:
        """Raises `Unread`."""
        try:
            if content.parsed is not None:
                return await self._kept(workspace_id, content.parsed)
            if content.size > _SMALL:
                await self._consider(workspace_id, content)
            source = Source(workspace_id, content.sha256, content.name, content.media_type)
            return await self._kept(workspace_id, (await self._parsed.of(source)).stored.sha256)
        except BlobMissing:
            raise Unread("Its content is not stored in this workspace.") from None
        except BlobLost as lost:
            raise Unread(lost.detail, later=True) from None
        except StepError as error:
            raise Unread(str(error), later=error.failure in _LATER) from None

    async def _consider(self, workspace_id: UUID, content: Content) -> None:
        """No child copies a disk image only to find that it is none of what it reads."""
        if content.size > self._parsed.limits.bytes:
            raise Unread(f"{content.name} is too large to be read.")
        head = b"".join([chunk async for chunk in self._contents.open(workspace_id, content.sha256, 0, _HEAD)])
        if is_hopeless(head):
            raise Unread(f"{content.name} is of no kind that is read here.")

    async def _kept(self, workspace_id: UUID, parsed: str) -> str:
        begins = b"".join([chunk async for chunk in self._contents.open(workspace_id, parsed, 0, _SMALL + 1)])
        if len(begins) <= _SMALL:
            return text_in(begins, self._most)
        async with self._children.file() as given:
            whole = self._contents.open(workspace_id, parsed)
            text: str = await self._children.call(_TEXT, str(given), self._most, given={given: whole})
            return text
