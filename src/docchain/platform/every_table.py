"""Brings every table there is into the metadata: modules load when they are first used, and some tables with them."""

from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Final

_ROOT: Final = Path(__file__).parents[1]
_MARK: Final = "__tablename__"


@cache
def load_every_table() -> None:
    """Load the modules of the platform and of all features that define tables."""
    for path in sorted([*_ROOT.glob("platform/*.py"), *_ROOT.glob("features/**/tables.py")]):
        if path != Path(__file__) and _MARK in path.read_text("utf-8"):
            import_module(".".join(("docchain", *path.relative_to(_ROOT).with_suffix("").parts)))
