"""Every step kind of AI, over one desk."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from docchain.features.ai.reading import Readings
from docchain.features.ai.steps.analyze import Analyze
from docchain.features.ai.steps.ask import AskDocuments
from docchain.features.ai.steps.classify import Classify
from docchain.features.ai.steps.decide import Decide
from docchain.features.ai.steps.embed import Embed
from docchain.features.ai.steps.extract import Extract
from docchain.features.ai.steps.generate import Generate
from docchain.features.ai.steps.shared import AiStep, Desk
from docchain.features.ai.steps.summarize import Summarize
from docchain.features.ai.steps.translate import Translate

if TYPE_CHECKING:
    from docchain.features.ai.asking import RenderedPrompt
    from docchain.features.ai.building import AiHouse
    from docchain.features.ai.port import Origin
    from docchain.features.documents import ParsedTexts, StepDocuments

KINDS: tuple[type[AiStep], ...] = (
    Generate,
    Summarize,
    Analyze,
    Translate,
    Decide,
    Embed,
    Classify,
    Extract,
    AskDocuments,
)


def desk_of(house: "AiHouse", documents: "StepDocuments", texts: "ParsedTexts | None") -> Desk:
    """What the steps of a process work with."""
    own = house.ground.settings.ai
    readings = Readings(documents.contents, texts, own.ai_max_chars)

    async def prompts(origin: "Origin", name: str, variables: Mapping[str, Any]) -> "RenderedPrompt":
        from docchain.features.ai.prompts.rendering import library_of_runs  # noqa: PLC0415 - with the first prompt

        library = library_of_runs(house.ground.database, readings, origin.workspace)
        return await library.rendered(origin, name, variables)

    return Desk(
        house.asks,
        readings,
        documents,
        own.ai_window_chars,
        own.ai_max_parts,
        prompts=prompts,
        told=house.told,
        memory=house.memory,
    )


def ai_kinds(
    house: "AiHouse | None", documents: "StepDocuments", texts: "ParsedTexts | None" = None
) -> Iterator[AiStep]:
    """One of each; without a house they can only be looked at."""
    desk = desk_of(house, documents, texts) if house is not None else None
    for kind in KINDS:
        yield kind(desk)
