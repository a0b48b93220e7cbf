"""HTTP door of lineage and its export as W3C PROV."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query
from fastapi.responses import JSONResponse

from docchain.features.documents.proving.prov import prov_of
from docchain.features.documents.proving.schemas import DocumentLineage
from docchain.features.documents.proving.tracing import Tracer
from docchain.features.documents.proving.veiling import veiled
from docchain.platform.veil import Veil
from docchain.platform.web.door import Door, DoorContext, needs
from docchain.platform.web.routes import LateRoute
from docchain.platform.web.veiled import HIDDEN_FIELDS

router = APIRouter(route_class=LateRoute)

_READ: Final = [needs("documents:read")]
_Number = Annotated[int, Path(ge=1, le=2_147_483_647, description="Number of the version, 1 is the first.")]
_Version = Annotated[
    int | None, Query(ge=1, le=2_147_483_647, description="Number of a version; the current one unless said.")
]
_PROV: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "content": {
            "application/json": {
                "schema": {"type": "object"},
                "example": {
                    "prefix": {"dc": "urn:docchain:"},
                    "entity": {"dc:version/0199f5e2-7c7e-7a4b-b6e5-2f1c6a3d9e11": {"prov:label": "factura.pdf"}},
                },
            }
        }
    }
}


@router.get(
    "/documents/{document}/lineage",
    summary="Read what a document was made from, what was read out of it, and what people did",
    dependencies=_READ,
)
async def read_document_lineage(document: str, door: Door) -> DocumentLineage:
    return await _tracer(door).trace(door.actor, document)


@router.get(
    "/documents/{document}/versions/{number}/lineage",
    summary="Read what a version was made from, what was read out of it, and what people did",
    dependencies=_READ,
)
async def read_document_version_lineage(document: str, number: _Number, door: Door) -> DocumentLineage:
    return await _tracer(door).trace(door.actor, document, number)


@router.get(
    "/documents/{document}/prov",
    summary="Export the lineage of a document as W3C PROV-JSON",
    dependencies=_READ,
    response_class=JSONResponse,
    responses=_PROV,
)
async def read_document_prov(document: str, door: Door, version: _Version = None) -> JSONResponse:
    """Values that one is not shown are masked, as in the lineage; the header `Hidden-Fields` names them."""
    lineage, veil = await _tracer(door).trace(door.actor, document, version), Veil(door.actor.hidden)
    shown = prov_of(veiled(lineage, veil) if door.actor.hidden else lineage)
    return JSONResponse(shown, headers={HIDDEN_FIELDS: ", ".join(sorted(veil.met))} if veil.met else None)


def _tracer(door: DoorContext) -> Tracer:
    services = door.services
    return Tracer(services.database, services.engine, services.kinds)
