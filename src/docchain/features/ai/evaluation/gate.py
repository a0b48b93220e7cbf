"""The gate before publishing: no guarded prompt gets worse; its one rule: whoever is refused sees each difference."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
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
        from docchain.features.ai.evaluation.running import Wished  # noqa: PLC0415 - with the first version
        from docchain.features.ai.evaluation.service import EvaluationService  # noqa: PLC0415 - the same
        from docchain.features.ai.evaluation.verdicts import judged  # noqa: PLC0415 - the same

        most = door.services.settings.ai.ai_max_examples
        other = current if current is not None and current.number != candidate.number else None
        for guard in await door.read(lambda work: EvaluationService(work, most).guarding(prompt.id)):
            before = Wished(other, prompt.id) if other is not None else None
            verdict = await judged(door, guard, Wished(candidate, prompt.id), before)
            if verdict.fails:
                raise verdict.refusal()
