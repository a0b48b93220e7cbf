"""HTTP door of reports."""

import asyncio
from typing import Annotated, Final

from fastapi import APIRouter, Query, Response

from docchain.features.audit.doors import READ, audit_of
from docchain.features.audit.report_files import as_csv, as_pdf
from docchain.features.audit.report_kinds import ReportName
from docchain.features.audit.report_schemas import Report, ReportQuery
from docchain.features.audit.reports import Reports
from docchain.platform.web.door import Door
from docchain.platform.web.routes import LateRoute

router = APIRouter(prefix="/reports", route_class=LateRoute)
_FILES: Final = {
    200: {
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            "application/pdf": {"schema": {"type": "string", "format": "binary"}},
        }
    }
}


@router.get(
    "/{report}",
    summary="Report on access, changes, permissions or retention, or as SOC 2, ISO 27001 and GDPR ask",
    dependencies=READ,
    response_model=Report,
    responses=_FILES,  # type: ignore[arg-type]  # the framework's own type is too narrow
)
async def read_audit_report(
    report: ReportName, wanted: Annotated[ReportQuery, Query()], door: Door
) -> Report | Response:
    audit = audit_of(door)
    made = await door.read(
        lambda work: Reports(work, audit.settings.audit_report_rows, encrypted=audit.encrypted).make(
            report, wanted.after, wanted.before
        )
    )
    if wanted.format == "json":
        return made
    make, kind = (as_csv, "text/csv; charset=utf-8") if wanted.format == "csv" else (as_pdf, "application/pdf")
    content = await asyncio.to_thread(make, made)
    named = f'attachment; filename="{report}.{wanted.format}"'
    return Response(content, media_type=kind, headers={"Content-Disposition": named})
