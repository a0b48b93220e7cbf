"""Rows written in bulk read back like any others, on both databases."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from docchain.platform.bulk import insert_many, update_many
from docchain.platform.columns import Json
from docchain.platform.ids import new_id
from docchain.platform.scope import CrossesWorkspacesError
from docchain.platform.tables import Table, WorkspaceScoped
from docchain.platform.work import SYSTEM


class ParcelRow(WorkspaceScoped, Table):
    __tablename__ = "test_parcel"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    parent_id: Mapped[UUID | None]
    heavy: Mapped[bool]
    content: Mapped[Any] = mapped_column(Json, nullable=True)
    sent_at: Mapped[datetime | None]


def _parcel(workspace, **values):
    row = {"parent_id": None, "heavy": False, "content": None, "sent_at": None}
    return {"id": new_id(), "workspace_id": workspace, **row, **values}


async def _parcels(database, actor):
    def read(work):
        rows = work.session.query(ParcelRow).order_by(ParcelRow.id)
        return [(row.parent_id, row.heavy, row.content, row.sent_at) for row in rows]

    return await database.read(read, actor)


async def test_values_of_every_type_come_back_as_they_were(database, ana):
    parent = new_id()
    noon = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
    rows = [
        _parcel(ana.workspace_id, parent_id=parent, heavy=True, content={"ñ": ["1", 2.5, None]}, sent_at=noon),
        _parcel(ana.workspace_id, content=msgspec.Raw(b'{"b":1,"a":2}'), sent_at=1_777_636_800_000_007),
        _parcel(ana.workspace_id, content="text", sent_at=noon.astimezone(timezone(timedelta(hours=2)))),
        _parcel(ana.workspace_id),
    ]
    await database.write(lambda work: insert_many(work.session, ParcelRow, rows), ana)

    assert await _parcels(database, ana) == [
        (parent, True, {"ñ": ["1", 2.5, None]}, noon),
        (None, False, {"b": 1, "a": 2}, datetime(2026, 5, 1, 12, 0, 0, 7, tzinfo=UTC)),
        (None, False, "text", noon),
        (None, False, None, None),
    ]


async def test_values_of_every_type_come_back_from_among_many_rows(database, ana):
    parent = new_id()
    rows = [
        _parcel(
            ana.workspace_id,
            parent_id=parent,
            heavy=True,
            content=msgspec.Raw(b'{"\xc3\xb1":[1,null]}'),
            sent_at=1_777_636_800_000_007,
        ),
        *(_parcel(ana.workspace_id) for _ in range(40)),
        _parcel(ana.workspace_id, content="back\\slash\ttab\nline", sent_at=datetime(2026, 5, 1, 12, 0, tzinfo=UTC)),
    ]
    await database.write(lambda work: insert_many(work.session, ParcelRow, rows), ana)

    first, *between, last = await _parcels(database, ana)
    assert first == (parent, True, {"ñ": [1, None]}, datetime(2026, 5, 1, 12, 0, 0, 7, tzinfo=UTC))
    assert between == [(None, False, None, None)] * 40
    assert last == (None, False, "back\\slash\ttab\nline", datetime(2026, 5, 1, 12, 0, tzinfo=UTC))


@pytest.mark.parametrize("count", [2, 40])
async def test_rows_are_written_all_or_none_and_a_duplicate_is_told_as_one(database, ana, count):
    row = _parcel(ana.workspace_id)
    rows = [*(_parcel(ana.workspace_id) for _ in range(count)), row, row]
    with pytest.raises(IntegrityError, match=r"(?i)unique.*test_parcel"):
        await database.write(lambda work: insert_many(work.session, ParcelRow, rows), ana)

    assert await _parcels(database, ana) == []


@pytest.mark.parametrize("count", [2, 40])
async def test_rows_go_when_their_transaction_fails_later(database, ana, count):
    def write(work):
        insert_many(work.session, ParcelRow, [_parcel(ana.workspace_id) for _ in range(count)])
        raise ValueError("not today")

    with pytest.raises(ValueError, match="not today"):
        await database.write(write, ana)

    assert await _parcels(database, ana) == []


async def test_any_number_of_rows_is_written_once(database, ana):
    rows = [_parcel(ana.workspace_id, content=number) for number in range(1_234)]
    await database.write(lambda work: insert_many(work.session, ParcelRow, rows), ana)

    assert [content for _, _, content, _ in await _parcels(database, ana)] == list(range(1_234))


async def test_an_update_changes_the_named_columns_of_the_named_rows(database, ana):
    rows = [_parcel(ana.workspace_id, content=name) for name in ("first", "second", "third")]
    await database.write(lambda work: insert_many(work.session, ParcelRow, rows), ana)
    changes = [
        {"id": row["id"], "workspace_id": ana.workspace_id, "heavy": True, "content": {"was": row["content"]}}
        for row in rows[:2]
    ]
    await database.write(lambda work: update_many(work.session, ParcelRow, changes), ana)

    assert [(heavy, content) for _, heavy, content, _ in await _parcels(database, ana)] == [
        (True, {"was": "first"}),
        (True, {"was": "second"}),
        (False, "third"),
    ]


@pytest.mark.parametrize("write", [insert_many, update_many])
async def test_another_workspaces_rows_are_refused(database, ana, bob, write):
    row = _parcel(bob.workspace_id, heavy=True)
    await database.write(lambda work: insert_many(work.session, ParcelRow, [row]), SYSTEM)
    with pytest.raises(CrossesWorkspacesError, match="another workspace"):
        await database.write(lambda work: write(work.session, ParcelRow, [{**row, "heavy": False}]), ana)

    assert await _parcels(database, bob) == [(None, True, None, None)]
