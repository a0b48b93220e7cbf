"""Brings every table there is into the metadata: modules load when they are first used, and some tables with them."""

from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Final

from sqlalchemy import Table as SqlTable

from docchain.platform.tables import Table

_ROOT: Final = Path(__file__).parents[1]
_MARK: Final = "__tablename__"
_PACKAGE: Final = "docchain"


@cache
def every_table() -> tuple[SqlTable, ...]:
    """The tables of the platform and of all features, parents first; not those that others map for themselves."""
    for path in sorted([*_ROOT.glob("platform/*.py"), *_ROOT.glob("features/**/tables.py")]):
        if path != Path(__file__) and _MARK in path.read_text("utf-8"):
            import_module(".".join((_PACKAGE, *path.relative_to(_ROOT).with_suffix("").parts)))
    mapped = {found.local_table for found in Table.registry.mappers if found.class_.__module__.startswith(_PACKAGE)}
    return tuple(table for table in Table.metadata.sorted_tables if table in mapped)
