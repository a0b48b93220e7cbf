"""HTTP door of look-up tables."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Final, get_args

from fastapi import APIRouter, Path, Query

from docchain.engine.kinds import StepError
from docchain.features.documents.children import Children
from docchain.features.documents.lookups.errors import BadTable, TableTooLarge
from docchain.features.documents.lookups.loading import load_table
from docchain.features.documents.lookups.normal import ColumnType, TableLocale
from docchain.features.documents.lookups.schemas import (
    Found,
    LookupRequest,
    LookupTable,
    LookupTables,
    TableName,
    TableRows,
)
from docchain.features.documents.lookups.service import LookupService
from docchain.platform.web.door import Door, DoorContext, needs
from docchain.platform.web.routes import LateRoute

router = APIRouter(tags=["Tables"], route_class=LateRoute)

_READ: Final = [needs("documents:read")]
_MANAGE: Final = [needs("documents:manage")]
_Name = Annotated[TableName, Path(description="Small letters, digits, `_` and `-`.", examples=["suppliers"])]
_FILE: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "The file; its first row names the columns.",
        "content": {
            kind: {"schema": {"type": "string", "format": "binary", "minLength": 1}}
            for kind in ("text/csv", "application/octet-stream")
        },
    }
}


@router.get("/tables", summary="List look-up tables", dependencies=_READ)
async def list_lookup_tables(door: Door) -> LookupTables:
    return await door.read(lambda work: LookupService(work).list())


@router.put(
    "/tables/{name}",
    summary="Upload a CSV or XLSX file as the newest version of a look-up table",
    dependencies=_MANAGE,
    openapi_extra=_FILE,
)
async def load_lookup_table(
    name: _Name,
    door: Door,
    types: Annotated[
        list[str], Query(max_length=100, description="Types that are not to be guessed, as `column:tax_id`.")
    ] = [],  # noqa: B006 - the framework copies it
    locale: Annotated[
        TableLocale, Query(description="How numbers are written: `es` 1.234,56, `raw` 1234.56; `auto` tells it.")
    ] = "auto",
) -> LookupTable:
    limits = door.services.settings.data
    door.allow_body(limits.table_bytes)
    children = Children(door.services.processes, door.services.settings.processes.process_timeout)
    body = _body(door, limits.table_bytes)
    try:
        return await load_table(door.write, children, limits, (name, _types(types)), body, locale)
    except StepError as error:
        raise BadTable(str(error), hint=error.hint) from None


@router.get("/tables/{name}", summary="Read what a look-up table has", dependencies=_READ)
async def read_lookup_table(name: _Name, door: Door) -> LookupTable:
    return await door.read(lambda work: LookupService(work).read(name))


@router.get("/tables/{name}/rows", summary="Read the rows of a look-up table", dependencies=_READ)
async def read_lookup_rows(
    name: _Name,
    door: Door,
    from_row: Annotated[int, Query(ge=1, le=2_147_483_647)] = 1,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> TableRows:
    return await door.read(lambda work: LookupService(work).rows(name, from_row, limit))


@router.post(
    "/tables/{name}/lookup", summary="Find a row: exactly, by its normal form, or the nearest", dependencies=_READ
)
async def look_up_row(name: _Name, wanted: LookupRequest, door: Door) -> Found:
    return await door.read(lambda work: LookupService(work).look_up(name, wanted))


@router.delete("/tables/{name}", status_code=204, summary="Delete a look-up table", dependencies=_MANAGE)
async def delete_lookup_table(name: _Name, door: Door) -> None:
    await door.write(lambda work: LookupService(work).delete(name))


def _types(given: list[str]) -> dict[str, ColumnType]:
    known: dict[str, ColumnType] = {}
    for item in given:
        column, _, type_ = item.partition(":")
        if type_ not in get_args(ColumnType):
            raise BadTable(f"{item[:80]!r} names no type.", hint="Write column:text, :tax_id, :number or :date.")
        known[column] = type_  # type: ignore[assignment] # checked above
    return known


async def _body(door: DoorContext, most: int) -> AsyncIterator[bytes]:
    size = 0
    async for chunk in door.request.stream():
        size += len(chunk)
        if size > most:
            hint = "Split it, or raise DOCCHAIN_TABLE_BYTES."
            raise TableTooLarge(f"A table may have up to {most:,} bytes.", hint=hint)
        yield chunk
