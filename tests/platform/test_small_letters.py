"""Small letters of every alphabet are the same in statements of both databases as in Python."""

import pytest
from sqlalchemy import literal, null, select

from docchain.platform.letters import lowered
from docchain.platform.work import SYSTEM


@pytest.mark.parametrize("text", ["ÁNGELA.Niño@Example.com", "ŁUKASZ", "ΑΘΗΝΑ@x.gr", "plain"])
async def test_small_letters_are_those_of_python(database, text):
    def told(work):
        return work.session.scalar(select(lowered(literal(text)))), work.session.scalar(select(lowered(null())))

    assert await database.read(told, SYSTEM) == (text.lower(), None)
