"""The step `ai.extract`: typed fields of a document, each held against its words; what no page says is marked so."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any, ClassVar, Final

import msgspec
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from docchain.engine.kinds import Params, StepError
from docchain.features.ai.errors import InputMissing, SchemaInvalid
from docchain.features.ai.extraction.asking_fields import instruction_of, said_in, schema_of
from docchain.features.ai.extraction.papers import drawn, encoded, numbered, windows_of
from docchain.features.ai.learning.shots import TOLD, shots_of
from docchain.features.ai.port import Ask, Message, Task
from docchain.features.ai.reading import Reading
from docchain.features.ai.steps.shared import AiStep, Asked, Asking, Split, TextParams, instructed
from docchain.features.documents import Page, ParsedDocument
from docchain.features.extraction import (
    ExtractResult,
    FieldSpec,
    ground,
    judge,
    likeness_of,
    rules_of,
    schema_key,
    wanted_of,
)

_MERGED: Final = "each field from the part that says it surest; the first where several do"
_ENDS: Final = (8, 4)
_A_FIELD: Final = 150


class ExtractParams(TextParams):
    """What to read, and when to trust it."""

    model_config = ConfigDict(populate_by_name=True)

    schema_: str | dict[str, Any] = Field(
        default="invoice",
        alias="schema",
        description="A preset (`invoice`, `receipt`, `contract`, `identity`, `mail`), or `fields` by name, with a "
        "preset's name as `$ref` and `rules` in CEL beside them.",
    )
    threshold: Annotated[float, Field(ge=0, le=1)] = Field(0.85, description="Values below it need a person.")


class ExtractAnswer(ExtractResult):
    """Plain values by name, the same with their evidence, and what needs a person."""

    ai: Asked


class Extract(AiStep):
    """Reads typed fields from a document, with page and box of each; a value that no page says is never accepted."""

    name = "ai.extract"
    title = "Extract with AI"
    task: ClassVar[Task] = "extract"
    params: ClassVar[type[Params]] = ExtractParams
    result: ClassVar[type[BaseModel]] = ExtractAnswer

    async def work(self, params: ExtractParams, asking: Asking) -> ExtractAnswer:
        wanted = _wanted(params.schema_)
        paper, reading = await _paper(params, asking)
        told = await asking.instruction(params, instruction_of(wanted))
        today = _today(asking)
        parts = windows_of(paper.pages, asking.desk.window)
        asking.cut = asking.cut or len(parts) > asking.desk.parts
        memory = await _memory(params, asking, paper)
        hints = {"today": today.isoformat(), "memory": memory}
        local = {"parsed": encoded(paper, _ENDS), "paper": params.schema_, "hints": hints}
        shots, shown = await _shots(asking, memory)
        found: list[Mapping[str, Any]] = []
        for part in parts[: asking.desk.parts]:
            answer = await asking.call(_ask(told, reading, part, wanted, asking, local, shots))
            if answer.provider == "local":
                found = [answer.value]
                break
            pages = msgspec.structs.replace(paper, pages=part)
            extraction = ground(pages, params.schema_, said_in(answer.value, wanted), today)
            found.append(msgspec.to_builtins(extraction) | {"learned_from": shown})
        if len(found) > 1:
            asking.split = Split(parts=len(found), characters=asking.desk.window, merged=_MERGED)
        judged = judge(_placeless(merged(found), reading), wanted, params.threshold, rules_of(params.schema_))
        return ExtractAnswer(**dict(judged), ai=asking.said())


def _wanted(schema: str | Mapping[str, Any]) -> dict[str, FieldSpec]:
    try:
        return wanted_of(schema)
    except (StepError, ValidationError) as error:
        raise SchemaInvalid(str(error)[:500]) from None


async def _paper(params: ExtractParams, asking: Asking) -> tuple[ParsedDocument, Reading]:
    if params.document is not None:
        paper = await asking.desk.readings.parsed(asking.origin.workspace, params.document)
        return paper, await asking.read(None, params.document)
    if not (params.text or "").strip():
        raise InputMissing("There is nothing to read.", hint="Give a `document`, or a `text`.")
    return drawn(params.text or ""), Reading(params.text or "")


async def _memory(params: ExtractParams, asking: Asking, paper: ParsedDocument) -> list[dict[str, Any]]:
    """What was corrected on papers like this one."""
    memory, workspace, key = asking.desk.memory, asking.origin.workspace, schema_key(params.schema_)
    if memory is None or not await memory.knows(workspace, key):
        return []
    return await memory.like(workspace, key, *await asyncio.to_thread(likeness_of, paper))


async def _shots(asking: Asking, memory: Sequence[Mapping[str, Any]]) -> tuple[str, list[str]]:
    if asking.desk.memory is None or not memory:
        return "", []
    return shots_of(memory, await asking.desk.memory.shots(asking.origin.workspace))


def _today(asking: Asking) -> date:
    if asking.context is not None:
        return asking.context.started_at.date()
    return datetime.now(UTC).date()


def _ask(
    told: str,
    reading: Reading,
    pages: Sequence[Page],
    wanted: Mapping[str, FieldSpec],
    asking: Asking,
    local: Mapping[str, Any],
    shots: str,
) -> Ask:
    most = max(1_024, _A_FIELD * len(wanted) * (4 if any(spec.type == "lines" for spec in wanted.values()) else 1))
    system, data = instructed(f"{told}\n{TOLD}" if shots else told, reading, numbered(pages))
    messages = (system, Message("user", shots + data.text))
    return Ask("extract", messages, schema=schema_of(wanted), max_tokens=most, prompt=asking.prompt, local=local)


def merged(found: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """One extraction of all parts: of each field the surest value, and the faults that are about what was kept."""
    fields: dict[str, Any] = {}
    kept: dict[str, int] = {}
    for at, part in enumerate(found):
        for name, value in part["fields"].items():
            if name not in fields or value["confidence"] > fields[name]["confidence"]:
                fields[name], kept[name] = value, at
    missing = {name: why for part in found for name, why in part["missing"].items() if name not in fields}
    faults = [
        fault
        for at, part in enumerate(found)
        for fault in part["faults"]
        if (kept.get(fault["path"], at) == at and not (fault["code"] == "missing" and fault["path"] in fields))
    ]
    learned = [name for part in found for name in part.get("learned_from", ())]
    return {"fields": fields, "missing": missing, "faults": faults, "learned_from": list(dict.fromkeys(learned))}


def _placeless(extraction: dict[str, Any], reading: Reading) -> dict[str, Any]:
    """Of a text without pages no page and box is told."""
    if reading.document is None:
        for value in extraction["fields"].values():
            value["page"], value["box"], value["parts"] = None, None, []
    return extraction
