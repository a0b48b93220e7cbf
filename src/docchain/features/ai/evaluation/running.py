"""Grading: every example is asked as at the doors, some at once; its one rule: an outage is no bad score."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, cast
from uuid import UUID

from pydantic import BaseModel, ValidationError

from docchain.engine.definition.faults import field_faults
from docchain.features.ai import errors
from docchain.features.ai.bodies import body_of, references_in
from docchain.features.ai.cost.domain import nanos
from docchain.features.ai.doors import check_shown, references_at, work_of
from docchain.features.ai.evaluation import scoring
from docchain.features.ai.evaluation.domain import OF_THE_RUN, GradedTask, Metric, expected_fault
from docchain.features.ai.evaluation.errors import EvaluationEmpty, EvaluationHidden
from docchain.features.ai.evaluation.schemas import Evaluation, EvaluationRun, Example, ExampleRequest, Graded
from docchain.features.ai.evaluation.service import Checked, EvaluationService, run_of
from docchain.features.ai.evaluation.tables import AiEvaluationRunRow
from docchain.features.ai.prompts.schemas import PromptVersion
from docchain.features.ai.step_list import KINDS
from docchain.features.ai.steps.shared import AiParams, AiStep, Asked
from docchain.platform.errors import FieldFault, Invalid, Refusal
from docchain.platform.ids import new_id
from docchain.platform.web.door import DoorContext
from docchain.platform.work import Actor

Tell = Callable[[int, int], Awaitable[None]]
"""Hears how many of all examples are graded."""
_STOPS: Final = (
    errors.BudgetReached,
    errors.ProviderUnavailable,
    errors.ProviderRefused,
    errors.ProviderNotConfigured,
    errors.ProviderUnknown,
    errors.NothingLeaves,
    errors.CapabilityMissing,
)
_STEPS: Final = {kind.task: kind for kind in KINDS}
_GOT: Final[Mapping[str, str]] = {"classify": "label", "extract": "value", "ask": "answer", "summarize": "summary"}


@dataclass(frozen=True, slots=True)
class Wished:
    """Who is graded: a prompt's version, a provider, a model, or what is set up."""

    prompt: PromptVersion | None = None
    prompt_id: UUID | None = None
    provider: str | None = None
    model: str | None = None

    @property
    def given(self) -> dict[str, Any]:
        """As members of a request."""
        named = f"{self.prompt.prompt}@{self.prompt.number}" if self.prompt is not None else None
        wishes = {"prompt_name": named, "provider": self.provider, "model": self.model}
        return {key: value for key, value in wishes.items() if value is not None}


async def checked(
    door: DoorContext, task: GradedTask, metric: Metric, examples: Sequence[ExampleRequest]
) -> list[Checked]:
    """Examples that fit their task, about documents that whoever adds them may read.

    Raises:
        Invalid: with the path of each fault.
    """
    faults: list[FieldFault] = []
    kind = _STEPS[task]
    for at, example in enumerate(examples):
        path = f"examples[{at}]"
        if own := sorted(OF_THE_RUN & set(example.input)):
            faults.append(FieldFault(f"{path}.input.{own[0]}", "is chosen for all examples at once", "extra_forbidden"))
        if wrong := expected_fault(metric, example.expected):
            faults.append(FieldFault(f"{path}.expected", wrong, "type"))
        try:
            _body(kind).model_validate(example.input)
        except ValidationError as error:
            faults += field_faults(error, f"{path}.input")
    if faults:
        raise Invalid(f"{faults[0].path}: {faults[0].message}", errors=faults)
    params = cast("type[AiParams]", kind.params)
    named = {at: references_in(params, example.input).get("document") for at, example in enumerate(examples)}
    found = await references_at(door, {str(at): one for at, one in named.items() if one})
    ids = {int(at): UUID(one["document_id"]) for at, one in found.items()}
    return [(example, ids.get(at)) for at, example in enumerate(examples)]


async def evaluated(
    door: DoorContext, evaluation: Evaluation, wished: Wished, tell: Tell | None = None
) -> EvaluationRun:
    """Grade all examples, keep what was scored, and return it.

    Raises:
        EvaluationEmpty: there is nothing to grade.
        EvaluationHidden: they may not see all of it.
        Refusal: nobody answers, or may be asked; that is no score.
    """
    began, own = time.perf_counter(), door.services.settings.ai
    most = own.ai_max_examples
    examples = await _examples(door, evaluation, most)
    if not examples:
        raise EvaluationEmpty(evaluation.name)
    asked = await _all(door, evaluation, examples, wished, own.ai_evaluation_concurrency, tell)
    said = [ai for _, ai in asked if ai is not None]
    grades = [scoring.Grade(one.hits, one.invented, one.missing) for one, _ in asked]
    costs = [ai.cost for ai in said]
    prompt = wished.prompt
    row = AiEvaluationRunRow(
        id=new_id(),
        evaluation_id=evaluation.id,
        prompt_id=wished.prompt_id,
        prompt=prompt.name if prompt is not None else "",
        version=prompt.number if prompt is not None else None,
        digest=prompt.digest if prompt is not None else "",
        provider=", ".join(sorted({ai.provider for ai in said})),
        model=", ".join(sorted({ai.model for ai in said})),
        score=round(scoring.score_of(evaluation.metric, grades), 6),
        results={str(one.example): one.model_dump(mode="json") for one, _ in asked},
        tokens_in=sum(ai.tokens_in for ai in said),
        tokens_out=sum(ai.tokens_out for ai in said),
        cost=None if None in costs else sum(nanos(cost) for cost in costs if cost is not None),
        calls=sum(ai.calls for ai in said if not ai.cached),
        took_ms=round((time.perf_counter() - began) * 1000),
        created_by=door.actor.name,
    )

    def keep(work: Any) -> EvaluationRun:
        row.created_at = work.now
        EvaluationService(work, most).keep_run(row)
        return run_of(row, evaluation)

    return await door.write(keep)


async def _examples(door: DoorContext, evaluation: Evaluation, most: int) -> list[Example]:
    """All of them, for a score over some of them says nothing."""
    check_shown(door)
    examples = await door.read(lambda work: EvaluationService(work, most).all_examples(evaluation.id))
    if door.actor.reach.is_limited:
        everybody = Actor(None, "system", door.actor.workspace_id)
        there = await door.services.database.read(
            lambda work: EvaluationService(work, most).number_of_examples(evaluation.id), everybody
        )
        if there > len(examples):
            raise EvaluationHidden(evaluation.name)
    return examples


async def _all(
    door: DoorContext,
    evaluation: Evaluation,
    examples: Sequence[Example],
    wished: Wished,
    at_once: int,
    tell: Tell | None,
) -> list[tuple[Graded, Asked | None]]:
    turns, done = asyncio.Semaphore(at_once), 0

    async def one(example: Example) -> tuple[Graded, Asked | None]:
        nonlocal done
        async with turns:
            graded = await _graded(door, evaluation, example, wished)
        done += 1
        if tell is not None:
            await tell(done, len(examples))
        return graded

    tasks = [asyncio.create_task(one(example)) for example in examples]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _graded(
    door: DoorContext, evaluation: Evaluation, example: Example, wished: Wished
) -> tuple[Graded, Asked | None]:
    kind = _STEPS[evaluation.task]
    told = {"example": example.id, "number": example.number, "expected": example.expected}
    try:
        result = await work_of(door, kind, _body(kind).model_validate({**example.input, **wished.given}))
    except _STOPS:
        raise
    except Refusal as refusal:
        grade = scoring.nothing(evaluation.metric, example.expected)
        return Graded(**told, **_grade(grade), problem=f"{refusal.code}: {refusal.detail}"[:500]), None
    got = _got(evaluation.task, result)
    grade = scoring.graded(evaluation.metric, example.expected, got)
    return Graded(**told, got=got, **_grade(grade), call_id=result.ai.call_id), result.ai


def _grade(grade: scoring.Grade) -> dict[str, float]:
    parts = {"hits": grade.hits, "invented": grade.invented, "missing": grade.missing}
    return {**parts, "score": round(grade.score, 6)}


def _got(task: str, result: Any) -> Any:
    """What is graded of a step's result, as JSON."""
    told = result.model_dump(mode="json")
    if task == "generate" and told["value"] is not None:
        return told["value"]
    return told[_GOT.get(task, "text")]


@cache
def _body(kind: type[AiStep]) -> type[BaseModel]:
    return body_of(cast("type[AiParams]", kind.params), f"{kind.task.capitalize()}Example")
