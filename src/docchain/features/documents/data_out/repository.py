"""What was read from versions; the unit of work keeps it within its workspace."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import select

from docchain.features.documents.tables import VersionFieldsRow, VersionInputRow
from docchain.platform.work import Work


class ReadingRepository:
    def __init__(self, work: Work) -> None:
        self._session = work.session

    def fields_of(self, version_ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
        """The newest values that were read from each version, or from what was parsed from it."""
        edges = self._session.execute(
            select(VersionInputRow.version_id, VersionInputRow.input_version_id).where(
                VersionInputRow.input_version_id.in_(version_ids)
            )
        )
        source = {version_id: version_id for version_id in version_ids} | {made: given for made, given in edges}  # noqa: C416
        rows = self._session.scalars(
            select(VersionFieldsRow).where(VersionFieldsRow.version_id.in_(source)).order_by(VersionFieldsRow.made_at)
        )
        return {source[row.version_id]: row.fields for row in rows}
