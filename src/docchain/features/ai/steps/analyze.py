"""The step `ai.analyze`: several looks at one text, each with its own method and how sure it is."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import BaseModel, Field

from docchain.engine.kinds import Params, Result
from docchain.features.ai.asking import Answer, Choice
from docchain.features.ai.errors import InputMissing
from docchain.features.ai.port import Ask, Task
from docchain.features.ai.steps.analyses import DEFAULT_MERGED, merged, schema_of
from docchain.features.ai.steps.shared import AiStep, Asked, Asking, TextParams, instructed

Analysis = Literal["sentiment", "keywords", "summary", "language", "entities", "classification", "readability"]
_ALL: Final[Sequence[Analysis]] = (
    "sentiment",
    "keywords",
    "summary",
    "language",
    "entities",
    "classification",
    "readability",
)
_COUNTED: Final = "readability"
_INSTRUCTION: Final = (
    "Analyze the document as the schema says. Quote keywords and entities as they stand in it. The language is an "
    "ISO 639-1 code. `confidence` is from 0 to 1."
)


class AnalyzeParams(TextParams):
    """What to look at."""

    analyses: list[Analysis] = Field([], max_length=7, description="Empty: all; classification only with `labels`.")
    labels: dict[str, str] | list[Annotated[str, Field(max_length=200)]] = Field(
        {}, max_length=100, description="Of the classification: names, or descriptions by name."
    )
    language: str = Field("", max_length=8, description="Code of the text's language; empty: it tells itself.")


class AnalyzeResult(Result):
    """One entry for each analysis that was wanted, with its own `confidence` and `method`."""

    sentiment: dict[str, Any] | None = None
    keywords: dict[str, Any] | None = None
    summary: dict[str, Any] | None = None
    language: dict[str, Any] | None = None
    entities: dict[str, Any] | None = None
    classification: dict[str, Any] | None = None
    readability: dict[str, Any] | None = None
    ai: Asked


class Analyze(AiStep):
    """Tells a text's sentiment, keywords, summary, language, entities, class and readability."""

    name = "ai.analyze"
    title = "Analyze"
    task: ClassVar[Task] = "analyze"
    params: ClassVar[type[Params]] = AnalyzeParams
    result: ClassVar[type[BaseModel]] = AnalyzeResult

    async def work(self, params: AnalyzeParams, asking: Asking) -> AnalyzeResult:
        labels = _labels(params.labels)
        wanted = [name for name in _ALL if name in (params.analyses or _ALL)]
        if not labels and "classification" in params.analyses:
            raise InputMissing("There is no label to choose from.", hint="Give `labels`: names, or descriptions.")
        wanted = [name for name in wanted if labels or name != "classification"]
        reading = await asking.read(params.text, params.document)
        told = await asking.instruction(params, _INSTRUCTION)
        found: list[dict[str, Any]] = []
        for part in asking.windows(reading, DEFAULT_MERGED):
            local = {"text": part.text, "analyses": wanted, "labels": labels}
            remote = [name for name in wanted if name != _COUNTED]
            schema = schema_of(remote, labels) if remote and asking.choice.provider != "local" else None
            messages = instructed(told, reading, part.text)
            ask = Ask("analyze", messages, schema=schema, language=params.language, prompt=asking.prompt, local=local)
            found.append(_looks(await asking.call(ask), part.start))
        looks = merged(found, labels)
        if _COUNTED in wanted and _COUNTED not in looks:
            looks[_COUNTED] = await _counted(reading.text, params, asking)
        placed = {name: reading.placed(looks[name]) for name in wanted if name in looks}
        return AnalyzeResult(**placed, ai=asking.said())


async def _counted(text: str, params: AnalyzeParams, asking: Asking) -> dict[str, Any]:
    """Readability is counted, not guessed: here, whoever answers the rest."""
    wished, asking.choice = asking.choice, Choice("local", cache=params.cache)
    local = {"text": text, "analyses": [_COUNTED]}
    answer = await asking.call(Ask("analyze", instructed(""), language=params.language, local=local))
    asking.choice = wished
    return dict(answer.value[_COUNTED])


def _looks(answer: Answer, start: int) -> dict[str, Any]:
    """What was found in one part, with places in the whole text."""
    value = answer.value if isinstance(answer.value, Mapping) else {}
    looks = {name: look for name, look in value.items() if isinstance(look, Mapping)}
    method = "" if answer.provider == "local" else "model"
    return {name: _moved({**look, "method": method or look.get("method", "")}, start) for name, look in looks.items()}


def _moved(value: Any, start: int) -> Any:
    if isinstance(value, list):
        return [_moved(inner, start) for inner in value]
    if not isinstance(value, Mapping):
        return value
    moved = {name: _moved(inner, start) for name, inner in value.items()}
    for edge in ("start", "end"):
        if isinstance(moved.get(edge), int):
            moved[edge] += start
    return moved


def _labels(given: dict[str, str] | list[str]) -> dict[str, str]:
    return dict(given) if isinstance(given, dict) else dict.fromkeys(given, "")
