"""Small letters in statements: SQLite's own `lower` knows ASCII only, PostgreSQL's knows all; this one is the same."""

from typing import Any

from sqlalchemy import String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

ON_SQLITE = "unicode_lower"


class lowered(FunctionElement[str]):  # noqa: N801 - used as SQL functions are
    """A text in small letters; compare it with `str.lower()`."""

    type = String()
    inherit_cache = True


@compiles(lowered)
def _usually(element: Any, compiler: Any, **more: Any) -> str:
    return f"lower({compiler.process(element.clauses, **more)})"


@compiles(lowered, "sqlite")
def _on_sqlite(element: Any, compiler: Any, **more: Any) -> str:
    return f"{ON_SQLITE}({compiler.process(element.clauses, **more)})"


def lower(value: str | None) -> str | None:
    """What SQLite calls."""
    return value.lower() if isinstance(value, str) else value
