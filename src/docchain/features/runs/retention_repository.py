"""What retention asks and changes in the run list; a sweep goes over all runs in the order of their ids."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from docchain.engine.journal.purge import PURGED
from docchain.features.runs.domain import ENDED
from docchain.features.runs.tables import CommandRow, DefinitionRow, RetentionSweepRow, RunRow
from docchain.platform.ids import new_id
from docchain.platform.work import Work

SHOWN = (
    RunRow.id,
    RunRow.number,
    RunRow.workspace_id,
    RunRow.workflow_id,
    RunRow.workflow_number,
    RunRow.label,
    RunRow.origin,
    RunRow.status,
    RunRow.in_doubt,
    RunRow.ended_at,
    RunRow.purged_at,
    RunRow.parent_id,
)


class RetentionRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    def after(self, place: UUID, until: UUID, limit: int) -> Sequence[Any]:
        """The next runs behind `place` that began before `until`."""
        found = select(*SHOWN).where(RunRow.id > place, RunRow.id < until).order_by(RunRow.id).limit(limit)
        return self._session.execute(found).all()

    def of(self, run_ids: Iterable[UUID]) -> Sequence[Any]:
        return self._session.execute(select(*SHOWN).where(RunRow.id.in_(list(run_ids)))).all()

    def children_of_unfinished(self, rows: Sequence[Any]) -> set[UUID]:
        """Those of the runs whose parents have not ended."""
        parents = {row.parent_id for row in rows if row.parent_id}
        if not parents:
            return set()
        found = select(RunRow.id).where(RunRow.id.in_(parents), RunRow.status.not_in(ENDED))
        unfinished = set(self._session.scalars(found))
        return {row.id for row in rows if row.parent_id in unfinished}

    def ordered(self, run_ids: Iterable[UUID], read: Mapping[UUID, int]) -> set[UUID]:
        """Those of the runs of which something was ordered that the engine has not read; `read` by workspace."""
        found = select(CommandRow.run_id, CommandRow.workspace_id, CommandRow.position)
        rows = self._session.execute(found.where(CommandRow.run_id.in_(list(run_ids))))
        return {row.run_id for row in rows if row.position > read.get(row.workspace_id, 0)}

    def mark(self, run_ids: Iterable[UUID], *, before: datetime, now: datetime) -> set[UUID]:
        """Say that the runs' payload goes now, so that nobody tries them again; return those that ended `before`."""
        ended = (RunRow.status.in_(ENDED), RunRow.in_doubt.is_(False), RunRow.ended_at < before)
        marked = set(
            self._session.scalars(select(RunRow.id).where(RunRow.id.in_(list(run_ids)), *ended).with_for_update())
        )
        self._session.execute(update(RunRow).where(RunRow.id.in_(marked)).values(purged_at=now))
        return marked

    def purge(self, run_ids: Iterable[UUID]) -> None:
        """Take inputs, warnings and output out of the list."""
        rows = self._session.scalars(select(RunRow).where(RunRow.id.in_(list(run_ids))))
        for row in rows:
            row.inputs = dict.fromkeys(row.inputs, PURGED)
            row.output = None if row.output is None else PURGED
            row.warnings = []
        self._session.flush()

    def delete(self, run_ids: Iterable[UUID]) -> None:
        ids = list(run_ids)
        self._session.execute(delete(CommandRow).where(CommandRow.run_id.in_(ids)))
        self._session.execute(delete(RunRow).where(RunRow.id.in_(ids)))

    def whole(self, run_ids: Iterable[UUID]) -> Sequence[RunRow]:
        return self._session.scalars(select(RunRow).where(RunRow.id.in_(list(run_ids))).order_by(RunRow.id)).all()

    def definitions(self, digests: Iterable[str]) -> dict[str, str]:
        found = select(DefinitionRow.digest, DefinitionRow.body).where(DefinitionRow.digest.in_(list(digests)))
        return {row.digest: row.body for row in self._session.execute(found)}

    def sweep(self, now: datetime) -> RetentionSweepRow:
        """The sweep that was cut off, or a new one."""
        row = self._session.scalars(select(RetentionSweepRow).where(RetentionSweepRow.ended_at.is_(None))).first()
        if row is None:
            row = RetentionSweepRow(
                id=new_id(), started_at=now, moved_at=now, place=UUID(int=0), looked_at=0, done={}, ended_at=None
            )
            self._session.add(row)
        return row

    def sweeps(self, limit: int) -> Sequence[RetentionSweepRow]:
        """The newest first."""
        return self._session.scalars(select(RetentionSweepRow).order_by(RetentionSweepRow.id.desc()).limit(limit)).all()


def inputs_of_runs(work: Work, run_ids: Iterable[UUID]) -> dict[UUID, dict[str, Any]]:
    """What runs were given; for who must know which documents they name."""
    found = work.session.execute(select(RunRow.id, RunRow.inputs).where(RunRow.id.in_(list(run_ids))))
    return {row.id: row.inputs for row in found}
