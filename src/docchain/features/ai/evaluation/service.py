"""Use cases of evaluation sets: kept, changed, filled with examples, and what was scored on them."""

from collections.abc import Container, Sequence
from typing import Any
from uuid import UUID

from docchain.features.ai.cost.domain import money
from docchain.features.ai.evaluation.domain import KIND, MOST_RUNS, MOST_SETS
from docchain.features.ai.evaluation.errors import (
    EvaluationChanged,
    EvaluationNameTaken,
    EvaluationNotFound,
    EvaluationRunNotFound,
    ExampleNotFound,
    TooManyExamples,
)
from docchain.features.ai.evaluation.repository import EvaluationRepository
from docchain.features.ai.evaluation.schemas import (
    Evaluation,
    EvaluationChange,
    EvaluationRequest,
    EvaluationRun,
    Example,
    ExampleRequest,
    Graded,
)
from docchain.features.ai.evaluation.tables import AiEvaluationRow, AiEvaluationRunRow, AiExampleRow
from docchain.features.ai.prompts.service import PromptService
from docchain.platform.errors import FieldFault, Invalid
from docchain.platform.handles import next_number, wait_for_turn
from docchain.platform.ids import Handle, new_id, parse_reference
from docchain.platform.pagination import Page, PageQuery
from docchain.platform.preconditions import ANY, Expected
from docchain.platform.work import Work

Checked = tuple[ExampleRequest, UUID | None]
"""An example that fits its task, and the document that it is about."""


class EvaluationService:
    """Works in any transaction of a workspace.

    Args:
        work: the transaction.
        most: examples that a set may have.
    """

    def __init__(self, work: Work, most: int) -> None:
        self._work, self._most = work, most
        self._rows = EvaluationRepository(work.session)

    def page(self, wanted: PageQuery) -> Page[Evaluation]:
        rows, cursor, total = self._rows.page(wanted.page())
        return Page[Evaluation](items=self._shown(rows), next_cursor=cursor, total=total)

    def read(self, reference: str) -> Evaluation:
        return self._shown([self.row(reference)])[0]

    def create(self, wanted: EvaluationRequest, examples: Sequence[Checked]) -> Evaluation:
        """Raises `EvaluationNameTaken` and `TooManyExamples`."""
        wait_for_turn(self._work, KIND)
        self._check_name(wanted.name)
        if self._rows.number_of() >= MOST_SETS:
            raise TooManyExamples(f"There are {MOST_SETS:,} evaluation sets.", hint="Delete one.")
        now, who = self._work.now, self._work.actor.name
        row = AiEvaluationRow(
            id=new_id(),
            number=next_number(self._work, KIND),
            **wanted.model_dump(include={"name", "description", "task", "minimum", "tolerance"}),
            metric=wanted.graded_by,
            gates=self._gates(wanted.gates),
            last=0,
            revision=1,
            created_at=now,
            created_by=who,
            changed_at=now,
            changed_by=who,
        )
        self._rows.add(row)
        self._told("created", row)
        self._add(row, examples)
        return self._shown([row])[0]

    def change(self, reference: str, wanted: EvaluationChange, expected: Expected) -> Evaluation:
        row = self._to_change(reference, expected)
        given = wanted.model_fields_set
        nulls = [FieldFault(name, "cannot be null", "null") for name in sorted(given) if getattr(wanted, name) is None]
        if nulls:
            raise Invalid(f"{nulls[0].path}: {nulls[0].message}", errors=nulls)
        if wanted.name is not None and wanted.name != row.name:
            wait_for_turn(self._work, KIND)
            self._check_name(wanted.name)
        for name in given - {"gates"}:
            setattr(row, name, getattr(wanted, name))
        if wanted.gates is not None:
            row.gates = self._gates(wanted.gates)
        self._told("changed", row, changed=sorted(given))
        return self._shown([row])[0]

    def delete(self, reference: str, expected: Expected) -> None:
        row = self._to_change(reference, expected)
        self._told("deleted", row)
        self._rows.remove(row)

    def add(self, reference: str, examples: Sequence[Checked], expected: Expected) -> Evaluation:
        row = self._to_change(reference, expected)
        self._add(row, examples)
        return self._shown([row])[0]

    def drop(self, reference: str, example: UUID, expected: Expected) -> None:
        row = self._to_change(reference, expected)
        found = self._rows.example(row.id, example)
        if found is None:
            raise ExampleNotFound(f"{row.name} has no example {example}.")
        self._rows.forget([found])
        self._told("example_deleted", row)

    def examples(self, reference: str, wanted: PageQuery) -> Page[Example]:
        rows, cursor, total = self._rows.example_page(self.row(reference).id, wanted.page())
        return Page[Example](items=[_example(row) for row in rows], next_cursor=cursor, total=total)

    def all_examples(self, evaluation: UUID) -> list[Example]:
        return [_example(row) for row in self._rows.examples(evaluation, self._most)]

    def number_of_examples(self, evaluation: UUID) -> int:
        """Of those that whoever asks may see."""
        return self._rows.examples_of([evaluation]).get(evaluation, 0)

    def guarding(self, prompt: UUID) -> list[Evaluation]:
        return self._shown(self._rows.guarding(prompt))

    def keep_run(self, row: AiEvaluationRunRow) -> None:
        self._rows.add(row)
        self._rows.trim_runs(row.evaluation_id, MOST_RUNS)
        named = {"prompt": row.prompt, "version": row.version} if row.prompt_id is not None else {}
        told = {**named, "provider": row.provider, "model": row.model, "score": row.score}
        self._work.emit("ai.evaluation.scored", KIND, row.evaluation_id, told)

    def runs(self, reference: str, wanted: PageQuery) -> Page[EvaluationRun]:
        evaluation = self.read(reference)
        rows, cursor, total = self._rows.run_page(evaluation.id, wanted.page())
        items = [run_of(row, evaluation).model_copy(update={"results": []}) for row in rows]
        return Page[EvaluationRun](items=items, next_cursor=cursor, total=total)

    def run(self, reference: str, run: UUID) -> EvaluationRun:
        evaluation = self.read(reference)
        row = self._rows.run(evaluation.id, run)
        if row is None:
            raise EvaluationRunNotFound(f"{evaluation.name} has no run {run}.")
        return run_of(row, evaluation, self._rows.seen(evaluation.id))

    def row(self, reference: str) -> AiEvaluationRow:
        row = self._rows.find(reference)
        if row is None:
            raise EvaluationNotFound(reference)
        return row

    def _to_change(self, reference: str, expected: Expected = ANY) -> AiEvaluationRow:
        row = self._rows.find(reference, to_change=True)
        if row is None:
            raise EvaluationNotFound(reference)
        expected.check(row.revision, EvaluationChanged(f"It is at revision {row.revision}.", hint="Read it again."))
        row.revision += 1
        row.changed_at, row.changed_by = self._work.now, self._work.actor.name
        return row

    def _add(self, row: AiEvaluationRow, examples: Sequence[Checked]) -> None:
        if not examples:
            return
        there = self._rows.examples_of([row.id]).get(row.id, 0)
        if there + len(examples) > self._most:
            raise TooManyExamples(
                f"{row.name} has {there:,} of {self._most:,} examples.",
                hint="Delete some, or raise DOCCHAIN_AI_MAX_EXAMPLES.",
            )
        self._rows.add(
            *(
                AiExampleRow(
                    id=new_id(),
                    evaluation_id=row.id,
                    number=row.last + place,
                    input=example.input,
                    expected={"value": example.expected},
                    source=example.source,
                    document_id=document,
                    created_at=self._work.now,
                    created_by=self._work.actor.name,
                )
                for place, (example, document) in enumerate(examples, 1)
            )
        )
        row.last += len(examples)
        self._told("examples_added", row, examples=len(examples))

    def _gates(self, prompts: Sequence[str]) -> str:
        service = PromptService(self._work)
        ids = dict.fromkeys(service.row(reference).id for reference in prompts)
        return "".join(f"\n{one}" for one in ids) + "\n" if ids else ""

    def _check_name(self, name: str) -> None:
        if parse_reference(name, KIND) is not None or self._rows.named(name):
            raise EvaluationNameTaken(name)

    def _told(self, what: str, row: AiEvaluationRow, **more: Any) -> None:
        data = {"handle": str(Handle(KIND, row.number)), "name": row.name, **more}
        self._work.emit(f"ai.evaluation.{what}", KIND, row.id, data)

    def _shown(self, rows: Sequence[AiEvaluationRow]) -> list[Evaluation]:
        counts = self._rows.examples_of([row.id for row in rows]) if rows else {}
        guarded = {row.id: [UUID(one) for one in row.gates.split()] for row in rows}
        wanted = [one for ids in guarded.values() for one in ids]
        names = self._rows.prompt_names(wanted) if wanted else {}
        return [
            _evaluation(row, counts.get(row.id, 0), [names[one] for one in guarded[row.id] if one in names])
            for row in rows
        ]


def _evaluation(row: AiEvaluationRow, examples: int, gates: list[str]) -> Evaluation:
    told = {name: getattr(row, name) for name in Evaluation.model_fields if hasattr(row, name)}
    return Evaluation.model_validate(
        {**told, "handle": str(Handle(KIND, row.number)), "gates": gates, "examples": examples}
    )


def _example(row: AiExampleRow) -> Example:
    told = {name: getattr(row, name) for name in Example.model_fields}
    return Example.model_validate({**told, "expected": row.expected["value"]})


def run_of(row: AiEvaluationRunRow, evaluation: Evaluation, seen: Container[UUID] | None = None) -> EvaluationRun:
    """A run as it is told, with the results of the examples that are seen; None: of all."""
    graded = [Graded.model_validate(one) for one in row.results.values()]
    results = sorted((one for one in graded if seen is None or one.example in seen), key=lambda one: one.number)
    told = {name: getattr(row, name) for name in EvaluationRun.model_fields if hasattr(row, name)}
    return EvaluationRun.model_validate(
        {
            **told,
            "evaluation": evaluation.handle,
            "prompt": row.prompt or None,
            "metric": evaluation.metric,
            "examples": len(graded),
            "problems": sum(one.problem is not None for one in graded),
            "results": results,
            "cost": None if row.cost is None else money(row.cost),
        }
    )
