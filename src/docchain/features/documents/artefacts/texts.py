"""The text of contents, with page boxes: read once, kept, and shared by everyone who wants it."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any, Final
from uuid import UUID

import msgspec

from docchain.engine.failures import FailureClass
from docchain.engine.kinds import StepError
from docchain.features.documents.artefacts.page_by_page import Opened, Parse
from docchain.features.documents.artefacts.shelf import ArtefactShelf, Source
from docchain.features.documents.children import Children, NoRoom
from docchain.features.documents.contents import Contents
from docchain.features.documents.parsing.limits import ParseLimits
from docchain.features.documents.parsing.model import MEDIA_TYPE, Page, ParsedDocument, decode
from docchain.features.documents.parsing.options import Budget, Options
from docchain.features.documents.parsing.parts import page_in
from docchain.platform.blobs import Stored
from docchain.platform.spool import pour

TEXT: Final = "text"
_TRIES: Final = 2
"""Of what takes too much time or memory: the machine may have been busy once."""
_TOO_MUCH: Final = frozenset({FailureClass.TIMEOUT, FailureClass.RESOURCE})


@dataclass(frozen=True, slots=True)
class ParsedText:
    """What is known of a content's text at once, and where its pages, words and boxes are.

    `read` counts pages by how they were read (`text`, `ocr`, `mixed`, `grid`, `unread`); `problems` are by page.
    """

    stored: Stored
    pages: int
    language: str | None
    title: str | None
    text: str
    attachments: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    read: Mapping[str, int] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)


class ParsedTexts:
    """Reads contents.

    Args:
        contents: where they are.
        children: where the parsers run.
        shelf: where texts are kept; without it, nothing is.
        limits: fields of `ParseLimits` that differ from its defaults.
        budget: seconds of work after which what was read is safe, and seconds one page may take.
    """

    def __init__(
        self,
        contents: Contents,
        children: Children,
        shelf: ArtefactShelf | None = None,
        limits: Mapping[str, int] | None = None,
        budget: Budget | None = None,
    ) -> None:
        self.limits = ParseLimits(**(limits or {}))
        self._contents = contents
        self._children = children
        self._shelf = shelf
        self._budget = budget or Budget()
        self._turns: defaultdict[tuple[UUID, str, str], asyncio.Lock] = defaultdict(asyncio.Lock)

    async def of(self, source: Source, options: Options | None = None, content: Opened | None = None) -> ParsedText:
        """The text of a content, read now if it never was.

        Args:
            source: which one.
            options: what to read and how.
            content: opens it, if it is not stored yet.

        Raises:
            StepError: it cannot be read, or not now.
        """
        wanted = self._within_limits(options)
        key = key_of(source, wanted)
        who = (source.workspace_id, source.sha256, key)
        turn = self._turns[who]
        try:
            async with turn:
                return await self._known(source, key) or await self._read_or_refuse(source, wanted, content)
        finally:
            if not turn.locked():
                self._turns.pop(who, None)

    async def known(self, source: Source, options: Options | None = None) -> ParsedText | None:
        """The text, if it was read before."""
        return await self._known(source, key_of(source, self._within_limits(options)))

    def open(self, source: Source, text: ParsedText) -> AsyncIterator[bytes]:
        """The encoded `ParsedDocument`."""
        return self._contents.open(source.workspace_id, text.stored.sha256)

    async def document(self, source: Source, text: ParsedText) -> ParsedDocument:
        """All pages with words and boxes."""
        return await asyncio.to_thread(decode, await self._contents.get(source.workspace_id, text.stored.sha256))

    async def page(self, source: Source, text: ParsedText, number: int) -> Page | None:
        """One page with words and boxes."""
        encoded = await self._contents.get(source.workspace_id, text.stored.sha256)
        return await asyncio.to_thread(page_in, encoded, number)

    async def _known(self, source: Source, key: str) -> ParsedText | None:
        found = await self._shelf.find(source, TEXT, key) if self._shelf else None
        return None if found is None or found.stored is None else _text(found.stored, found.details, source.name)

    async def _read_or_refuse(self, source: Source, options: Options, content: Opened | None) -> ParsedText:
        """What took too much twice is not tried again, unless it may take something else by now."""
        key = f"{key_of(source, options)}!{self._children.bounds}"
        refused = await self._shelf.find(source, TEXT, key) if self._shelf else None
        if refused is not None:
            told = refused.details
            failure = FailureClass(told["failure"])
            raise StepError(f"{source.name} cannot be read: {told['reason']}", failure, hint=told["hint"])
        for left in reversed(range(_TRIES)):
            try:
                return await self._read(source, options, content)
            except StepError as error:
                if error.failure not in _TOO_MUCH or isinstance(error, NoRoom) or self._children.closed:
                    raise
                if not left:
                    if self._shelf is not None:
                        told = {"failure": error.failure.value, "hint": error.hint}
                        await self._shelf.refuse(source, TEXT, key, str(error), **told)
                    raise
        raise AssertionError

    async def _read(self, source: Source, options: Options, content: Opened | None) -> ParsedText:
        opened = content or (lambda: self._contents.open(source.workspace_id, source.sha256))
        key = key_of(source, options)
        parse = Parse(self._children, self._shelf, source, options, self._budget, key)
        async with parse.run(opened) as (made, summary):
            stored = await self._contents.put_stream(source.workspace_id, pour(made))
        details = summary | {"name": source.name}
        if self._shelf is not None:
            await self._shelf.keep(source, TEXT, key, stored=stored, media_type=MEDIA_TYPE, details=details)
            await parse.forget()
        return _text(stored, details, source.name)

    def _within_limits(self, options: Options | None) -> Options:
        return msgspec.structs.replace(options or Options(), limits=self.limits)


def key_of(source: Source, options: Options) -> str:
    """What a content is read as follows from its name's ending, too."""
    return f"{options.key}{PurePath(source.name).suffix.lower()}"


def _text(stored: Stored, details: Mapping[str, Any], name: str) -> ParsedText:
    """Another document with the same content has warnings about itself."""
    told = {key: value for key, value in details.items() if key != "name"}
    first = f"{details['name']}:"
    told["warnings"] = tuple(
        f"{name}:{text.removeprefix(first)}" if text.startswith(first) else text for text in details["warnings"]
    )
    told["attachments"] = tuple(details["attachments"])
    return ParsedText(stored, **told)
