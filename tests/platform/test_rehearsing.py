"""A rehearsal tells what would be done, and nothing is: no row, no event."""

from uuid import UUID

import pytest

from docchain.platform.events import read_after
from docchain.platform.rehearsing import rehearse
from docchain.platform.work import SYSTEM


async def test_what_was_rehearsed_is_told_and_not_done(database):
    def act(work):
        work.emit("test.done", "test", UUID(int=1), {})
        return "would be done"

    def events(work):
        return [event.type for event in read_after(work.session, 0, 10)]

    assert await rehearse(lambda transaction: database.write(transaction, SYSTEM), act) == "would be done"
    assert await database.read(events, SYSTEM) == []
    await database.write(act, SYSTEM)
    assert await database.read(events, SYSTEM) == ["test.done"]


async def test_what_refuses_in_a_rehearsal_refuses(database):
    def act(_work):
        raise ValueError("not like that")

    with pytest.raises(ValueError, match="not like that"):
        await rehearse(lambda transaction: database.write(transaction, SYSTEM), act)
