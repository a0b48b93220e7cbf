"""Pages follow each other without a gap or a repeat, also while rows come and go."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from json import dumps
from uuid import UUID

import pytest
from sqlalchemy import insert, select, text

from docchain.platform.database import Database
from docchain.platform.page_cursors import BadCursor
from docchain.platform.pagination import Order, Page, PageRequest, count, count_lanes, first_of, take

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
async def notes(database, ana, note_row):
    rows = [{"text": f"{n % 3}", "written_at": START + timedelta(days=n // 4)} for n in range(23)]
    await database.write(lambda work: work.session.execute(insert(note_row), rows) and None, ana)
    return database


async def walk(database, actor, row, order, limit):
    pages, cursor = [], None
    while True:
        request = PageRequest(limit=limit, cursor=cursor)
        found, cursor = await database.read(lambda work, r=request: take(work.session, select(row), order, r), actor)
        pages.append([note.id for note in found])
        if cursor is None:
            return pages


@pytest.mark.parametrize("column", ["written_at", "text", "id"])
@pytest.mark.parametrize("descending", [True, False])
async def test_pages_together_are_the_whole_list_in_order(notes, ana, note_row, column, descending):
    order = Order(getattr(note_row, column), note_row.id, descending)
    pages = await walk(notes, ana, note_row, order, 5)

    def whole(work):
        rows = work.session.query(note_row).all()
        return sorted(rows, key=lambda row: (getattr(row, column), row.id), reverse=descending)

    assert [len(page) for page in pages] == [5, 5, 5, 5, 3]
    assert [one for page in pages for one in page] == [row.id for row in await notes.read(whole, ana)]


async def test_the_last_full_page_has_no_cursor(notes, ana, note_row):
    pages = await walk(notes, ana, note_row, Order(note_row.written_at, note_row.id), 23)
    assert [len(page) for page in pages] == [23]


async def test_a_row_added_meanwhile_repeats_nothing(notes, ana, note_row):
    order = Order(note_row.id, note_row.id)
    first, cursor = await notes.read(lambda work: take(work.session, select(note_row), order, PageRequest(10)), ana)
    await notes.write(lambda work: work.session.add(note_row(text="new")), ana)
    second, _ = await notes.read(lambda work: take(work.session, select(note_row), order, PageRequest(10, cursor)), ana)
    assert len({row.id for row in (*first, *second)}) == 20
    assert first[-1].id > second[0].id


async def test_the_total_counts_what_the_filter_lets_through(notes, ana, bob, note_row):
    statement = select(note_row).where(note_row.text == "0").order_by(note_row.id)
    assert await notes.read(lambda work: count(work.session, statement), ana) == 8
    assert await notes.read(lambda work: count(work.session, statement), bob) == 0


CRAFTED = [
    ["-text", "s", "a", "b"],
    ["-text", "s", "a\0", str(UUID(int=1))],
    ["-text", "s", "\ud800", str(UUID(int=1))],
    ["-text", "s", 5, str(UUID(int=1))],
    ["-number", "n", 10**30, str(UUID(int=1))],
    ["-number", "n", True, str(UUID(int=1))],
    ["-written_at", "t", "2026-01-01T00:00:00", str(UUID(int=1))],
    ["-written_at", "t", "0001-01-01T00:00:00+23:00", str(UUID(int=1))],
    ["-share", "f", float("inf"), str(UUID(int=1))],
]


@pytest.mark.parametrize(
    "cursor",
    [
        *("x", "%%%", "ñ", "e30", "W10", "A" * 100_000),
        urlsafe_b64encode(b"[" * 2_900).decode(),
        *(urlsafe_b64encode(dumps(crafted).encode()).decode() for crafted in CRAFTED),
    ],
)
async def test_a_made_up_cursor_is_refused_by_name(notes, ana, note_row, cursor):
    order = Order(note_row.text, note_row.id)
    with pytest.raises(BadCursor, match="not a cursor") as caught:
        await notes.read(lambda work: take(work.session, select(note_row), order, PageRequest(5, cursor)), ana)
    assert (caught.value.code, caught.value.status, caught.value.errors[0].path) == ("bad_cursor", 400, "query.cursor")


async def test_a_cursor_of_another_order_is_refused(notes, ana, note_row):
    _, cursor = await notes.read(
        lambda work: take(work.session, select(note_row), Order(note_row.text, note_row.id), PageRequest(5)), ana
    )
    for other in (Order(note_row.text, note_row.id, descending=False), Order(note_row.written_at, note_row.id)):
        with pytest.raises(BadCursor, match="another list, or to another sort order"):
            await notes.read(lambda work, o=other: take(work.session, select(note_row), o, PageRequest(5, cursor)), ana)


async def test_a_cursor_of_another_workspace_filter_or_subject_is_refused(notes, ana, bob, note_row):
    order = Order(note_row.text, note_row.id)
    _, cursor = await notes.read(lambda work: take(work.session, select(note_row), order, PageRequest(5, of="x")), ana)
    same = PageRequest(3, cursor, total=True, of="x")
    rows, _ = await notes.read(lambda work: take(work.session, select(note_row), order, same), ana)
    assert len(rows) == 3
    for request, actor in ((same, bob), (PageRequest(5, cursor, of="y"), ana), (same.within("one"), ana)):
        with pytest.raises(BadCursor, match="another list, or to another sort order"):
            await notes.read(lambda work, r=request: take(work.session, select(note_row), order, r), actor)


async def test_a_late_page_is_found_by_an_index_not_by_counting(tmp_path, ana, note_row):
    database = Database(f"sqlite:///{tmp_path}/app.db")

    def plan(work):
        note_row.metadata.create_all(work.session.connection())
        work.session.execute(text("CREATE INDEX by_time ON test_note (workspace_id, written_at, id)"))
        order = Order(note_row.written_at, note_row.id)
        statements = []
        from sqlalchemy import event  # noqa: PLC0415 - only here

        @event.listens_for(work.session.connection(), "before_cursor_execute")
        def keep(_connection, _cursor, statement, parameters, *_):
            statements.append((statement, parameters))

        work.session.add_all([note_row(text="x"), note_row(text="y"), note_row(text="z")])
        _, cursor = take(work.session, select(note_row), order, PageRequest(1))
        take(work.session, select(note_row), order, PageRequest(1, cursor))
        statement, parameters = statements[-1]
        return str(work.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all())

    explained = await database.write(plan, ana)
    assert "USING INDEX by_time (workspace_id=? AND (written_at,id)<(?,?))" in explained
    assert "TEMP B-TREE" not in explained
    await database.close()


def test_a_page_says_what_it_is():
    page = Page[int](items=[1, 2], next_cursor="abc")
    assert page.model_dump() == {"items": [1, 2], "next_cursor": "abc", "total": None, "total_capped": False}


@pytest.mark.parametrize(
    ("counted", "total", "capped"),
    [(0, 0, False), (9_999, 9_999, False), (10_000, 10_000, False), (10_001, 10_000, True)],
)
def test_a_total_beyond_ten_thousand_says_so(counted, total, capped):
    page = Page[int](items=[], total=counted)
    assert (page.total, page.total_capped) == (total, capped)


async def test_counting_stops_one_beyond_ten_thousand(database, ana, note_row):
    rows = [{"text": "x"} for _ in range(10_050)]
    await database.write(lambda work: work.session.execute(insert(note_row), rows) and None, ana)
    assert await database.read(lambda work: count(work.session, select(note_row)), ana) == 10_001


@pytest.mark.parametrize("descending", [True, False])
async def test_lanes_merge_into_one_list_without_gap_or_repeat(notes, ana, note_row, descending):
    order = Order(note_row.id, note_row.id, descending)
    lanes = [select(note_row.id).where(note_row.text == text) for text in ("0", "1", "2")]
    whole = sorted(await notes.read(lambda work: list(work.session.scalars(select(note_row.id))), ana))
    merged = await notes.read(lambda work: list(work.session.scalars(first_of(lanes, order, 5))), ana)
    assert merged == (whole[::-1] if descending else whole)[:5]
    everything = await notes.read(lambda work: list(work.session.scalars(first_of(lanes, order, 100))), ana)
    assert everything == (whole[::-1] if descending else whole)
    assert await notes.read(lambda work: count_lanes(work.session, lanes[:2]), ana) == 16


async def test_lanes_show_nothing_of_another_workspace(notes, bob, note_row):
    lanes = [select(note_row.id).where(note_row.text == "0")]
    order = Order(note_row.id, note_row.id)
    assert await notes.read(lambda work: list(work.session.scalars(first_of(lanes, order, 5))), bob) == []
    assert await notes.read(lambda work: count_lanes(work.session, lanes), bob) == 0
