"""The text of documents: taken from what was parsed already, else parsed in a child process; bounded in any case."""

import asyncio
from collections.abc import Mapping
from typing import Final
from uuid import UUID

import msgspec

from docchain.engine.failures import FailureClass
from docchain.engine.kinds import StepError
from docchain.features.documents import Children, Contents
from docchain.features.search.sources import Content
from docchain.platform.blobs import BlobMissing

_PARSE: Final = "docchain.features.documents.parse_job:run"
_LANGUAGES: Final = ("es", "en")
_LATER: Final = frozenset({FailureClass.UNAVAILABLE, FailureClass.TIMEOUT, FailureClass.RATE_LIMITED})


class Unread(Exception):
    """There is no text to be had. `later`: another try may succeed."""

    def __init__(self, message: str, *, later: bool = False) -> None:
        super().__init__(message)
        self.later = later


class _Text(msgspec.Struct):
    """All that search wants of a parsed document."""

    text: str = ""


class Texts:
    """Reads texts.

    Args:
        contents: where bytes are.
        children: where the parsers run.
        limits: what a parser may use.
        most: characters of a text that are indexed.
    """

    def __init__(self, contents: Contents, children: Children, limits: Mapping[str, int], most: int) -> None:
        self._contents = contents
        self._children = children
        self._limits = dict(limits)
        self._most = most

    async def read(self, workspace_id: UUID, content: Content) -> str:
        """Raises `Unread`."""
        try:
            if content.parsed is not None:
                return await self._of(await self._contents.get(workspace_id, content.parsed))
            return await self._parsed(workspace_id, content)
        except BlobMissing:
            raise Unread("Its content is not stored in this workspace.") from None
        except StepError as error:
            raise Unread(str(error), later=error.failure in _LATER) from None

    async def _parsed(self, workspace_id: UUID, content: Content) -> str:
        async with self._children.file() as given, self._children.file() as made:
            job = (str(given), str(made), content.name, content.media_type, _LANGUAGES, self._limits)
            source = self._contents.open(workspace_id, content.sha256)
            await self._children.call(_PARSE, *job, given={given: source})
            return await self._of(await asyncio.to_thread(made.read_bytes))

    async def _of(self, encoded: bytes) -> str:
        found = await asyncio.to_thread(msgspec.json.decode, encoded, type=_Text)
        return found.text[: self._most]
