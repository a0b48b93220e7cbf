"""The gate before publishing: no guarded prompt gets worse; its one rule: whoever is refused sees each difference."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docchain.features.ai.evaluation.schemas import Evaluation, EvaluationRun, ScoreChange
    from docchain.features.ai.prompts.schemas import Prompt, PromptVersion
    from docchain.platform.web.door import DoorContext


class EvaluationGate:
    """Asks the evaluation sets that guard a prompt; what they take is imported with the first version."""

    async def check(
        self, door: "DoorContext", prompt: "Prompt", candidate: "PromptVersion", current: "PromptVersion | None"
    ) -> None:
        """Agree, by returning.

        Raises:
            AiGateFailed: a set scores below its minimum, or further below the published version than it tolerates.
        """
        from docchain.features.ai.evaluation.comparing import compared  # noqa: PLC0415 - with the first version
        from docchain.features.ai.evaluation.domain import SHARE  # noqa: PLC0415 - the same
        from docchain.features.ai.evaluation.running import Wished, evaluated  # noqa: PLC0415 - the same
        from docchain.features.ai.evaluation.service import EvaluationService  # noqa: PLC0415 - the same

        most = door.services.settings.ai.ai_max_examples
        for guard in await door.read(lambda work: EvaluationService(work, most).guarding(prompt.id)):
            before = None
            if current is not None and current.number != candidate.number:
                before = await evaluated(door, guard, Wished(current, prompt.id))
            after = await evaluated(door, guard, Wished(candidate, prompt.id))
            fell = before is not None and after.score < before.score - guard.tolerance - SHARE
            if fell or after.score < guard.minimum - SHARE:
                worse = compared(before, after).worse if before is not None else []
                _refuse(guard, before, after, worse)


def _refuse(
    guard: "Evaluation", before: "EvaluationRun | None", after: "EvaluationRun", worse: "list[ScoreChange]"
) -> None:
    from docchain.features.ai.prompts.errors import AiGateFailed  # noqa: PLC0415 - the same

    than = f"version {before.version} {before.score:.3f}" if before is not None else "no version is published"
    raise AiGateFailed(
        f"{guard.name}: version {after.version} scores {after.score:.3f}; {than}; "
        f"the least is {guard.minimum:.3f}, and {guard.tolerance:.3f} less than what is published.",
        errors=list(_faults(guard, after, worse)),
    )


def _faults(guard: "Evaluation", after: "EvaluationRun", worse: "list[ScoreChange]") -> Iterator[Any]:
    from docchain.features.ai.evaluation.domain import MOST_TOLD  # noqa: PLC0415 - the same
    from docchain.platform.errors import FieldFault  # noqa: PLC0415 - the same

    for one in worse[:MOST_TOLD]:
        said = f"right is {_short(one.expected)}; before: {_short(one.before)}; now: {_short(one.after)}"
        yield FieldFault(f"{guard.name}.examples[{one.number}]", said, "worse")
    if not worse:
        for graded in [one for one in after.results if one.score < 1][:MOST_TOLD]:
            said = f"right is {_short(graded.expected)}; now: {_short(graded.got)}"
            yield FieldFault(f"{guard.name}.examples[{graded.number}]", said, "wrong")


def _short(value: Any) -> str:
    import json  # noqa: PLC0415 - the same

    told = "nothing" if value is None else json.dumps(value, ensure_ascii=False)
    return told if len(told) <= 120 else f"{told[:117]}…"  # noqa: PLR2004 - of a line
