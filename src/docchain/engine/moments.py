"""Moments as people write them: with a zone, and far enough from the ends of time that every zone can tell them."""

from datetime import UTC, datetime
from typing import Annotated, Final

from pydantic import AfterValidator, AwareDatetime

_LAST_YEAR: Final = 9_990


def _tellable(value: datetime) -> datetime:
    try:
        known = value.astimezone(UTC).year <= _LAST_YEAR
    except OverflowError:
        known = False
    if not known:
        raise ValueError(f"is out of range; moments reach from year 1 to year {_LAST_YEAR}, told in UTC")
    return value


Moment = Annotated[AwareDatetime, AfterValidator(_tellable)]
