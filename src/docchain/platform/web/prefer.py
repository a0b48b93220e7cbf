"""`Prefer` (RFC 7240): how long to wait for what was ordered, and whether the answer needs a body."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Header, Request

from docchain.platform.web.notes import notes_of

LONGEST_WAIT: Final = 300.0
_WAIT: Final = re.compile(r"\d{1,6}")
_LONGEST: Final = 1_000


@dataclass(slots=True)
class Preferences:
    """What a client would like; what is done of it is told by `Preference-Applied`."""

    wait: float | None
    is_async: bool
    is_minimal: bool
    _request: Request

    def seconds(self, asked: float | None) -> float | None:
        """How long to wait for the end of what was ordered; what address or body ask for goes first."""
        if asked is not None:
            return asked
        if self.wait is not None:
            notes_of(self._request.scope).apply(f"wait={self.wait:g}")
            return self.wait
        if self.is_async:
            notes_of(self._request.scope).apply("respond-async")
        return None

    def may_be_short(self) -> None:
        """Let the answer have no body, if that is preferred: its headers say where the result is."""
        if self.is_minimal:
            notes_of(self._request.scope).shorten()


def read_preferences(headers: Iterable[str]) -> dict[str, str]:
    """The preferences by name; of one that comes twice, the first counts. What is not understood is left out."""
    found: dict[str, str] = {}
    for part in ", ".join(headers)[:_LONGEST].split(","):
        name, _, value = part.partition(";")[0].partition("=")
        found.setdefault(name.strip().lower(), value.strip().strip('"'))
    return found


async def _preferences(
    request: Request,
    prefer: Annotated[  # noqa: ARG001 - documents the header
        str | None,
        Header(
            description="`wait=10` waits so many seconds for the end, `respond-async` not at all; `return=minimal` "
            "leaves out the body.",
            examples=["wait=10"],
        ),
    ] = None,
) -> Preferences:
    wanted = read_preferences(request.headers.getlist("prefer"))
    wait = wanted.get("wait", "")
    return Preferences(
        wait=min(float(wait), LONGEST_WAIT) if _WAIT.fullmatch(wait) else None,
        is_async="respond-async" in wanted,
        is_minimal=wanted.get("return") == "minimal",
        _request=request,
    )


Prefer = Annotated[Preferences, Depends(_preferences)]
