"""`If-Match`: a change names the state it was made on; it is refused when that has passed (412) or is unsaid (428)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Final

from fastapi import Depends, Header, Request
from pydantic import BaseModel

from docchain.platform.errors import Refusal, Stale
from docchain.platform.web.codings import CODINGS

_TAGS: Final = re.compile(r'(?:W/)?"[\x21\x23-\x7e]*"(?:[ \t]*,[ \t]*(?:W/)?"[\x21\x23-\x7e]*")*')
_TAG: Final = re.compile(r'(W/)?("[\x21\x23-\x7e]*")')
_CODED: Final = re.compile(rf'-(?:{"|".join(CODINGS)})"$')
_LONGEST: Final = 4_000
_HOW: Final = 'Send the ETag that you read as `If-Match: "3"`, or `If-Match: *` for whatever state it is in.'


class BadIfMatch(Refusal):
    code = "bad_if_match"
    title = "The header If-Match is not valid"


class PreconditionRequired(Refusal):
    code = "precondition_required"
    title = "This change must say which state it was made on"
    status = 428


@dataclass(frozen=True, slots=True)
class Expected:
    """The states that a client wants to change; without tags, any."""

    tags: frozenset[str] | None = None

    def met_by(self, state: str | int) -> bool:
        return self.tags is None or etag_of(state) in self.tags

    def check(self, state: str | int, stale: Stale) -> None:
        """Refuse a change of another state than was read; the refusal tells the present ETag.

        Args:
            state: what stands in the ETag of the resource, such as its revision.
            stale: how that is told.
        """
        if not self.met_by(state):
            stale.etag = etag_of(state)
            raise stale


ANY: Final = Expected()


def etag_of(state: str | int) -> str:
    return f'"{state}"'


def state_of(shown: BaseModel) -> str:
    """The state of what has no revision: a digest of all that is shown."""
    return sha256(shown.model_dump_json().encode()).hexdigest()[:32]


def expected_of(headers: Iterable[str]) -> Expected | None:
    """Read all `If-Match` of a request; `None` if it has none. A weak tag never matches, as RFC 9110 wants it.

    Raises:
        BadIfMatch: what was sent is neither `*` nor a list of tags.
    """
    text = ", ".join(headers).strip()
    if not text:
        return None
    if text == "*":
        return ANY
    if len(text) > _LONGEST or not _TAGS.fullmatch(text):
        raise BadIfMatch("It is neither `*` nor a list of quoted tags.", hint=_HOW)
    return Expected(frozenset(_CODED.sub('"', tag) for weak, tag in _TAG.findall(text) if not weak))


_IfMatch = Annotated[
    str | None,
    Header(description='The ETag of what you read, such as `"3"`, or several; `*` stands for any.', examples=['"3"']),
]


def _expected(request: Request, if_match: _IfMatch = None) -> Expected:  # noqa: ARG001 - documents the header
    return expected_of(request.headers.getlist("if-match")) or ANY


def _required(request: Request, if_match: _IfMatch = None) -> Expected:  # noqa: ARG001 - documents the header
    expected = expected_of(request.headers.getlist("if-match"))
    if expected is None and request.app.state.services.settings.limits.require_if_match:
        raise PreconditionRequired("Somebody else may have changed it since you read it.", hint=_HOW)
    return expected or ANY


IfMatch = Annotated[Expected, Depends(_expected)]
"""For what orders something: the header is looked at where it is sent."""

NeedsIfMatch = Annotated[Expected, Depends(_required)]
"""For PATCH, PUT and DELETE of what has an ETag: 428 without the header, unless a setting allows it."""
