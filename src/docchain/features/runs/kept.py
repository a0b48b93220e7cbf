"""The definitions that runs follow, as the database keeps them by their digest."""

from collections.abc import Iterable, Iterator
from uuid import UUID

from sqlalchemy import select

from docchain.features.runs.orders import Definition
from docchain.features.runs.presenting import to_run
from docchain.features.runs.repository import RunRepository
from docchain.features.runs.schemas import Run
from docchain.features.runs.tables import DefinitionRow, RunRow
from docchain.platform.work import Work

_CHUNK = 500


def is_kept(work: Work, digest: str) -> bool:
    return work.session.scalar(select(DefinitionRow.digest).where(DefinitionRow.digest == digest)) is not None


def kept_definition(work: Work, digest: str) -> str | None:
    """The canonical JSON of a definition."""
    return RunRepository(work.session).definition(digest)


def keep_definition(work: Work, digest: str, body: str) -> None:
    """Keep the canonical JSON of a definition, unless it is kept already."""
    RunRepository(work.session).keep_definitions([Definition(digest, body)])


def with_definitions(work: Work, run_ids: Iterable[UUID]) -> Iterator[tuple[UUID, Run, str]]:
    """The workspace of each of these runs, the run, and the definition it follows."""
    ids = list(run_ids)
    joined = select(RunRow, DefinitionRow.body).join(DefinitionRow, DefinitionRow.digest == RunRow.definition)
    for start in range(0, len(ids), _CHUNK):
        for row, body in work.session.execute(joined.where(RunRow.id.in_(ids[start : start + _CHUNK]))):
            yield row.workspace_id, to_run(row, {}), body
