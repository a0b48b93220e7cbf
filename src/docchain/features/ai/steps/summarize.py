"""The step `ai.summarize`: a text in short; locally in sentences of its own, each with page and box."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final

from pydantic import BaseModel, Field

from docchain.engine.kinds import Params, Result
from docchain.features.ai.asking import Answer
from docchain.features.ai.port import Ask, Task
from docchain.features.ai.reading import Reading
from docchain.features.ai.splitting import Window
from docchain.features.ai.steps.shared import AiStep, Asked, Asking, TextParams, instructed
from docchain.platform.model import Model

_MERGED: Final = "each part was summarized, then the summaries"


class SummarizeParams(TextParams):
    """How short."""

    sentences: Annotated[int, Field(ge=1, le=50)] = 3
    words: Annotated[int, Field(ge=5, le=5_000)] | None = Field(None, description="Instead of a number of sentences.")
    style: str = Field("", max_length=200, description="How a model shall write, such as `bullet points`.")


class Quoted(Model):
    """A sentence of the text, and where it stands."""

    text: str
    start: int | None = None
    end: int | None = None
    places: list[dict[str, Any]] = Field([], description="Page and box of its words, one entry a page.")


class SummarizeResult(Result):
    """In short."""

    summary: str
    sentences: list[Quoted] = Field([], description="Of a local summary: what it quotes, with its places.")
    confidence: float | None = None
    ai: Asked


class Summarize(AiStep):
    """Says a text or a document in a few sentences."""

    name = "ai.summarize"
    title = "Summarize"
    task: ClassVar[Task] = "summarize"
    params: ClassVar[type[Params]] = SummarizeParams
    result: ClassVar[type[BaseModel]] = SummarizeResult

    async def work(self, params: SummarizeParams, asking: Asking) -> SummarizeResult:
        reading = await asking.read(params.text, params.document)
        told = await asking.instruction(params, _instruction(params))
        parts = asking.windows(reading, _MERGED)
        quoted: list[Quoted] = []
        said: list[str] = []
        for part in parts:
            answer = await asking.call(_ask(params, told, reading, part.text, asking), stream=len(parts) == 1)
            quoted += _quoted(answer, part, reading)
            said.append(answer.text)
        if len(parts) > 1:
            answer = await asking.call(_ask(params, told, reading, "\n\n".join(said), asking), stream=True)
            kept = {sentence.text for sentence in _quoted(answer, Window(0, ""), Reading(""))}
            quoted = [sentence for sentence in quoted if sentence.text in kept]
        return SummarizeResult(summary=answer.text, sentences=quoted, confidence=answer.confidence, ai=asking.said())


def _instruction(params: SummarizeParams) -> str:
    size = f"at most {params.words} words" if params.words else f"at most {params.sentences} sentences"
    style = f" Style: {params.style}." if params.style else ""
    return f"Summarize the document in {size}, in its own language. Say nothing that it does not say.{style}"


def _ask(params: SummarizeParams, told: str, reading: Reading, text: str, asking: Asking) -> Ask:
    local = {"text": text, "sentences": params.sentences} | ({"words": params.words} if params.words else {})
    messages = instructed(told, reading, text)
    return Ask("summarize", messages, local=local, language=reading.language, prompt=asking.prompt)


def _quoted(answer: Answer, part: Window, reading: Reading) -> list[Quoted]:
    """What a local summary quotes, placed in the whole text."""
    if answer.provider != "local" or not isinstance(answer.value, Mapping):
        return []
    moved = [
        {"text": found["text"], "start": found["start"] + part.start, "end": found["end"] + part.start}
        for found in answer.value.get("sentences") or []
    ]
    return [Quoted(**found) for found in reading.placed(moved)]
