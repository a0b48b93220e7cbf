"""Statements on prompts, their versions and labels."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from docchain.features.ai.prompts.domain import KIND
from docchain.features.ai.prompts.tables import AiPromptLabelRow, AiPromptRow, AiPromptVersionRow
from docchain.platform.ids import parse_reference
from docchain.platform.pagination import Order, PageRequest, count, take

Found = tuple[list[AiPromptRow], str | None, int | None]


class PromptRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, row: AiPromptRow | AiPromptVersionRow | AiPromptLabelRow) -> None:
        self._session.add(row)
        self._session.flush()

    def remove(self, row: AiPromptRow) -> None:
        """With its versions and labels."""
        self._session.execute(delete(AiPromptLabelRow).where(AiPromptLabelRow.prompt_id == row.id))
        self._session.execute(delete(AiPromptVersionRow).where(AiPromptVersionRow.prompt_id == row.id))
        self._session.delete(row)

    def find(self, reference: str, *, to_change: bool = False) -> AiPromptRow | None:
        """By id, handle or name."""
        key = parse_reference(reference, KIND)
        where = AiPromptRow.name == reference
        if key is not None:
            where = AiPromptRow.id == key if isinstance(key, UUID) else AiPromptRow.number == key
        wanted = select(AiPromptRow).where(where)
        return self._session.scalar(wanted.with_for_update() if to_change else wanted)

    def named(self, name: str) -> bool:
        return self._session.scalar(select(AiPromptRow.id).where(AiPromptRow.name == name)) is not None

    def number_of(self) -> int:
        return self._session.scalar(select(func.count()).select_from(AiPromptRow)) or 0

    def page(self, request: PageRequest, tag: str | None, search: str | None) -> Found:
        wanted = select(AiPromptRow)
        if tag:
            wanted = wanted.where(AiPromptRow.tags.contains(f"\n{tag}\n", autoescape=True))
        if search:
            places = (AiPromptRow.name, AiPromptRow.description)
            wanted = wanted.where(or_(*(place.icontains(search, autoescape=True) for place in places)))
        rows, cursor = take(self._session, wanted, Order(AiPromptRow.created_at, AiPromptRow.id), request)
        return rows, cursor, count(self._session, wanted) if request.total else None

    def version(self, prompt: UUID, number: int) -> AiPromptVersionRow | None:
        row = AiPromptVersionRow
        return self._session.scalar(select(row).where(row.prompt_id == prompt, row.number == number))

    def versions(self, prompt: UUID, request: PageRequest) -> tuple[list[AiPromptVersionRow], str | None, int | None]:
        wanted = select(AiPromptVersionRow).where(AiPromptVersionRow.prompt_id == prompt)
        order = Order(AiPromptVersionRow.number, AiPromptVersionRow.id)
        rows, cursor = take(self._session, wanted, order, request.within(prompt))
        return rows, cursor, count(self._session, wanted) if request.total else None

    def label(self, prompt: UUID, label: str) -> AiPromptLabelRow | None:
        row = AiPromptLabelRow
        return self._session.scalar(select(row).where(row.prompt_id == prompt, row.label == label))

    def labels(self, prompts: Iterable[UUID]) -> Sequence[AiPromptLabelRow]:
        """Of some prompts, in the order of their letters."""
        wanted = select(AiPromptLabelRow).where(AiPromptLabelRow.prompt_id.in_(list(prompts)))
        return self._session.scalars(wanted.order_by(AiPromptLabelRow.label)).all()

    def unlabel(self, row: AiPromptLabelRow) -> None:
        self._session.delete(row)
        self._session.flush()
