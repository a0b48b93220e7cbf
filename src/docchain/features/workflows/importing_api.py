"""HTTP door of files of workflows: one definition, YAML or JSON, or a bundle of many workflows."""

import asyncio
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response

from docchain.engine.definition import DefinitionError, Fault
from docchain.features.runs import Version
from docchain.features.workflows.bulk_results import BulkResult
from docchain.features.workflows.bundle import MEDIA_TYPE, BundledWorkflow, unpacked
from docchain.features.workflows.bundling import bundled
from docchain.features.workflows.definition_schemas import DEFINITION
from docchain.features.workflows.exporting import MEDIA_TYPES, Format, exported
from docchain.features.workflows.importing import Entry, ImportService, OnConflict, entries_of
from docchain.features.workflows.revisions import READ, WRITE, about, draft_of, located, tagged
from docchain.features.workflows.schemas import Workflow, WorkflowSelection
from docchain.platform.web.door import Door
from docchain.platform.web.media import UnsupportedMediaType
from docchain.platform.web.routes import LateRoute
from docchain.platform.work import Work

router = APIRouter(route_class=LateRoute)

EXAMPLE_YAML: Final = """\
# Says hello
workflow: greeting
title: Greeting
inputs:
  name: {type: string, default: world}
steps:
  - id: text
    use: text.template
    with: {template: "Hello {{ name }}!", data: "${inputs}"}
output: "${steps.text.text}"
"""

_YAML: Final = ("application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml")
_JSON: Final = "application/json"
_TEXT: Final[dict[str, Any]] = {"schema": {"type": "string"}, "example": EXAMPLE_YAML}
_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {"application/yaml": _TEXT, _JSON: {"schema": {"type": "object"}, "example": DEFINITION}},
    }
}
_BYTES: Final[dict[str, Any]] = {
    "schema": {"type": "string", "format": "binary"},
    "examples": {
        "exported": {"summary": "What an export answers, a ZIP file", "externalValue": "/api/v3/workflows/bundle"}
    },
}
_BUNDLE: Final[dict[str, Any]] = {"requestBody": {"required": True, "content": {MEDIA_TYPE: _BYTES}}}
_FILE: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "content": {
            "application/yaml": _TEXT | {"schema": {"type": "object"}},
            _JSON: {"schema": {"type": "object"}, "example": DEFINITION},
        }
    }
}
Conflict = Annotated[
    OnConflict,
    Query(
        description="If a workflow has the name already: make another of the same name, refuse, take a free name "
        "(`greeting_2`), or change the draft of the one that is there."
    ),
]


class BundleQuery(WorkflowSelection):
    """Which workflows a bundle is to hold."""

    versions: bool = False


@router.post(
    "/workflows/import",
    status_code=201,
    summary="Create a workflow from a file, YAML or JSON",
    dependencies=WRITE,
    openapi_extra=_BODY,
    responses={200: {"model": Workflow, "description": "The workflow of this name was changed."}},
)
async def import_workflow(door: Door, response: Response, on_conflict: Conflict = "allow") -> Workflow:
    _check_type(door.request, (*_YAML, _JSON, ""))
    draft = await draft_of(_text(await door.request.body()), door, keep_faults=False)
    assert draft is not None  # noqa: S101 - there is a text
    entry = Entry(draft, BundledWorkflow(file=""))
    made = await door.create(
        Workflow, lambda work: ImportService(work, door.services.kinds, on_conflict, [entry]).one(entry)
    )
    response.status_code = 201 if made.revision == 1 else 200
    located(response, door, "read_workflow", workflow=made.handle)
    return tagged(response, made)


@router.get(
    "/workflows/{workflow}/export",
    summary="Export a definition, as its author wrote it",
    dependencies=READ,
    response_class=Response,
    responses=_FILE,
)
async def export_workflow(
    workflow: str,
    door: Door,
    form: Annotated[Format, Query(alias="format")] = "yaml",
    version: Annotated[Version, Query()] = "draft",
) -> Response:
    source, definition = await door.read(lambda work: about(workflow, work, door).source(workflow, version))
    return Response(exported(source, definition, form), media_type=MEDIA_TYPES[form])


@router.get(
    "/workflows/bundle",
    summary="Export many workflows as one ZIP file, with their versions and labels if asked for",
    dependencies=READ,
    response_class=Response,
    responses={200: {"content": {MEDIA_TYPE: _BYTES}}},
)
async def export_workflows(wanted: Annotated[BundleQuery, Query()], door: Door) -> Response:
    most = door.services.settings.limits.bulk_workflows_max
    body = await door.read(lambda work: bundled(work, wanted.filter(), most, versions=wanted.versions))
    name = {"Content-Disposition": 'attachment; filename="workflows.zip"'}
    return Response(body, media_type=MEDIA_TYPE, headers=name)


@router.post(
    "/workflows/bundle",
    summary="Create workflows from a bundle, each with its own result",
    dependencies=WRITE,
    openapi_extra=_BUNDLE,
)
async def import_workflows(door: Door, on_conflict: Conflict = "fail") -> BulkResult:
    _check_type(door.request, (MEDIA_TYPE, "application/x-zip-compressed"))
    limits, kinds = door.services.settings.limits, door.services.kinds
    door.allow_body(limits.max_bundle_bytes)
    body = await door.request.body()
    bundle = await asyncio.to_thread(unpacked, body, limits.max_bundle_bytes, limits.bulk_workflows_max)
    entries = await asyncio.to_thread(entries_of, bundle, kinds)
    good = [entry for entry in entries if isinstance(entry, Entry)]

    def take(work: Work) -> BulkResult:
        return BulkResult.told("import", ImportService(work, kinds, on_conflict, good).all(entries), dry_run=False)

    return await door.create(BulkResult, take)


def _check_type(request: Request, known: tuple[str, ...]) -> None:
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given not in known:
        names = " or ".join(f"`{name}`" for name in known if name)
        told = f"The body is {given[:100]}." if given else "The request does not say what its body is."
        raise UnsupportedMediaType(told, hint=f"Send {names}.")


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"is no UTF-8 text (byte {error.start + 1}); save the file as UTF-8"
        raise DefinitionError([Fault("", "syntax", message)]) from None
