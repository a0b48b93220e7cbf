"""Nobody reads or changes another workspace's rows, whatever the statement."""

from uuid import UUID

import pytest
from sqlalchemy import delete, event, exists, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from docchain.platform.database import Database
from docchain.platform.scope import CrossesWorkspacesError
from docchain.platform.work import SYSTEM


@pytest.fixture
async def hers(database, ana, note_row):
    def add(work):
        row = note_row(text="hers")
        work.session.add(row)
        return row

    return await database.write(add, ana)


async def texts(database, actor, row):
    return await database.read(lambda work: sorted(work.session.scalars(select(row.text))), actor)


async def test_a_row_gets_the_workspace_of_its_writer(hers, ana):
    assert hers.workspace_id == ana.workspace_id


async def test_bulk_inserts_get_it_too(database, bob, note_row):
    rows = [{"text": "one"}, {"text": "two"}]
    await database.write(lambda work: work.session.execute(insert(note_row), rows) and None, bob)
    await database.write(lambda work: work.session.execute(insert(note_row).values([{"text": "three"}])) and None, bob)

    def workspaces(work):
        return set(work.session.scalars(select(note_row.workspace_id)))

    assert await database.read(workspaces, SYSTEM) == {bob.workspace_id}
    assert await texts(database, bob, note_row) == ["one", "three", "two"]


SELECTS = {
    "by primary key": lambda work, row, id_: work.session.get(row, id_),
    "by id": lambda work, row, id_: work.session.scalar(select(row).where(row.id == id_)),
    "a column": lambda work, row, id_: work.session.scalar(select(row.text).where(row.id == id_)),
    "an alias": lambda work, row, _: work.session.scalar(select(aliased(row))),
    "a count": lambda work, row, _: work.session.scalar(select(func.count()).select_from(row)) or None,
    "a subquery": lambda work, row, _: work.session.scalar(select(select(row.text).subquery())),
    "exists": lambda work, row, id_: work.session.scalar(
        select(aliased(row).id).where(exists().where(row.id == id_).correlate(None))
    ),
    "the old way": lambda work, row, id_: work.session.query(row).filter(row.id == id_).one_or_none(),
}


@pytest.mark.parametrize("how", SELECTS)
async def test_nobody_else_finds_it(database, hers, ana, bob, note_row, how):
    def find(work):
        return SELECTS[how](work, note_row, hers.id)

    assert await database.read(find, bob) is None
    assert await database.read(lambda work: find(work) is not None, ana)
    assert await database.read(find, bob) is None
    assert await database.read(lambda work: find(work) is not None, SYSTEM)


async def test_nobody_else_updates_or_deletes_it(database, hers, bob, ana, note_row):
    def tamper(work):
        changed = work.session.execute(update(note_row).where(note_row.id == hers.id).values(text="his"))
        deleted = work.session.execute(delete(note_row))
        return changed.rowcount, deleted.rowcount

    assert await database.write(tamper, bob) == (0, 0)
    assert await texts(database, ana, note_row) == ["hers"]


async def test_the_owner_updates_and_deletes_it(database, hers, ana, note_row):
    await database.write(lambda work: work.session.execute(update(note_row).values(text="new")) and None, ana)
    assert await texts(database, ana, note_row) == ["new"]
    await database.write(lambda work: work.session.delete(work.session.get(note_row, hers.id)), ana)
    assert await texts(database, ana, note_row) == []


async def test_merging_a_foreign_row_cannot_overwrite_it(database, hers, ana, bob, note_row):
    with pytest.raises(IntegrityError):
        await database.write(lambda work: work.session.merge(note_row(id=hers.id, text="his")) and None, bob)
    assert await texts(database, ana, note_row) == ["hers"]


REFUSED = {
    "an insert elsewhere": lambda work, row, hers: work.session.add(row(text="x", workspace_id=hers.workspace_id)),
    "a bulk insert elsewhere": lambda work, row, hers: work.session.execute(
        insert(row), [{"text": "x", "workspace_id": hers.workspace_id}]
    ),
    "changing a foreign row": lambda work, _, hers: (work.session.add(hers), setattr(hers, "text", "his")),
    "an update by primary keys": lambda work, row, hers: work.session.execute(
        update(row), [{"id": hers.id, "text": "his"}]
    ),
    "exists alone": lambda work, row, hers: work.session.scalar(select(exists().where(row.id == hers.id))),
    "the bare table": lambda work, row, _: work.session.scalar(select(row.__table__.c.text)),
    "an update of the bare table": lambda work, row, _: work.session.execute(update(row.__table__).values(text="his")),
}


@pytest.mark.parametrize("what", REFUSED)
async def test_crossing_is_refused(database, hers, bob, note_row, what):
    with pytest.raises(CrossesWorkspacesError):
        await database.write(lambda work: REFUSED[what](work, note_row, hers) and None, bob)
    assert await texts(database, SYSTEM, note_row) == ["hers"]


async def test_a_row_cannot_be_moved_out_of_its_workspace(database, hers, ana, bob, note_row):
    def move(work):
        work.session.get(note_row, hers.id).workspace_id = bob.workspace_id

    with pytest.raises(CrossesWorkspacesError, match="NoteRow belongs to another workspace"):
        await database.write(move, ana)


@pytest.mark.usefixtures("hers")
async def test_the_system_enters_one_workspace_at_a_time(database, bob, note_row):
    def within(work):
        with work.inside(bob.workspace_id):
            work.session.add(note_row(text="his"))
            work.emit("note.created", "note", None)
            seen = list(work.session.scalars(select(note_row.text)))
        return seen, work.session.workspace_id

    assert await database.write(within, SYSTEM) == (["his"], None)
    assert await texts(database, bob, note_row) == ["his"]
    assert await texts(database, SYSTEM, note_row) == ["hers", "his"]


async def test_what_goes_wrong_inside_a_workspace_is_what_the_caller_sees(database, hers, bob, note_row):
    def collide(work):
        with work.inside(bob.workspace_id):
            work.session.add(note_row(id=hers.id, text="his"))

    with pytest.raises(IntegrityError):
        await database.write(collide, SYSTEM)


async def test_only_the_system_may_enter_another_workspace(database, ana, bob):
    def enter(work):
        with work.inside(bob.workspace_id):
            pass

    with pytest.raises(RuntimeError, match="Only the system"):
        await database.write(enter, ana)


async def test_the_system_must_say_which_workspace_it_writes_for(database, note_row):
    with pytest.raises(IntegrityError):
        await database.write(lambda work: work.session.add(note_row(text="whose?")), SYSTEM)
    with pytest.raises(RuntimeError, match="The system is in no workspace"):
        await database.read(lambda work: work.workspace_id, SYSTEM)


async def test_ids_are_looked_up_and_not_searched_for_in_the_workspace(tmp_path, ana, note_row):
    """SQLite takes an index on the workspace for the better one, unless it is told that most rows are in it."""
    database = Database(f"sqlite:///{tmp_path}/app.db")
    ids = [UUID(int=number) for number in range(1, 30)]

    def plan(work):
        note_row.metadata.create_all(work.session.connection())
        work.session.execute(text("CREATE INDEX by_workspace ON test_note (workspace_id, text)"))
        asked = []
        event.listen(work.session.connection(), "before_cursor_execute", lambda *given: asked.append(given[2:4]))
        work.session.execute(select(note_row).where(note_row.id.in_(ids))).all()
        work.session.execute(select(note_row).where(note_row.text.in_([str(id_) for id_ in ids]))).all()
        work.session.execute(select(note_row).order_by(note_row.text)).all()
        explain = work.session.connection().exec_driver_sql
        return [explain(f"EXPLAIN QUERY PLAN {sql}", values).all()[0][3] for sql, values in list(asked)]

    by_id, by_text, sorted_by_text = await database.write(plan, ana)
    assert by_id == "SEARCH test_note USING INDEX sqlite_autoindex_test_note_1 (id=?)"
    assert by_text == "SEARCH test_note USING INDEX by_workspace (workspace_id=? AND text=?)"
    assert sorted_by_text == "SEARCH test_note USING INDEX by_workspace (workspace_id=?)"
    await database.close()
