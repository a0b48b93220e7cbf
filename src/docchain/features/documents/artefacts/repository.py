"""Questions about artefacts; the unit of work keeps each within its workspace."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update

from docchain.features.documents.artefacts.tables import ArtefactRow
from docchain.features.documents.tables import DocumentVersionRow
from docchain.platform.ids import new_id
from docchain.platform.upserts import upsert
from docchain.platform.work import Work


class ArtefactRepository:
    def __init__(self, work: Work) -> None:
        self._work = work
        self._session = work.session

    def find(self, source: str, kind: str, key: str) -> ArtefactRow | None:
        return self._session.scalar(
            select(ArtefactRow).where(
                ArtefactRow.source_sha256 == source, ArtefactRow.kind == kind, ArtefactRow.key == key
            )
        )

    def of_kind(self, source: str, kind: str, prefix: str) -> list[ArtefactRow]:
        """In the order of their keys."""
        found = select(ArtefactRow).where(ArtefactRow.source_sha256 == source, ArtefactRow.kind == kind)
        return list(self._session.scalars(found.where(ArtefactRow.key.startswith(prefix)).order_by(ArtefactRow.key)))

    def keep(self, source: str, kind: str, key: str, **values: Any) -> None:
        """Add it, or put it in the place of an older one."""
        now = self._work.now
        made = values | {"made_at": now, "used_at": now}
        row = {"id": new_id(), "workspace_id": self._work.workspace_id, "source_sha256": source}
        insert = upsert(self._session, ArtefactRow).values(**row, kind=kind, key=key, **made)
        same = ["workspace_id", "source_sha256", "kind", "key"]
        self._session.execute(insert.on_conflict_do_update(index_elements=same, set_=made))

    def used(self, artefact_id: UUID) -> None:
        changed = update(ArtefactRow).where(ArtefactRow.id == artefact_id).values(used_at=self._work.now)
        self._session.execute(changed)

    def drop(self, ids: Collection[UUID]) -> None:
        self._session.execute(delete(ArtefactRow).where(ArtefactRow.id.in_(ids)))

    def unused(self, since: datetime, kinds: Collection[str], limit: int) -> list[UUID]:
        """Those of these kinds that nobody has looked at since a moment."""
        found = select(ArtefactRow.id).where(ArtefactRow.kind.in_(kinds), ArtefactRow.used_at < since)
        return list(self._session.scalars(found.limit(limit)))

    def orphans(self, before: datetime, limit: int) -> list[UUID]:
        """Those of contents that no version has any more, unless they were made lately."""
        owner = select(DocumentVersionRow.id).where(
            DocumentVersionRow.workspace_id == ArtefactRow.workspace_id,
            DocumentVersionRow.sha256 == ArtefactRow.source_sha256,
        )
        found = select(ArtefactRow.id).where(~owner.exists(), ArtefactRow.made_at < before)
        return list(self._session.scalars(found.limit(limit)))

    def named(self, shas: Collection[str]) -> dict[str, tuple[str, str]]:
        """Which of these contents are artefacts: of what kind, and of what content."""
        rows = self._session.execute(
            select(ArtefactRow.sha256, ArtefactRow.kind, ArtefactRow.source_sha256).where(ArtefactRow.sha256.in_(shas))
        )
        return {sha: (kind, source) for sha, kind, source in rows if sha is not None}
