"""Moments as people write them: with a zone, and far enough from the ends of time that every zone can tell them."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from pydantic import AfterValidator, AwareDatetime, BeforeValidator

_LAST_YEAR: Final = 9_990
_DATED: Final = re.compile(r"\s*\d{4}-\d\d-\d\d")
_WRITTEN: Final = re.compile(r"\s*\d{4}-\d\d-\d\d[Tt ]")


def _tellable(value: datetime) -> datetime:
    try:
        known = value.astimezone(UTC).year <= _LAST_YEAR
    except OverflowError:
        known = False
    if not known:
        raise ValueError(f"is out of range; moments reach from year 1 to year {_LAST_YEAR}, told in UTC")
    return value


def _written(value: Any) -> Any:
    """A bare number is seconds to some and milliseconds to others."""
    if isinstance(value, int | float) or (isinstance(value, str) and not _WRITTEN.match(value)):
        raise ValueError("is no moment; write it like 2026-12-31T18:00:00Z")
    return value


def _dated(value: Any) -> Any:
    if isinstance(value, int | float) or (isinstance(value, str) and not _DATED.match(value)):
        raise ValueError("is no moment; write it like 2026-12-31 or 2026-12-31T18:00:00Z")
    return value


def _in_utc(value: datetime) -> datetime:
    return value if value.tzinfo else value.replace(tzinfo=UTC)


Moment = Annotated[AwareDatetime, BeforeValidator(_written), AfterValidator(_tellable)]
"""With its zone."""
Instant = Annotated[datetime, BeforeValidator(_dated), AfterValidator(_in_utc), AfterValidator(_tellable)]
"""In a filter: a plain date will do, and without a zone it is UTC."""
