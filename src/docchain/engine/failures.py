"""Failure classes: the words retry policies, alerts and people share."""

from enum import StrEnum


class FailureClass(StrEnum):
    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"
    TIMEOUT = "timeout"
    RESOURCE = "resource"
    BAD_INPUT = "bad_input"
    DENIED = "denied"
    BUDGET = "budget"
    BUG = "bug"


class KindTakenError(ValueError):
    """Two bring a step kind of one name, so that no process can tell which is meant."""
