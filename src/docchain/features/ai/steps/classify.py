"""The step `ai.classify`: which of some labels fit a text; a near second place goes to a person."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final

from pydantic import BaseModel, Field

from docchain.engine.kinds import Params, Result
from docchain.features.ai.asking import Answer
from docchain.features.ai.json_schema import closed
from docchain.features.ai.port import Ask, Task
from docchain.features.ai.reading import Reading
from docchain.features.ai.steps.shared import AiStep, Asked, Asking, TextParams, instructed
from docchain.platform.model import Model

_MERGED: Final = "the mean of each label's confidence"
_PARTS: Final = 4
Name = Annotated[str, Field(min_length=1, max_length=100)]
Told = Annotated[str, Field(max_length=2_000)]


class ClassifyParams(TextParams):
    """Which labels there are."""

    labels: (
        Annotated[dict[Name, Told], Field(min_length=1, max_length=100)]
        | Annotated[list[Name], Field(min_length=1, max_length=100)]
    ) = Field(description="Descriptions by label, or labels alone.")
    many: bool = Field(default=False, description="Whether several may fit; each is then judged alone.")
    threshold: Annotated[float, Field(ge=0, le=1)] = Field(0.5, description="Below it, the answer is `unsure`.")


class Weighed(Model):
    """A label, and how sure it is."""

    label: str
    confidence: float


class ClassifyResult(Result):
    """The label that fits best, and all of them, the surest first."""

    label: str | None
    labels: list[Weighed]
    chosen: list[str] = Field(description="Those at or above the threshold; of one that may fit, at most the best.")
    confidence: float
    unsure: bool
    ai: Asked


class Classify(AiStep):
    """Chooses labels for a text or a document, without having been taught."""

    name = "ai.classify"
    title = "Classify"
    task: ClassVar[Task] = "classify"
    params: ClassVar[type[Params]] = ClassifyParams
    result: ClassVar[type[BaseModel]] = ClassifyResult

    async def work(self, params: ClassifyParams, asking: Asking) -> ClassifyResult:
        reading = await asking.read(params.text, params.document)
        labels = params.labels if isinstance(params.labels, dict) else dict.fromkeys(params.labels, "")
        told = await asking.instruction(params, _instruction(params, labels))
        sums = dict.fromkeys(labels, 0.0)
        parts = asking.windows(reading, _MERGED)[:_PARTS]
        for part in parts:
            answer = await asking.call(_ask(params, labels, told, reading, part.text, asking))
            for label, sure in _weights(answer).items():
                if label in sums:
                    sums[label] += sure / len(parts)
        ranked = [Weighed(label=name, confidence=round(sums[name], 3)) for name in sorted(sums, key=lambda x: -sums[x])]
        best = ranked[0]
        chosen = [item.label for item in (ranked if params.many else ranked[:1]) if item.confidence >= params.threshold]
        return ClassifyResult(
            label=best.label if best.confidence > 0 else None,
            labels=ranked,
            chosen=chosen,
            confidence=best.confidence,
            unsure=best.confidence < params.threshold,
            ai=asking.said(),
        )


def _instruction(params: ClassifyParams, labels: Mapping[str, str]) -> str:
    wish = "Say how well each label fits, on its own" if params.many else "Choose the label that fits best"
    listed = "\n".join(f"- {name}: {told}" if told else f"- {name}" for name, told in labels.items())
    return f"{wish}. Give every label with a `confidence` from 0 to 1.\nLabels:\n{listed}"


def _ask(
    params: ClassifyParams, labels: Mapping[str, str], told: str, reading: Reading, text: str, asking: Asking
) -> Ask:
    local = {"text": text, "labels": dict(labels), "many": params.many, "threshold": params.threshold}
    weight = closed({"label": {"type": "string", "enum": list(labels)}, "confidence": {"type": "number"}})
    schema = closed({"labels": {"type": "array", "items": weight}})
    return Ask("classify", instructed(told, reading, text), schema=schema, prompt=asking.prompt, local=local)


def _weights(answer: Answer) -> dict[str, float]:
    value: Mapping[str, Any] = answer.value if isinstance(answer.value, Mapping) else {}
    given = value.get("labels") or []
    return {str(item["label"]): min(1.0, max(0.0, float(item.get("confidence") or 0))) for item in given}
