"""Which runs read a version."""

from uuid import UUID

from sqlalchemy import select

from docchain.features.documents.tables import DocumentVersionRow, VersionInputRow
from docchain.platform.work import Work


def runs_that_read(work: Work, version_id: UUID, most: int) -> list[UUID]:
    """The newest runs that made something of a version, and the one that made it."""
    made_of = (
        select(DocumentVersionRow.run_id)
        .join(VersionInputRow, VersionInputRow.version_id == DocumentVersionRow.id)
        .where(VersionInputRow.input_version_id == version_id, DocumentVersionRow.run_id.is_not(None))
    )
    own = select(DocumentVersionRow.run_id).where(
        DocumentVersionRow.id == version_id, DocumentVersionRow.run_id.is_not(None)
    )
    found = {*work.session.scalars(made_of), *work.session.scalars(own)}
    return sorted((run_id for run_id in found if run_id is not None), reverse=True)[:most]
