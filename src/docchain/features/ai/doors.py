"""What all doors of AI do: who asks becomes who pays, and documents are read with their rights."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeVar
from uuid import UUID

from pydantic import BaseModel, ValidationError

from docchain.engine.definition.faults import field_faults
from docchain.features.ai.bodies import references_in
from docchain.features.ai.port import Deltas, Origin
from docchain.features.ai.step_list import desk_of
from docchain.features.ai.steps.shared import AiParams, AiStep
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
    services = door.services
    step = kind(desk_of(services.ai, services.documents, services.beside.texts))
    origin = origin_of(door, document.document_id if document is not None else None)
    return await step.work(params, step.asking(params, origin, deltas))


async def params_of(door: DoorContext, kind: type[AiStep], given: Mapping[str, Any]) -> AiParams:
    """A step's parameters, with the documents that are named; only those that whoever asks may read."""
    assert issubclass(kind.params, AiParams)  # noqa: S101 - how kinds of AI are made
    named = references_in(kind.params, given)
    found: dict[str, Any] = {}
    if named:
        door.require("documents:read")
        if any(hidden.startswith(_FIELDS) for hidden in door.actor.hidden):
            raise NotShown(
                "You are not shown some fields of documents, so no model reads documents to you.",
                hint="Give `text`, or ask who administers the workspace.",
            )
        found = await door.read(lambda work: {key: _resolved(work, value) for key, value in named.items()})
    try:
        return kind.params.model_validate({**given, **found})
    except ValidationError as error:
        faults = field_faults(error)
        raise Invalid(f"{faults[0].path}: {faults[0].message}", errors=faults) from None


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
