"""Lineage: a version and everything it was made from, walked from the rows, nearest first."""

from typing import Final
from uuid import UUID

from docchain.features.documents.presenting import version_of
from docchain.features.documents.repository import DocumentRepository
from docchain.features.documents.schemas import Lineage, LineageVersion
from docchain.features.documents.service import DocumentService
from docchain.features.documents.tables import DocumentVersionRow
from docchain.platform.work import Work

MOST_VERSIONS: Final = 1_000


class LineageService:
    def __init__(self, work: Work) -> None:
        self._work = work
        self._documents = DocumentRepository(work)

    def of(self, reference: str, number: int | None = None) -> Lineage:
        """The lineage of one version of a document, the current one unless a number is given."""
        return self.behind([DocumentService(self._work).version(reference, number).id])

    def behind(self, starts: list[UUID]) -> Lineage:
        """The lineage behind one or more versions; those not known here (yet) are left out."""
        rows: dict[UUID, DocumentVersionRow] = {}
        inputs: dict[UUID, list[UUID]] = {}
        frontier = list(dict.fromkeys(starts))
        while frontier and len(rows) < MOST_VERSIONS:
            frontier = frontier[: MOST_VERSIONS - len(rows)]
            found = self._documents.versions(frontier)
            rows |= {version_id: found[version_id] for version_id in frontier if version_id in found}
            inputs |= self._documents.inputs_of(frontier)
            behind = (given for version_id in frontier for given in inputs[version_id])
            frontier = [given for given in dict.fromkeys(behind) if given not in inputs]
        documents = self._documents.documents({row.document_id for row in rows.values()})
        versions = [
            LineageVersion(
                **version_of(row).model_dump(),
                inputs=inputs[row.id],
                deleted=documents[row.document_id].deleted_at is not None,
            )
            for row in rows.values()
        ]
        complete = all(given in inputs for edges in inputs.values() for given in edges)
        return Lineage(version_id=starts[0], versions=versions, complete=complete)
