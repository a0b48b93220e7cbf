"""Outgoing calls: guarded, bounded, and clear about the one question that matters: was anything sent?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from docchain.platform.outgoing_rules import OutsideRulesError, PrivateAddressError, within_rules

if TYPE_CHECKING:
    from docchain.platform.outgoing_exchange import Exchange
    from docchain.platform.outgoing_rules import Watch


class OutgoingError(Exception):
    """An outgoing call got no usable answer."""


class OutgoingRefusedError(OutgoingError):
    """The call is not allowed; nothing was sent."""


class OutgoingNotSentError(OutgoingError):
    """No connection came about; nothing was sent, so trying again is safe."""


class OutgoingUnknownError(OutgoingError):
    """The request left, and no complete answer came: nobody here knows whether it was acted on."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class OutgoingTooLargeError(OutgoingError):
    """The receiver answered with more than we take; it has acted on the request."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


def as_refused(error: PrivateAddressError) -> OutgoingRefusedError:
    """The same for whoever wanted to call, with what to do about it."""
    if isinstance(error, OutsideRulesError):
        return OutgoingRefusedError(f"{error} An administrator sets them: PUT /admin/settings/outgoing.")
    return OutgoingRefusedError(f"{error} List it in DOCCHAIN_OUTGOING_ALLOW to permit it.")


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


class Outgoing:
    """Sends requests to public addresses. Redirects are answers, and proxies of the environment are not used.

    Args:
        allow: private `host:port` pairs that may be called.
        timeout: seconds for a whole call, from looking up the name to the last byte.
        max_bytes: largest answer that is taken.
        watch: knows the rules of workspaces; without it, the operator's are all there are.
    """

    def __init__(
        self,
        allow: Iterable[str] = (),
        timeout: float = 30.0,
        max_bytes: int = 10 * 1024 * 1024,
        watch: "Watch | None" = None,
    ) -> None:
        self._watch = watch
        self._allow = list(allow)
        self._timeout = timeout
        self._max_bytes = max_bytes
        self._opened: Exchange | None = None

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the caller's limit, beside our own
        workspace: UUID | None = None,
    ) -> Answer:
        """Send a request and read its whole answer; with a workspace, by its rules.

        Raises:
            OutgoingRefusedError: the address or URL is not allowed; nothing was sent.
            OutgoingNotSentError: no connection; nothing was sent.
            OutgoingUnknownError: sent, and no complete answer.
            OutgoingTooLargeError: answered with too much.
        """
        exchange = self._exchange()
        try:
            async with within_rules(self._watch, workspace):
                return await exchange.send(method, url, headers, content, timeout or self._timeout)
        except PrivateAddressError as error:
            raise as_refused(error) from None

    async def close(self) -> None:
        if self._opened:
            await self._opened.close()

    def _exchange(self) -> "Exchange":
        if self._opened is None:
            from docchain.platform.outgoing_exchange import Exchange  # noqa: PLC0415 - httpx is slow to import

            self._opened = Exchange(self._allow, self._max_bytes)
        return self._opened
