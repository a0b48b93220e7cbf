"""Look-up tables as people keep them and steps ask them; its one rule: a load is seen whole or not at all."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from docchain.features.documents.lookups.errors import NoSuchColumn, TableNotFound, TableTooLarge
from docchain.features.documents.lookups.normal import ColumnType, TableLocale, asked_as, nearness, normal, tokens
from docchain.features.documents.lookups.repository import LookupRepository
from docchain.features.documents.lookups.schemas import (
    Candidate,
    Found,
    LookupRequest,
    LookupTable,
    LookupTables,
    TableColumn,
    TableRows,
)
from docchain.features.documents.lookups.tables import LookupTableRow
from docchain.platform.ids import new_id
from docchain.platform.work import Work

KEPT_VERSIONS: Final = 5
PAGE: Final = 500
_SAME: Final = 50
_NEAR: Final = 300
_SHOWN: Final = 5
_CLEAR: Final = 0.02
Columns = Sequence[tuple[str, ColumnType]]


class LookupService:
    def __init__(self, work: Work) -> None:
        self._work = work
        self._tables = LookupRepository(work)

    def list(self) -> LookupTables:
        return LookupTables(items=[_table(row) for row in self._tables.tables()])

    def read(self, name: str) -> LookupTable:
        return _table(self._row(name))

    def rows(self, name: str, first: int, limit: int) -> TableRows:
        found = self._tables.page(UUID(self._row(name).versions[0]["load_id"]), first, limit + 1)
        more = found[limit].row if len(found) > limit else None
        return TableRows(items=[row.data for row in found[:limit]], next_row=more)

    def load(self, load_id: UUID, columns: Columns, first: int, rows: Sequence[Sequence[str | None]]) -> None:
        """Bring some rows in; nobody sees them yet."""
        names = [name for name, _ in columns]
        told = (
            (first + index, dict(zip(names, row, strict=True)), _keys(columns, row)) for index, row in enumerate(rows)
        )
        self._tables.load(load_id, told)

    def publish(
        self, name: str, load_id: UUID, columns: Columns, read: tuple[int, TableLocale], most: int
    ) -> LookupTable:
        """Make a load the newest version of a table; the oldest of many goes.

        Args:
            name: of the table.
            load_id: which rows were brought in.
            columns: their names and types.
            read: how many rows, and how numbers in them were written.
            most: tables that a workspace may have.
        """
        row = self._tables.table(name, to_change=True)
        if row is None:
            if len(self._tables.tables()) >= most:
                raise TableTooLarge(f"The workspace has {most} tables already.", hint="Delete one that nobody asks.")
            now = self._work.now
            row = LookupTableRow(
                id=new_id(), name=name, version=0, versions=[], created_at=now, changed_at=now, changed_by=""
            )
        row.version += 1
        rows, locale = read
        told = {
            "version": row.version,
            "load_id": str(load_id),
            "rows": rows,
            "locale": locale,
            "columns": [list(item) for item in columns],
        }
        gone = row.versions[KEPT_VERSIONS - 1 :]
        row.versions = [told, *row.versions[: KEPT_VERSIONS - 1]]
        row.changed_at, row.changed_by = self._work.now, self._work.actor.name
        self._tables.add(row)
        self._tables.unload([UUID(version["load_id"]) for version in gone])
        self._work.emit("table.loaded", "table", row.id, {"name": name, "version": row.version, "rows": rows})
        return _table(row)

    def discard(self, load_id: UUID) -> None:
        """Forget a load that came to nothing."""
        self._tables.unload([load_id])

    def delete(self, name: str) -> None:
        row = self._row(name, to_change=True)
        self._tables.unload([UUID(version["load_id"]) for version in row.versions])
        self._tables.drop(row)
        self._work.emit("table.deleted", "table", row.id, {"name": name})

    def look_up(self, name: str, wanted: LookupRequest) -> Found:
        """Find the row that is meant."""
        row = self._row(name)
        version = _version(row, wanted.version)
        types: dict[str, ColumnType] = dict(version["columns"])
        for column in (wanted.column, *wanted.where):
            if column not in types:
                raise NoSuchColumn(f"{name} has no column {column}; it has {', '.join(types)}.")
        blank = Found(found=False, table=name, version=version["version"])
        wanted = _as_kept(wanted, types, version.get("locale", "auto"))
        if not normal(wanted.value, types[wanted.column]):
            return blank
        return self._look_up(UUID(version["load_id"]), types, wanted, blank)

    def _look_up(self, load_id: UUID, types: Mapping[str, ColumnType], wanted: LookupRequest, blank: Found) -> Found:
        column, type_ = wanted.column, types[wanted.column]
        same = self._tables.with_key(load_id, column, normal(wanted.value, type_), _SAME)
        same = [row for row in same if _fits(row, wanted.where, types)]
        exact = [row for row in same if row[column] == wanted.value]
        if wanted.match in ("exact", "best") and exact:
            return _found(blank, "exact", [(row, 1.0) for row in exact])
        if wanted.match in ("normalised", "best") and same:
            return _found(blank, "normalised", [(row, 1.0) for row in same])
        if wanted.match not in ("nearest", "best"):
            return blank
        near = same + self._tables.with_tokens(load_id, column, tokens(wanted.value), _NEAR)
        unique = {tuple(row.items()): row for row in near if _fits(row, wanted.where, types)}
        scored = [(row, nearness(wanted.value, str(row[column] or ""), type_)) for row in unique.values()]
        return _found(blank, "nearest", sorted(scored, key=lambda item: -item[1]), wanted.min_score)

    def _row(self, name: str, *, to_change: bool = False) -> LookupTableRow:
        row = self._tables.table(name, to_change=to_change)
        if row is None:
            raise TableNotFound(
                f"There is no table {name[:80]!r}.", hint="List them: GET /tables; upload one: PUT /tables/…"
            )
        return row


def _as_kept(wanted: LookupRequest, types: Mapping[str, ColumnType], locale: TableLocale) -> LookupRequest:
    where = {name: asked_as(value, types[name], locale) for name, value in wanted.where.items()}
    value = asked_as(wanted.value, types[wanted.column], locale)
    return wanted.model_copy(update={"value": value, "where": where})


def _found(blank: Found, how: str, scored: Sequence[tuple[dict[str, Any], float]], enough: float = 0.0) -> Found:
    shown = [Candidate(row=row, score=score) for row, score in scored[:_SHOWN]]
    if not shown or shown[0].score < enough:
        return blank.model_copy(update={"candidates": shown})
    best = shown[0]
    ambiguous = len(shown) > 1 and shown[1].score >= best.score - _CLEAR
    told = {"found": True, "row": best.row, "score": best.score, "how": how, "ambiguous": ambiguous}
    return blank.model_copy(update={**told, "candidates": shown})


def _fits(row: Mapping[str, Any], where: Mapping[str, str], types: Mapping[str, ColumnType]) -> bool:
    return all(normal(row[name] or "", types[name]) == normal(value, types[name]) for name, value in where.items())


def _keys(columns: Columns, row: Sequence[str | None]) -> Iterator[tuple[str, str]]:
    for (name, type_), value in zip(columns, row, strict=True):
        if value:
            key = normal(value, type_)
            if key:
                yield name, key
            if type_ == "text":
                yield from ((f"{name}~", token) for token in tokens(value))


def _version(row: LookupTableRow, number: int | None) -> dict[str, Any]:
    version: dict[str, Any] | None = next(
        (version for version in row.versions if number is None or version["version"] == number), None
    )
    if version is None:
        kept = ", ".join(str(known["version"]) for known in row.versions)
        raise TableNotFound(f"{row.name} has no version {number} any more; there are {kept}.")
    return version


def _table(row: LookupTableRow) -> LookupTable:
    newest = row.versions[0]
    return LookupTable(
        name=row.name,
        version=row.version,
        rows=newest["rows"],
        locale=newest.get("locale", "auto"),
        columns=[TableColumn(name=name, type=type_) for name, type_ in newest["columns"]],
        changed_at=row.changed_at,
        changed_by=row.changed_by,
        versions=[version["version"] for version in row.versions],
    )
