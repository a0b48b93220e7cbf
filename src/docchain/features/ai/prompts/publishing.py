"""Publishing a version: the gate is asked first, if there is one, and outside of any transaction."""

from docchain.features.ai.prompts.gate import Gate
from docchain.features.ai.prompts.schemas import Prompt, PromptVersion, PublishRequest
from docchain.features.ai.prompts.service import PromptService
from docchain.features.ai.prompts.versions import VersionService
from docchain.platform.preconditions import Expected
from docchain.platform.web.door import DoorContext
from docchain.platform.work import Work

_Seen = tuple[Prompt, PromptVersion, PromptVersion | None]


async def published(
    door: DoorContext, reference: str, wanted: PublishRequest, gate: Gate | None, expected: Expected
) -> Prompt:
    """Let a label stand for a version that the gate agrees to, or that is forced.

    Raises:
        AiGateFailed: the gate does not agree.
        PromptChanged: the label was moved meanwhile.
    """
    known = await door.repeated(Prompt)
    if known is not None:
        return known
    prompt, candidate, current = await door.read(lambda work: _seen(work, reference, wanted))
    if gate is not None and not wanted.force:
        await gate.check(door, prompt, candidate, current)
    seen = current.number if current else None
    reason = wanted.reason if wanted.force else None

    def move(work: Work) -> Prompt:
        service = PromptService(work)
        row = service.to_change(prompt.handle, expected)
        VersionService(work).publish(row, wanted.label, candidate.number, seen, reason)
        return service.read(prompt.handle)

    return await door.create(Prompt, move)


def _seen(work: Work, reference: str, wanted: PublishRequest) -> _Seen:
    service, versions = PromptService(work), VersionService(work)
    row = service.row(reference)
    return service.read(reference), versions.read(row, wanted.version), versions.current(row, wanted.label)
