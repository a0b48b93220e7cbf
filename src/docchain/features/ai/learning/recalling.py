"""What steps are told of earlier corrections; its one rule: of this workspace and schema, few, the newest first."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final, TypeVar
from uuid import UUID

from docchain.features.ai.learning.repository import CorrectionRepository
from docchain.features.ai.learning.service import handle_of
from docchain.features.ai.learning.tables import AiCorrectionRow
from docchain.features.extraction import Fingerprint, likeness
from docchain.features.settings import WorkspaceSettings
from docchain.platform.database import Database
from docchain.platform.work import Actor, Work

T = TypeVar("T")
MOST: Final = 50
_WAYS: Final = ("value", "anchors", "before", "method", "line")


class Memory:
    """Corrections of a process's database.

    Args:
        database: where they are.
        chosen: where workspaces say whether examples go into prompts.
        shots: how many go into one at most.
    """

    def __init__(self, database: Database, chosen: WorkspaceSettings, shots: int) -> None:
        self._database, self._chosen, self._shots = database, chosen, shots

    async def knows(self, workspace: UUID, schema: str) -> bool:
        """Whether anything was ever corrected for this schema."""
        return await self._read(workspace, lambda work: CorrectionRepository(work.session).knows(schema))

    async def like(
        self, workspace: UUID, schema: str, fingerprint: Mapping[str, Any], buckets: Sequence[int]
    ) -> list[dict[str, Any]]:
        """Examples of papers that are laid out like this one, the newest first."""
        own = Fingerprint.of(fingerprint)

        def look(work: Work) -> list[dict[str, Any]]:
            rows = CorrectionRepository(work.session).like(schema, buckets)
            same = (row for row in rows if likeness(own, Fingerprint.of(row.fingerprint)))
            return list(islice(_witnesses(same), MOST))

        return await self._read(workspace, look)

    async def shots(self, workspace: UUID) -> int:
        """How many examples a prompt of this workspace may have."""
        chosen = await self._chosen.of(workspace, "ai")
        return self._shots if chosen is None or chosen.get("examples", True) else 0

    async def _read(self, workspace: UUID, look: Callable[[Work], T]) -> T:
        return await self._database.read(look, Actor(None, "system", workspace))


def _witnesses(rows: Iterable[AiCorrectionRow]) -> Iterator[dict[str, Any]]:
    """Each paper says a field once, as it was corrected last: saying it again is no further evidence."""
    heard: set[tuple[str, str]] = set()
    for row in rows:
        paper = str((row.document or {}).get("sha256") or row.id)
        fields = {
            name: {way: told[way] for way in _WAYS if way in told}
            for name, told in row.fields.items()
            if (paper, name) not in heard
        }
        heard.update((paper, name) for name in fields)
        if fields:
            yield {"id": handle_of(row), "fingerprint": row.fingerprint, "fields": fields}
