"""The sealer: follows the event log beside the engine and signs what it read; nothing that writes waits for it."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from docchain.features.audit.chain import Checkpoint, Head, Leaf, Signer, seal
from docchain.features.audit.domain import INSTALLATION, canonical, chain_of, digest, moment
from docchain.features.audit.repository import CURSOR, ChainRepository
from docchain.features.audit.tables import AuditBatchRow
from docchain.platform.cursors import get_position, peek_position, set_position
from docchain.platform.database import Database
from docchain.platform.ids import new_id
from docchain.platform.persevering import Rhythm, persevere
from docchain.platform.work import SYSTEM, Work

BATCH: Final = 1_000
_POLL: Final = 5.0
"""Events of other processes ring no bell here."""
_WORKSPACE: Final = 2
"""Its place in what is read of an entry."""


class Sealer:
    """Positions follow the order of commits, so what is behind its cursor is complete: nothing turns up there later.

    Args:
        database: where the log and the chain are.
        open_signer: opens the key of the checkpoints, once there is something to sign.
        every: seconds between two looks.
    """

    def __init__(self, database: Database, open_signer: Callable[[], Signer], every: float) -> None:
        self._database = database
        self._open_signer = open_signer
        self._signer: Signer | None = None
        self._every = every
        self._wake = asyncio.Event()
        database.on_events(self._wake.set)

    async def run(self) -> None:
        """Seal until cancelled; whatever fails is tried again. A start has better things to do first."""
        rhythm = Rhythm(self._every, _POLL)
        await persevere(self.catch_up, self._wake, rhythm, "audit_sealer_failed", first=self._every)

    async def catch_up(self) -> None:
        """Seal all that is committed."""
        while await self.seal_some():
            pass

    async def seal_some(self) -> bool:
        """Seal the next entries; tell whether there may be more."""
        position, rows, heads = await self._database.read(_look, SYSTEM)
        if not rows:
            return False
        now = self._database.clock.now()
        made = await asyncio.to_thread(self._sealed, rows, heads, now)

        def write(work: Work) -> None:
            if get_position(work, CURSOR) != position:
                return  # another process was faster
            ChainRepository(work.session).add(_row(checkpoint, now) for checkpoint in made)
            set_position(work, CURSOR, rows[-1][0])

        await self._database.write(write, SYSTEM)
        return len(rows) == BATCH

    def _sealed(self, rows: Sequence[Any], heads: dict[UUID, Head], now: datetime) -> list[Checkpoint]:
        signer = self._signer = self._signer or self._open_signer()
        leaves: defaultdict[str, list[Leaf]] = defaultdict(list)
        for row in rows:
            leaves[row[_WORKSPACE]].append((row[0], digest(canonical(row))))
        by_chain = {chain_of(workspace): theirs for workspace, theirs in leaves.items()}
        return [
            seal(str(chain), heads.get(chain, Head()), theirs, moment(now), signer)
            for chain, theirs in by_chain.items()
        ]


def _look(work: Work) -> tuple[int, Sequence[Any], dict[UUID, Head]]:
    position = peek_position(work, CURSOR)
    repository = ChainRepository(work.session)
    rows = repository.behind(position, BATCH)
    return position, rows, repository.heads(map(chain_of, {row[_WORKSPACE] for row in rows}))


def _row(made: Checkpoint, now: datetime) -> AuditBatchRow:
    chain = UUID(made.chain)
    return AuditBatchRow(
        id=new_id(),
        workspace_id=None if chain == INSTALLATION else chain,
        chain=chain,
        number=made.number,
        first_position=made.first,
        last_position=made.last,
        leaves=made.leaves,
        previous=made.previous,
        digest=made.digest,
        sealed_at=now,
        public_key=made.public_key,
        signature=made.signature,
    )
