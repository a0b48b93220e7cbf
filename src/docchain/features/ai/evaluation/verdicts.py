"""Whether a version may take the place of another one, by one evaluation set."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from docchain.features.ai.errors import OutputInvalid
from docchain.features.ai.evaluation.comparing import compared
from docchain.features.ai.evaluation.domain import MOST_TOLD, SHARE
from docchain.features.ai.evaluation.running import Tell, Wished, evaluated
from docchain.features.ai.evaluation.schemas import Evaluation, EvaluationRun, Graded, ScoreChange, VerdictTold
from docchain.features.ai.prompts.errors import AiGateFailed
from docchain.platform.errors import FieldFault
from docchain.platform.web.door import DoorContext

_LINE: Final = 120


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a version scores beside the one that is published, if there is another one."""

    guard: Evaluation
    before: EvaluationRun | None
    after: EvaluationRun

    @property
    def worse(self) -> list[ScoreChange]:
        """Examples that score less, the worst fall first."""
        return compared(self.before, self.after).worse if self.before is not None else []

    @property
    def fails(self) -> bool:
        """Below the set's minimum, further below what is published than the set tolerates, or not graded whole."""
        if self.unanswered:
            return True
        fell = self.before is not None and self.after.score < self.before.score - self.guard.tolerance - SHARE
        return fell or self.after.score < self.guard.minimum - SHARE

    @property
    def unanswered(self) -> list[Graded]:
        """Examples that nobody could answer, whatever the prompt says: to score as badly as before proves nothing."""
        return [one for one in self.after.results if one.problem and not one.problem.startswith(OutputInvalid.code)]

    @property
    def told(self) -> VerdictTold:
        """For programs."""
        return VerdictTold(evaluation=self.guard.name, ok=not self.fails, before=self.before, after=self.after)

    def refusal(self) -> AiGateFailed:
        """With the differences as errors."""
        guard, before, after = self.guard, self.before, self.after
        than = f"version {before.version} {before.score:.3f}" if before is not None else "no other is published"
        return AiGateFailed(
            f"{guard.name}: version {after.version} scores {after.score:.3f}; {than}; "
            f"the least is {guard.minimum:.3f}, and {guard.tolerance:.3f} less than what is published.",
            errors=list(self._faults()),
        )

    def _faults(self) -> Iterator[FieldFault]:
        worse = self.worse[:MOST_TOLD]
        for one in worse:
            said = f"right is {_short(one.expected)}; before: {_short(one.before)}; now: {_short(one.after)}"
            yield FieldFault(f"{self.guard.name}.examples[{one.number}]", said, "worse")
        for graded in self.unanswered[:MOST_TOLD]:
            yield FieldFault(f"{self.guard.name}.examples[{graded.number}]", graded.problem or "", "unanswered")
        if not worse and not self.unanswered:
            for graded in [one for one in self.after.results if one.score < 1][:MOST_TOLD]:
                said = f"right is {_short(graded.expected)}; now: {_short(graded.got)}"
                yield FieldFault(f"{self.guard.name}.examples[{graded.number}]", said, "wrong")


async def judged(
    door: DoorContext, guard: Evaluation, candidate: Wished, current: Wished | None, tell: Tell | None = None
) -> Verdict:
    """Grade both on all examples; what was answered before is not asked again."""
    before = await evaluated(door, guard, current, tell) if current is not None else None
    return Verdict(guard, before, await evaluated(door, guard, candidate, tell))


def _short(value: Any) -> str:
    told = "nothing" if value is None else json.dumps(value, ensure_ascii=False)
    return told if len(told) <= _LINE else f"{told[: _LINE - 1]}…"
