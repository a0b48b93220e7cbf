"""From what somebody says to a lesson; its one rule: the paper is read in a child, and no transaction is open."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import msgspec

from docchain.engine.kinds import StepError
from docchain.features.ai.errors import DocumentUnreadable
from docchain.features.ai.extraction.papers import encoded
from docchain.features.ai.reading import Readings
from docchain.features.documents import Children, DocumentRef
from docchain.features.extraction import Lesson

_LESSON: Final = "docchain.features.extraction.correcting:lesson_of_file"
_ENDS: Final = (8, 4)


@dataclass(frozen=True, slots=True)
class Teacher:
    """Holds what people say against papers.

    Args:
        readings: what documents say.
        children: where papers are read.
    """

    readings: Readings
    children: Children

    async def lesson(
        self, workspace: UUID, document: DocumentRef, schema: str | Mapping[str, Any], values: Mapping[str, Any]
    ) -> Lesson:
        """What a paper teaches.

        Raises:
            DocumentUnreadable: it cannot be read, or not now.
        """
        paper = await self.readings.parsed(workspace, document)
        try:
            async with self.children.file() as path:
                given = {path: _chunks(encoded(paper, _ENDS).encode())}
                told = await self.children.call(_LESSON, str(path), schema, dict(values), given=given)
        except StepError as error:
            raise DocumentUnreadable(f"{document.name} cannot be read: {error}", hint=error.hint) from None
        return msgspec.json.decode(told, type=Lesson)


async def _chunks(content: bytes) -> AsyncIterator[bytes]:
    yield content
