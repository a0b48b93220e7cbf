"""What erasure asks of the run list: which runs name something, who is related to them, and what is left to do."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import String, cast, or_, select

from docchain.features.runs.domain import ENDED
from docchain.features.runs.tables import ErasureRow, RunRow
from docchain.platform.work import Work

_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_OPEN: Final = ErasureRow.ended_at.is_(None)


class ErasureRepository:
    def __init__(self, work: Work) -> None:
        self._session = work.session

    def add(self, row: ErasureRow) -> None:
        self._session.add(row)

    def open(self) -> Sequence[ErasureRow]:
        return self._session.scalars(select(ErasureRow).where(_OPEN).order_by(ErasureRow.asked_at)).all()

    def get(self, erasure_id: UUID) -> ErasureRow | None:
        return self._session.get(ErasureRow, erasure_id)

    def naming(self, names: Collection[str], after: UUID, limit: int) -> tuple[UUID | None, list[UUID]]:
        """The last of the next runs behind `after`, and those of them whose inputs name one of these."""
        inputs = cast(RunRow.inputs, String)
        page = select(RunRow.id, inputs).where(RunRow.id > after).order_by(RunRow.id).limit(limit)
        rows = self._session.execute(page).all()
        wanted = set(names)
        return (rows[-1][0] if rows else None), [run_id for run_id, said in rows if wanted & set(_UUID.findall(said))]

    def parents(self, run_ids: Collection[UUID]) -> set[UUID]:
        found = select(RunRow.parent_id).where(RunRow.id.in_(run_ids), RunRow.parent_id.is_not(None))
        return {parent for parent in self._session.scalars(found) if parent is not None}

    def heirs(self, run_ids: Collection[UUID]) -> Mapping[UUID, Any]:
        """Runs that these called, and runs that began with what these had; each with its inputs."""
        given = list(run_ids)
        found = select(RunRow.id, RunRow.inputs).where(or_(RunRow.parent_id.in_(given), RunRow.source_id.in_(given)))
        return {run_id: inputs for run_id, inputs in self._session.execute(found)}  # noqa: C416 - dict() loses the types

    def ended(self, run_ids: Collection[UUID]) -> dict[UUID, bool]:
        """Whether those that are still in the list have ended for good."""
        found = select(RunRow.id, RunRow.status, RunRow.in_doubt).where(RunRow.id.in_(run_ids))
        return {row.id: row.status in ENDED and not row.in_doubt for row in self._session.execute(found)}
