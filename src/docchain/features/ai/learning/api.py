"""HTTP doors of corrections: say what a paper really says, list, withdraw, take as examples."""

from collections.abc import Mapping
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import ValidationError

from docchain.features.ai.doors import check_shown, workspace_of
from docchain.features.ai.errors import SchemaInvalid
from docchain.features.ai.learning.errors import CorrectionRefused
from docchain.features.ai.learning.schemas import Correction, CorrectionQuery, CorrectionRequest
from docchain.features.ai.learning.service import KEPT, CorrectionService
from docchain.features.ai.learning.teaching import Teacher
from docchain.features.ai.reading import Readings
from docchain.features.documents import Children, DocumentRef, DocumentService
from docchain.features.extraction import schema_key
from docchain.features.runs import RunService
from docchain.platform.pagination import Page
from docchain.platform.web.door import Door, DoorContext, needs
from docchain.platform.web.routes import LateRoute
from docchain.platform.work import Work

router = APIRouter(tags=["AI"], route_class=LateRoute)

_READ: Final = [needs("ai:read")]
_USE: Final = [needs("ai:use")]
_MANAGE: Final = [needs("ai:manage")]
_LINES: Final = "application/x-ndjson"
_Schema = Annotated[str, Query(max_length=64, description="A preset's name, or a correction's `schema_key`.")]


@router.post(
    "/ai/corrections",
    status_code=201,
    summary="Say what a document really says, for the next like it",
    dependencies=_USE,
)
async def create_ai_correction(body: CorrectionRequest, door: Door) -> Correction:
    known = await door.repeated(Correction)
    if known is not None:
        return known
    check_shown(door)
    key = _key(body.schema_)
    document, run = await door.read(lambda work: _named(work, body))
    lesson = await _teacher(door).lesson(workspace_of(door), document, body.schema_, body.values())
    if lesson.refused:
        raise CorrectionRefused(lesson.refused)
    most = door.services.settings.ai.ai_corrections

    def keep(work: Work) -> Correction:
        service = CorrectionService(work, most)
        row = service.add(state=KEPT, origin="person", run_id=run, step=body.step)
        return service.settle(row, document, body.schema_, key, lesson)

    return await door.create(Correction, keep)


@router.get("/ai/corrections", summary="List what people corrected, the newest first", dependencies=_READ)
async def list_ai_corrections(wanted: Annotated[CorrectionQuery, Query()], door: Door) -> Page[Correction]:
    check_shown(door)

    def look(work: Work) -> Page[Correction]:
        document = DocumentService(work).read(wanted.document).id if wanted.document else None
        return CorrectionService(work).page(wanted, document)

    return await door.read(look)


@router.get(
    "/ai/corrections/examples",
    summary="Take what people corrected as lines of an evaluation set",
    dependencies=_READ,
    response_class=Response,
    responses={200: {"content": {_LINES: {"schema": {"type": "string"}}}}},
)
async def read_ai_correction_examples(door: Door, schema: _Schema = "invoice") -> Response:
    check_shown(door)
    key = schema if len(schema) == len(schema_key("invoice")) else _key(schema)
    lines = await door.read(lambda work: [line.model_dump_json() for line in CorrectionService(work).examples(key)])
    return Response("".join(f"{line}\n" for line in lines), media_type=_LINES)


@router.delete("/ai/corrections/{correction}", status_code=204, summary="Withdraw a correction", dependencies=_MANAGE)
async def withdraw_ai_correction(correction: str, door: Door) -> None:
    await door.write(lambda work: CorrectionService(work).withdraw(correction))


def _named(work: Work, body: CorrectionRequest) -> tuple[DocumentRef, UUID | None]:
    run = RunService(work).read(body.run).id if body.run else None
    return DocumentService(work).resolve(body.document), run


def _key(schema: str | Mapping[str, Any]) -> str:
    try:
        return schema_key(schema)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "schema"
        raise SchemaInvalid(f"{where}: {first['msg']}"[:500]) from None


def _teacher(door: DoorContext) -> Teacher:
    services = door.services
    readings = Readings(services.documents.contents, services.beside.texts, services.settings.ai.ai_max_chars)
    return Teacher(readings, Children(services.processes, services.settings.processes.process_timeout))
