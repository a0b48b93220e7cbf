"""`If-Match`: a change names the state it was made on; it is refused when that has passed (412) or is unsaid (428)."""

import re
from collections.abc import Iterable
from typing import Annotated, Final

from fastapi import Depends, Header, Request

from docchain.platform.errors import Refusal
from docchain.platform.preconditions import ANY, Expected, etag_of
from docchain.platform.web.codings import CODINGS

__all__ = ["ANY", "BadIfMatch", "Expected", "IfMatch", "NeedsIfMatch", "PreconditionRequired", "etag_of", "expected_of"]

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


# The framework would send dependencies that are not coroutines to a thread and back: longer than they take.
async def _expected(request: Request, if_match: _IfMatch = None) -> Expected:  # noqa: ARG001 - documents the header
    return expected_of(request.headers.getlist("if-match")) or ANY


async def _required(request: Request, if_match: _IfMatch = None) -> Expected:  # noqa: ARG001 - documents the header
    expected = expected_of(request.headers.getlist("if-match"))
    if expected is None and request.app.state.services.settings.limits.require_if_match:
        raise PreconditionRequired("Somebody else may have changed it since you read it.", hint=_HOW)
    return expected or ANY


IfMatch = Annotated[Expected, Depends(_expected)]
"""For what orders something: the header is looked at where it is sent."""

NeedsIfMatch = Annotated[Expected, Depends(_required)]
"""For PATCH, PUT and DELETE of what has an ETag: 428 without the header, unless a setting allows it."""
