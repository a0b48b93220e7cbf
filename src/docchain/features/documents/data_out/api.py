"""HTTP door of data out."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter, Response
from starlette.responses import StreamingResponse

from docchain.features.documents.data_out.exporting import export
from docchain.features.documents.data_out.schemas import ExportRequest
from docchain.features.documents.data_out.service import ExportService
from docchain.features.documents.data_out.writing import MEDIA_TYPES
from docchain.platform.spool import pour
from docchain.platform.web.door import Door, needs
from docchain.platform.web.routes import LateRoute

router = APIRouter(tags=["Documents"], route_class=LateRoute)

_FILE: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The file.",
        "content": {"*/*": {"schema": {}, "example": "document;nombre;total"}},
    }
}


@router.post(
    "/documents/export",
    summary="Export what was read from many documents as XLSX, CSV or JSON",
    dependencies=[needs("documents:read")],
    response_class=Response,
    responses=_FILE,
)
async def export_documents(wanted: ExportRequest, door: Door) -> Response:
    stack = AsyncExitStack()
    spool = door.services.processes.spool
    try:
        kept, made = await stack.enter_async_context(spool.file()), await stack.enter_async_context(spool.file())
        most: int = door.services.settings.data.export_max
        documents, rows = await export(door.read, wanted, (kept, made), most)
        await door.write(lambda work: ExportService(work).exported(documents, rows, wanted.format))
        size = made.stat().st_size
    except BaseException:
        await stack.aclose()
        raise
    headers = {
        "Content-Disposition": f'attachment; filename="documents.{wanted.format}"',
        "Content-Length": str(size),
        "X-Rows": str(rows),
        "X-Content-Type-Options": "nosniff",
    }
    return StreamingResponse(_sent(stack, made), 200, headers, MEDIA_TYPES[wanted.format])


async def _sent(stack: AsyncExitStack, made: Path) -> AsyncIterator[bytes]:
    async with stack:
        async for chunk in pour(made):
            yield chunk
