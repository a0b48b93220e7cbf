"""The step `ai.generate`: a text, or a value of a JSON Schema, from a prompt, perhaps over a document."""

import json
from typing import Annotated, Any, ClassVar, Final

from pydantic import BaseModel, ConfigDict, Field

from docchain.engine.kinds import Params, Result
from docchain.features.ai.asking import Answer, RenderedPrompt
from docchain.features.ai.calling.structured import faults_in
from docchain.features.ai.errors import InputMissing, OutputInvalid
from docchain.features.ai.port import Ask, Message, Task
from docchain.features.ai.reading import Reading
from docchain.features.ai.steps.shared import DATA, AiParams, AiStep, Asked, Asking, Text, fenced
from docchain.features.documents import DocumentRef
from docchain.platform.threads import to_its_end

_MERGED: Final = "the prompt was answered for each part, then once more over these answers"
Prompt = Annotated[str, Field(max_length=400_000)]
_MARKDOWN: Final = "text/markdown"


class GenerateParams(AiParams):
    """What is to be written."""

    model_config = ConfigDict(populate_by_name=True)

    prompt: Prompt | None = Field(None, description="What is wanted; or give `prompt_name`, or a local `template`.")
    template: str | None = Field(
        None,
        max_length=60,
        description="A local template, filled with `variables`: `supplier_reply`, `payment_reminder`, `cover_note`, "
        "`contract_summary` or `meeting_note`.",
    )
    text: Text | None = Field(None, description="A text that the prompt is about.")
    document: DocumentRef | None = Field(None, description="A document that the prompt is about.")
    schema_: dict[str, Any] | None = Field(None, alias="schema", description="JSON Schema of the answer's value.")
    language: str = Field("", max_length=8, description="Of the answer, as a code; empty: as it comes.")
    max_tokens: Annotated[int, Field(ge=1, le=1_000_000)] = 1_024
    temperature: Annotated[float, Field(ge=0, le=2)] = 0.0
    as_document: str | None = Field(None, max_length=200, description="Name of a document that is made of the answer.")


class GenerateResult(Result):
    """What was written."""

    text: str
    value: Any = Field(None, description="Of the JSON Schema, if one was given.")
    finish: str = Field("stop", description="`length`: it was cut at `max_tokens`.")
    confidence: float | None = None
    document: DocumentRef | None = Field(None, description="The document that was made of it.")
    ai: Asked


class Generate(AiStep):
    """Writes a text or a structured value from a prompt, with any provider; locally, from templates."""

    name = "ai.generate"
    title = "Generate"
    task: ClassVar[Task] = "generate"
    params: ClassVar[type[Params]] = GenerateParams
    result: ClassVar[type[BaseModel]] = GenerateResult

    async def work(self, params: GenerateParams, asking: Asking) -> GenerateResult:
        if not (params.prompt or params.prompt_name or params.template):
            raise InputMissing("There is no prompt.", hint="Give `prompt`, `prompt_name` or `template`.")
        found = await asking.prompted(params)
        told = _told(found, params.prompt or "")
        params = _wishing(found, params) if found else params
        reading = await asking.read(params.text, params.document) if params.text or params.document else None
        answer = await _answered(params, told, reading, asking)
        value = await _value(answer, params.schema_)
        return GenerateResult(
            text=answer.text,
            value=value,
            finish=answer.finish,
            confidence=answer.confidence,
            document=await asking.keep(params.as_document, *_content(answer, value), params.document),
            ai=asking.said(),
        )


async def _value(answer: Answer, schema: dict[str, Any] | None) -> Any:
    """The value of the schema: a model's was checked when it came, a local method's is here."""
    if schema is None or answer.provider != "local":
        return None if schema is None else answer.value
    needed = schema.get("required") or ()
    value = {name: told for name, told in answer.value["value"].items() if told is not None or name in needed}
    if faults := await to_its_end(faults_in, value, schema):
        raise OutputInvalid("What the local method found does not fit the schema.", faults)
    return value


def _told(found: RenderedPrompt | None, prompt: str) -> tuple[Message, ...]:
    system = (Message("system", found.system),) if found and found.system else ()
    text = "\n\n".join(filter(None, (found.text if found else "", prompt)))
    return (*system, Message("user", text)) if text else system


def _wishing(found: RenderedPrompt, params: GenerateParams) -> GenerateParams:
    """With the prompt's wishes, where the step names none."""
    wishes = {"schema_": found.schema, "temperature": found.temperature, "max_tokens": found.max_tokens}
    named = params.model_fields_set
    return params.model_copy(
        update={key: wish for key, wish in wishes.items() if wish is not None and key not in named}
    )


async def _answered(
    params: GenerateParams, told: tuple[Message, ...], reading: Reading | None, asking: Asking
) -> Answer:
    parts = asking.windows(reading, _MERGED) if reading is not None else []
    if len(parts) < 2:  # noqa: PLR2004 - one part is the whole
        whole = reading if not parts else Reading(parts[0].text, name=reading.name if reading else "")
        return await asking.call(_ask(params, told, whole, asking), stream=True)
    found = [
        await asking.call(_ask(params, told, Reading(part.text, name=reading.name if reading else ""), asking))
        for part in parts
    ]
    together = Reading("\n\n".join(answer.text for answer in found))
    return await asking.call(_ask(params, told, together, asking), stream=True)


def _ask(params: GenerateParams, told: tuple[Message, ...], reading: Reading | None, asking: Asking) -> Ask:
    messages = list(told)
    local: dict[str, Any] = {"variables": params.variables} if params.template else {}
    if params.template:
        local["template"] = params.template
        messages = messages or [Message("user", f"Write a {params.template.replace('_', ' ')} with these facts: ")]
        messages.append(Message("user", json.dumps(params.variables, ensure_ascii=False, default=str)))
    if reading is not None:
        messages = [Message("system", DATA), Message("user", fenced(reading.text, reading.name)), *messages]
        local["text"] = reading.text
    if params.language:
        messages.insert(0, Message("system", f"Answer in the language with the code {params.language}."))
    return Ask(
        "generate",
        tuple(messages),
        schema=params.schema_,
        max_tokens=params.max_tokens,
        temperature=params.temperature,
        language=params.language,
        prompt=asking.prompt,
        local=local,
    )


def _content(answer: Answer, value: Any) -> tuple[bytes, str]:
    if value is not None:
        return json.dumps(value, ensure_ascii=False, indent=2).encode(), "application/json"
    return answer.text.encode(), _MARKDOWN
