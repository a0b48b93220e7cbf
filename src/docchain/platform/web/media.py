"""Media types: what an operation reads, and whether a client accepts what it is answered."""

from typing import Any, Final

from fastapi import Depends, Request

from docchain.platform.errors import Refusal

_MOST: Final = 50


class UnsupportedMediaType(Refusal):
    code = "unsupported_media_type"
    title = "This address does not read bodies of this type"
    status = 415


class NotAcceptable(Refusal):
    code = "not_acceptable"
    title = "This address has no answer of a type that you accept"
    status = 406

    def __init__(self, produced: str) -> None:
        hint = f"Accept `{produced}`, or `*/*`."
        super().__init__(f"It answers {produced}; the header Accept does not name that.", hint=hint)


def accepts(header: bytes, media_type: bytes) -> bool:
    """Whether `Accept` lets an answer be of a type; what is named more closely counts more."""
    found = _quality(header, media_type)
    if found is None and media_type.endswith(b"json"):
        found = _quality(header, b"application/problem+json")  # whoever takes problems takes JSON
    return bool(found)


def _quality(header: bytes, media_type: bytes) -> float | None:
    family = media_type.partition(b"/")[0] + b"/*"
    best, closest = None, -1
    for part in header.split(b",")[:_MOST]:
        named, *parameters = part.split(b";")
        named = named.strip().lower()
        closeness = 2 if named == media_type else 1 if named == family else 0 if named == b"*/*" else -1
        if closeness > closest:
            best, closest = _q(parameters), closeness
    return best


def _q(parameters: list[bytes]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition(b"=")
        if name.strip().lower() == b"q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


def reads(*media_types: str) -> Any:
    """Return a route dependency that refuses bodies of other types; without a body there is nothing to refuse."""
    names = ", ".join(f"`{media_type}`" for media_type in media_types)

    async def check(request: Request) -> None:
        given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        length = request.headers.get("content-length", "0")
        has_body = length != "0" or "transfer-encoding" in request.headers
        is_read = given in media_types or ("application/json" in media_types and given.endswith("+json"))
        if has_body and not is_read:
            told = f"The body is {given[:100]}." if given else "The request does not say what its body is."
            raise UnsupportedMediaType(told, hint=f"Send {names}.")

    return Depends(check)
