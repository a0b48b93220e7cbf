"""The text of documents: taken from what was parsed already, else parsed in a child process; bounded in any case."""

from collections.abc import AsyncIterable, Mapping
from pathlib import Path
from typing import Final
from uuid import UUID

from docchain.engine.failures import FailureClass
from docchain.engine.kinds import StepError
from docchain.features.documents import Children, Contents
from docchain.features.search.sources import Content
from docchain.features.search.text_job import text_in
from docchain.platform.blobs import BlobMissing

_PARSE: Final = "docchain.features.documents.parse_job:run"
_TEXT: Final = "docchain.features.search.text_job:text_of"
_SMALL: Final = 256 * 1024
"""The largest parsed form that is looked through here, in bytes."""
_LANGUAGES: Final = ("es", "en")
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
        parsers: where the parsers run.
        children: where what they made is looked through.
        limits: what a parser may use.
        most: characters of a text that are indexed.
    """

    def __init__(
        self, contents: Contents, parsers: Children, children: Children, limits: Mapping[str, int], most: int
    ) -> None:
        self._contents = contents
        self._parsers = parsers
        self._children = children
        self._limits = dict(limits)
        self._most = most

    async def read(self, workspace_id: UUID, content: Content) -> str:
        """Raises `Unread`."""
        try:
            if content.parsed is not None:
                return await self._kept(workspace_id, content.parsed)
            return await self._parsed(workspace_id, content)
        except BlobMissing:
            raise Unread("Its content is not stored in this workspace.") from None
        except StepError as error:
            raise Unread(str(error), later=error.failure in _LATER) from None

    async def _kept(self, workspace_id: UUID, parsed: str) -> str:
        begins = b"".join([chunk async for chunk in self._contents.open(workspace_id, parsed, 0, _SMALL + 1)])
        if len(begins) <= _SMALL:
            return text_in(begins, self._most)
        async with self._children.file() as given:
            return await self._of(given, {given: self._contents.open(workspace_id, parsed)})

    async def _parsed(self, workspace_id: UUID, content: Content) -> str:
        async with self._parsers.file() as given, self._parsers.file() as made:
            job = (str(given), str(made), content.name, content.media_type, _LANGUAGES, self._limits)
            source = self._contents.open(workspace_id, content.sha256)
            await self._parsers.call(_PARSE, *job, given={given: source})
            return await self._of(made)

    async def _of(self, path: Path, given: Mapping[Path, AsyncIterable[bytes]] | None = None) -> str:
        text: str = await self._children.call(_TEXT, str(path), self._most, given=given)
        return text
