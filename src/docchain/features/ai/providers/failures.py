"""What a failed call means: a class, whether it cost money, and a sentence of ours; never a word of the provider's."""

from collections.abc import Iterator
from typing import Final, Literal

from pydantic_ai import exceptions as wire

from docchain.features.ai.port import FailureClass, ProviderFailedError
from docchain.platform.guarded_model_transport import ModelExchange, RedirectedError, TooMuchError
from docchain.platform.outgoing import as_refused
from docchain.platform.outgoing_rules import PrivateAddressError

_DEEP: Final = 12
_LONGEST_WAIT: Final = 3_600.0
_OVERLOADED: Final = frozenset({503, 529})
_SERVER: Final = 500
_Told = tuple[FailureClass, str]

_BY_KIND: Final[tuple[tuple[type[Exception], FailureClass, str], ...]] = (
    (wire.ModelQuotaExceededError, "denied", "The quota of this key at {name} is used up. Raise it there."),
    (wire.ModelRateLimitError, "rate_limited", "{name} asks to wait. Try later, or lower DOCCHAIN_AI_CONCURRENCY."),
    (wire.ModelAuthenticationError, "denied", "{name} does not accept the key. Set {key}."),
    (wire.ModelNotFoundError, "denied", "{name} has no model {model!r} for this key. Name another one."),
    (wire.ModelContextWindowExceededError, "invalid_request", "This is more text than {model!r} reads. Send less."),
    (wire.ModelRequestRejectedError, "invalid_request", "{name} refuses the request. Check its model and parameters."),
    (wire.ModelTimeoutError, "timeout", "{name} was silent too long. Raise DOCCHAIN_AI_FIRST_BYTE_TIMEOUT."),
    (TimeoutError, "timeout", "{name} took too long. Raise DOCCHAIN_AI_TIMEOUT, or ask for less."),
    (wire.ModelUnavailableError, "unavailable", "{name} is overloaded. Try again later."),
    (wire.ModelServerError, "unavailable", "{name} failed. Try again later."),
    (wire.ModelConnectionError, "unavailable", "{name} could not be reached, or broke off. Try again later."),
    (wire.UserError, "invalid_request", "{model!r} of {name} cannot do this. Name another model."),
)  # fmt: skip
_BY_STATUS: Final[dict[int, type[Exception]]] = {
    401: wire.ModelAuthenticationError,
    403: wire.ModelAuthenticationError,
    404: wire.ModelNotFoundError,
    408: TimeoutError,
    429: wire.ModelRateLimitError,
}


def as_failed(error: Exception, exchange: ModelExchange, *, name: str, model: str, key: str) -> ProviderFailedError:
    """The failure of a call.

    Args:
        error: what the libraries raised.
        exchange: what the connection knows.
        name: of the provider.
        model: that was asked.
        key: what sets the provider's key.
    """
    failure, sentence = _meaning(error, exchange.status)
    return ProviderFailedError(
        sentence.replace("{name}", name).replace("{model!r}", repr(model[:100])).replace("{key}", key),
        failure=failure,
        billed=_billed(error, exchange),
        retry_after=_wait(error),
    )


def refusal_in(error: BaseException) -> PrivateAddressError | None:
    """The guard's refusal, wherever a library wrapped it."""
    return next((cause for cause in _causes(error) if isinstance(cause, PrivateAddressError)), None)


def _meaning(error: Exception, status: int | None) -> _Told:
    for cause in _causes(error):
        if isinstance(cause, PrivateAddressError):
            return "denied", str(as_refused(cause))
        if isinstance(cause, RedirectedError):
            return "denied", "{name} sends elsewhere, which is never followed. Set the address that it has now."
        if isinstance(cause, TooMuchError):
            return "bad_output", "{name} answered with too much. Raise DOCCHAIN_AI_MAX_BYTES, or ask for less."
    kinds = (type(error), _BY_STATUS.get(status or 0, _of_status(status)))
    for asked in kinds:
        for kind, failure, sentence in _BY_KIND:
            if issubclass(asked, kind):
                return failure, sentence
    return "bad_output", "{name} answered with something that is no answer. Check its address, and try again."


def _of_status(status: int | None) -> type[Exception]:
    if status is None:
        return wire.ModelConnectionError
    if status >= _SERVER:
        return wire.ModelServerError
    return wire.ModelRequestRejectedError if status >= 400 else Exception  # noqa: PLR2004 - refusals of HTTP


def _billed(error: Exception, exchange: ModelExchange) -> Literal["no", "unknown"]:
    if not exchange.sent:
        return "no"
    status = exchange.status or 0
    if getattr(error, "in_stream", False):
        return "unknown"
    refused = 300 <= status < _SERVER or status in _OVERLOADED  # noqa: PLR2004 - of HTTP
    return "no" if refused else "unknown"


def _wait(error: Exception) -> float | None:
    seconds = getattr(error, "retry_after", None)
    return min(max(float(seconds), 0.0), _LONGEST_WAIT) if isinstance(seconds, int | float) else None


def _causes(error: BaseException) -> Iterator[BaseException]:
    found: BaseException | None = error
    for _ in range(_DEEP):
        if found is None:
            return
        yield found
        found = found.__cause__ or found.__context__
