"""Statements on evaluation sets, examples and scores."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from docchain.features.ai.evaluation.domain import KIND
from docchain.features.ai.evaluation.tables import AiEvaluationRow, AiEvaluationRunRow, AiExampleRow
from docchain.features.ai.prompts.tables import AiPromptRow
from docchain.platform.ids import parse_reference
from docchain.platform.pagination import Order, PageRequest, count, take


class EvaluationRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, *rows: AiEvaluationRow | AiExampleRow | AiEvaluationRunRow) -> None:
        self._session.add_all(rows)
        self._session.flush()

    def remove(self, row: AiEvaluationRow) -> None:
        """With its examples and scores."""
        self._session.execute(delete(AiExampleRow).where(AiExampleRow.evaluation_id == row.id))
        self._session.execute(delete(AiEvaluationRunRow).where(AiEvaluationRunRow.evaluation_id == row.id))
        self._session.delete(row)

    def find(self, reference: str, *, to_change: bool = False) -> AiEvaluationRow | None:
        """By id, handle or name."""
        key = parse_reference(reference, KIND)
        where = AiEvaluationRow.name == reference
        if key is not None:
            where = AiEvaluationRow.id == key if isinstance(key, UUID) else AiEvaluationRow.number == key
        wanted = select(AiEvaluationRow).where(where)
        return self._session.scalar(wanted.with_for_update() if to_change else wanted)

    def guarding(self, prompt: UUID) -> Sequence[AiEvaluationRow]:
        """The sets that must agree before a version of a prompt is published."""
        row = AiEvaluationRow
        return self._session.scalars(select(row).where(row.gates.contains(f"\n{prompt}\n")).order_by(row.number)).all()

    def named(self, name: str) -> bool:
        return self._session.scalar(select(AiEvaluationRow.id).where(AiEvaluationRow.name == name)) is not None

    def number_of(self) -> int:
        return self._session.scalar(select(func.count()).select_from(AiEvaluationRow)) or 0

    def page(self, request: PageRequest) -> tuple[list[AiEvaluationRow], str | None, int | None]:
        wanted = select(AiEvaluationRow)
        rows, cursor = take(self._session, wanted, Order(AiEvaluationRow.created_at, AiEvaluationRow.id), request)
        return rows, cursor, count(self._session, wanted) if request.total else None

    def examples_of(self, sets: Iterable[UUID]) -> dict[UUID, int]:
        """How many each set has."""
        row = AiExampleRow
        wanted = select(row.evaluation_id, func.count()).where(row.evaluation_id.in_(list(sets)))
        return dict(self._session.execute(wanted.group_by(row.evaluation_id)).all())

    def prompt_names(self, prompts: Iterable[UUID]) -> dict[UUID, str]:
        """Of those that are still there."""
        wanted = select(AiPromptRow.id, AiPromptRow.name).where(AiPromptRow.id.in_(list(prompts)))
        return dict(self._session.execute(wanted).all())

    def examples(self, evaluation: UUID, most: int) -> Sequence[AiExampleRow]:
        """In their order."""
        row = AiExampleRow
        wanted = select(row).where(row.evaluation_id == evaluation).order_by(row.number).limit(most)
        return self._session.scalars(wanted).all()

    def example_page(self, evaluation: UUID, request: PageRequest) -> tuple[list[AiExampleRow], str | None, int | None]:
        wanted = select(AiExampleRow).where(AiExampleRow.evaluation_id == evaluation)
        order = Order(AiExampleRow.number, AiExampleRow.id, descending=False)
        rows, cursor = take(self._session, wanted, order, request.within(evaluation))
        return rows, cursor, count(self._session, wanted) if request.total else None

    def example(self, evaluation: UUID, example: UUID) -> AiExampleRow | None:
        row = AiExampleRow
        return self._session.scalar(select(row).where(row.evaluation_id == evaluation, row.id == example))

    def seen(self, evaluation: UUID) -> set[UUID]:
        """Ids of the examples that whoever asks may see."""
        row = AiExampleRow
        return set(self._session.scalars(select(row.id).where(row.evaluation_id == evaluation)))

    def about(self, documents: Sequence[UUID]) -> Sequence[AiExampleRow]:
        """Examples about some documents."""
        return self._session.scalars(select(AiExampleRow).where(AiExampleRow.document_id.in_(documents))).all()

    def forget(self, examples: Sequence[AiExampleRow]) -> None:
        """Them, and what was answered to them."""
        gone = {str(one.id) for one in examples}
        sets = {one.evaluation_id for one in examples}
        for run in self._session.scalars(select(AiEvaluationRunRow).where(AiEvaluationRunRow.evaluation_id.in_(sets))):
            run.results = {key: value for key, value in run.results.items() if key not in gone}
        self._session.execute(delete(AiExampleRow).where(AiExampleRow.id.in_([one.id for one in examples])))

    def run(self, evaluation: UUID, run: UUID) -> AiEvaluationRunRow | None:
        row = AiEvaluationRunRow
        return self._session.scalar(select(row).where(row.evaluation_id == evaluation, row.id == run))

    def run_page(
        self, evaluation: UUID, request: PageRequest
    ) -> tuple[list[AiEvaluationRunRow], str | None, int | None]:
        wanted = select(AiEvaluationRunRow).where(AiEvaluationRunRow.evaluation_id == evaluation)
        order = Order(AiEvaluationRunRow.created_at, AiEvaluationRunRow.id)
        rows, cursor = take(self._session, wanted, order, request.within(evaluation))
        return rows, cursor, count(self._session, wanted) if request.total else None

    def trim_runs(self, evaluation: UUID, most: int) -> None:
        """Keep the newest."""
        row = AiEvaluationRunRow
        of_set = select(row.id).where(row.evaluation_id == evaluation)
        kept = of_set.order_by(row.created_at.desc(), row.id.desc()).limit(most)
        self._session.execute(delete(row).where(row.evaluation_id == evaluation, row.id.not_in(kept)))
