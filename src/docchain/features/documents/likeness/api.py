"""HTTP door of duplicates."""

from typing import Annotated, Final

from fastapi import APIRouter, Query

from docchain.features.documents.likeness.service import Duplicates, LikenessService
from docchain.platform.web.door import Door, needs
from docchain.platform.web.routes import LateRoute

router = APIRouter(route_class=LateRoute)

_READ: Final = [needs("documents:read")]
_AtLeast = Annotated[float, Query(ge=0.1, le=1, description="How similar texts must be.", examples=[0.5])]


@router.get(
    "/documents/{document}/duplicates",
    summary="List documents with the same bytes, or nearly the same text",
    dependencies=_READ,
)
async def list_document_duplicates(
    document: str, door: Door, at_least: _AtLeast = 0.5, limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> Duplicates:
    return await door.read(lambda work: LikenessService(work).duplicates(document, at_least, limit))
