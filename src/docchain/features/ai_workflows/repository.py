"""Questions about AI workflows, their templates and chains, answered from the database."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from docchain.features.ai_workflows.tables import AiChainLinkRow, AiTemplateRow, AiWorkflowRow
from docchain.platform.ids import parse_reference

LINK = "chain_link"


class AiWorkflows:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, row: AiWorkflowRow | AiTemplateRow | AiChainLinkRow) -> None:
        self._session.add(row)
        self._session.flush()

    def of(self, workflow_ids: Iterable[UUID]) -> dict[UUID, AiWorkflowRow]:
        wanted = select(AiWorkflowRow).where(AiWorkflowRow.workflow_id.in_(list(workflow_ids)))
        return {row.workflow_id: row for row in self._session.scalars(wanted)}

    def templates(self) -> Sequence[AiTemplateRow]:
        return self._session.scalars(select(AiTemplateRow).order_by(AiTemplateRow.name)).all()

    def template(self, name: str, *, to_change: bool = False) -> AiTemplateRow | None:
        wanted = select(AiTemplateRow).where(AiTemplateRow.name == name)
        return self._session.scalars(wanted.with_for_update() if to_change else wanted).one_or_none()

    def remove(self, row: AiTemplateRow) -> None:
        self._session.delete(row)
        self._session.flush()

    def links(self, workflow_id: UUID) -> Sequence[AiChainLinkRow]:
        """Of one chain, oldest first."""
        wanted = select(AiChainLinkRow).where(AiChainLinkRow.workflow_id == workflow_id)
        return self._session.scalars(wanted.order_by(AiChainLinkRow.number)).all()

    def length(self, workflow_id: UUID) -> int:
        wanted = select(func.count()).select_from(AiChainLinkRow).where(AiChainLinkRow.workflow_id == workflow_id)
        return self._session.scalar(wanted) or 0

    def link(self, workflow_id: UUID, reference: str, *, to_change: bool = False) -> AiChainLinkRow | None:
        key = parse_reference(reference, LINK)
        if key is None:
            return None
        column = AiChainLinkRow.id if isinstance(key, UUID) else AiChainLinkRow.number
        wanted = select(AiChainLinkRow).where(AiChainLinkRow.workflow_id == workflow_id, column == key)
        return self._session.scalars(wanted.with_for_update() if to_change else wanted).one_or_none()
