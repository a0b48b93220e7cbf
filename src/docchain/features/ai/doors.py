"""What all doors of AI do: who asks becomes who pays, and documents are read with their rights."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final, TypeVar
from uuid import UUID

from pydantic import BaseModel, ValidationError

from docchain.engine.definition.faults import field_faults
from docchain.features.ai.bodies import references_in
from docchain.features.ai.port import Deltas, Origin
from docchain.features.ai.prompts.rendering import Library
from docchain.features.ai.reading import Readings
from docchain.features.ai.step_list import desk_of
from docchain.features.ai.steps.shared import AiParams, AiStep, Desk
from docchain.features.documents import DocumentService
from docchain.platform.errors import Invalid
from docchain.platform.veil import NotShown
from docchain.platform.web.door import DoorContext
from docchain.platform.work import Work

M = TypeVar("M", bound=BaseModel)
_FIELDS: Final = "document.fields."


def workspace_of(door: DoorContext) -> UUID:
    """Where somebody asks; they always are in one."""
    assert door.actor.workspace_id is not None  # noqa: S101 - only the system has none
    return door.actor.workspace_id


def origin_of(door: DoorContext, document: UUID | None = None) -> Origin:
    """Who pays for what is asked at the door."""
    actor = door.actor
    return Origin(workspace_of(door), str(actor.user_id or actor.name), document=document)


async def work_of(door: DoorContext, kind: type[AiStep], body: BaseModel, deltas: Deltas | None = None) -> Any:
    """What a step of this kind makes of a body."""
    params = await params_of(door, kind, body.model_dump(mode="json", by_alias=True, exclude_unset=True))
    document = getattr(params, "document", None)
    step = kind(desk_at(door))
    origin = origin_of(door, document.document_id if document is not None else None)
    return await step.work(params, step.asking(params, origin, deltas))


def desk_at(door: DoorContext) -> Desk:
    """What is worked with at a door; documents in prompts are those that whoever asks may read."""
    services = door.services
    desk = desk_of(services.ai, services.documents, services.beside.texts)
    return replace(desk, prompts=library_at(door, desk.readings).rendered)


def library_at(door: DoorContext, readings: Readings) -> Library:
    """The library of prompts, for whoever asks."""
    return Library(readings, door.read, partial(references_at, door))


async def references_at(door: DoorContext, named: Mapping[str, Any]) -> dict[str, Any]:
    """The documents that are named, as references; only those that whoever asks may read."""
    if not named:
        return {}
    check_shown(door)
    return await door.read(lambda work: {key: _resolved(work, value) for key, value in named.items()})


async def params_of(door: DoorContext, kind: type[AiStep], given: Mapping[str, Any]) -> AiParams:
    """A step's parameters, with the documents that are named; only those that whoever asks may read."""
    assert issubclass(kind.params, AiParams)  # noqa: S101 - how kinds of AI are made
    found = await references_at(door, references_in(kind.params, given))
    try:
        return kind.params.model_validate({**given, **found})
    except ValidationError as error:
        faults = field_faults(error)
        raise Invalid(f"{faults[0].path}: {faults[0].message}", errors=faults) from None


def check_shown(door: DoorContext) -> None:
    """Refuse whom documents, or some fields of them, are kept from: a model would tell them in other words."""
    door.require("documents:read")
    if any(hidden.startswith(_FIELDS) for hidden in door.actor.hidden):
        raise NotShown(
            "You are not shown some fields of documents, so no model reads documents to you.",
            hint="Give `text`, or ask who administers the workspace.",
        )


async def once(door: DoorContext, answered: type[M], work: Callable[[], Awaitable[M]]) -> M:
    """Do what costs money once for the same `Idempotency-Key`."""
    known = await door.repeated(answered)
    if known is not None:
        return known
    made = await work()
    if "idempotency-key" not in door.request.headers:
        return made
    return await door.create(answered, lambda _: made)


def _resolved(work: Work, value: Any) -> Any:
    documents = DocumentService(work)
    if isinstance(value, list):
        return [documents.resolve(reference).model_dump(mode="json") for reference in value]
    return documents.resolve(value).model_dump(mode="json")
