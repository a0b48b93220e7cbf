"""What became of a call, in the words of the engine: refused, not sent, answered with a failure, or unknown."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

from docchain.engine.failures import FailureClass
from docchain.engine.kinds import OutcomeUnknown, StepContext, StepError
from docchain.engine.notes import Level
from docchain.platform.outgoing import (
    Answer,
    OutgoingError,
    OutgoingNotSentError,
    OutgoingRefusedError,
    OutgoingUnknownError,
)

LONGEST_WAIT: Final = 24 * 3600.0
_SHOWN: Final = 200
_DENIED: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.PROXY_AUTHENTICATION_REQUIRED})
_LATER: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY})


def host_of(params: Mapping[str, Any]) -> str:
    """Whom a call with these parameters is for; limits may name it."""
    try:
        return urlsplit(str(params.get("url", ""))).hostname or ""
    except ValueError:
        return ""


def is_success(status: int) -> bool:
    return HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES


def not_answered(error: OutgoingError, *, safe: bool = False) -> StepError:
    """The failure for a call without a usable answer; a `safe` one (it changes nothing) is never in doubt."""
    if isinstance(error, OutgoingRefusedError):
        return StepError(str(error), FailureClass.DENIED)
    if isinstance(error, OutgoingUnknownError) and not safe:
        return OutcomeUnknown(str(error))
    if isinstance(error, OutgoingNotSentError | OutgoingUnknownError):
        return StepError(str(error), FailureClass.UNAVAILABLE)
    return StepError(str(error), FailureClass.RESOURCE, hint="Ask for less, or raise DOCCHAIN_OUTGOING_MAX_BYTES.")


def refused(answer: Answer, url: str) -> StepError:
    """The failure for an answer that is not the one wanted; the receiver has said that it did not do it."""
    text = " ".join(answer.body[: 4 * _SHOWN].decode(errors="replace").split())[:_SHOWN]
    message = f"{_shown(url)} answered {answer.status}{f': {text}' if text else ''}"
    return StepError(message, failure_of(answer.status), hint=_hint(answer.status), retry_after=_retry_after(answer))


def log_call(
    context: StepContext, method: str, url: str, told: Answer | OutgoingError, *, expected: bool = False
) -> None:
    """Tell whoever looks at the run what came of a call; addresses are told without what may be secret in them."""
    call = f"{method} {_shown(url)}"
    if isinstance(told, OutgoingError):
        context.log(f"{call}: {told}", level="warning")
        return
    level: Level = "info" if expected else "warning"
    context.log(f"{call} answered {told.status}.", level=level, status=told.status, bytes=len(told.body))


def failure_of(status: int) -> FailureClass:
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return FailureClass.RATE_LIMITED
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _LATER:
        return FailureClass.UNAVAILABLE
    return FailureClass.DENIED if status in _DENIED else FailureClass.BAD_INPUT


def _hint(status: int) -> str:
    if is_success(status):
        return "The step expects another status; see its expect parameter."
    if status < HTTPStatus.BAD_REQUEST:
        return "Redirects are not followed; name the final address."
    if failure_of(status) is FailureClass.DENIED:
        return "Check the credentials that the step sends."
    return ""


def _retry_after(answer: Answer, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> float | None:
    """Seconds that the receiver asks us to wait, as a number or as a date."""
    value = answer.headers.get("retry-after", "").strip()
    try:
        if value.isdigit():
            seconds = float(value)
        else:
            at = parsedate_to_datetime(value)
            seconds = (at.replace(tzinfo=at.tzinfo or UTC) - now()).total_seconds()
    except (ValueError, TypeError):
        return None
    return min(max(seconds, 0.0), LONGEST_WAIT)


def _shown(url: str) -> str:
    """The address without what may be secret in it."""
    return url.partition("?")[0].partition("#")[0].rpartition("@")[2][:_SHOWN]
