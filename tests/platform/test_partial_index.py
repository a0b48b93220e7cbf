"""An index of some rows has its condition in both databases, in the words of each."""

import pytest
from sqlalchemy import Boolean, Column, MetaData, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateIndex

from docchain.platform.partial_index import PartialIndex, tell_postgres

TRUE_ONES = PartialIndex("ix_true", "right", where="right IS 1", postgresql="right IS true")
TABLE = Table("said", metadata := MetaData(), Column("right", Boolean), TRUE_ONES)


@pytest.mark.parametrize(
    ("dialect", "said"),
    [
        (sqlite.dialect(), 'CREATE INDEX ix_true ON said ("right") WHERE right IS 1'),
        (postgresql.dialect(), 'CREATE INDEX ix_true ON said ("right") WHERE right IS true'),
    ],
)
def test_each_database_is_told_its_condition(dialect, said):
    tell_postgres(metadata)
    assert str(CreateIndex(TRUE_ONES).compile(dialect=dialect)) == said
