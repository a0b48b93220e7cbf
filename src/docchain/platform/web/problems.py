"""Errors as RFC 9457 problem documents: always the same members, and never anything of our insides."""

import re
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import ConfigDict, Field
from starlette.exceptions import HTTPException

from docchain.platform.errors import FieldFault, Invalid, NotFound, Refusal, Stale
from docchain.platform.model import Model
from docchain.platform.web.bodies import BadBody, is_json
from docchain.platform.web.media import UnsupportedMediaType
from docchain.platform.web.methods import allowed_at
from docchain.platform.web.places import place_of

REQUEST_ID = "docchain.request_id"
MEDIA_TYPE = "application/problem+json"
_LONGEST = 1_000
_BREAKS_OUT = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069<>]|\.\./")
"""What nobody types into a name by mistake."""
_FORMS = frozenset({"string_pattern_mismatch", "value_error"})
_NOTED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS)
"""Refusals that `app.state.note_refusal` is told, for the audit; and forms that look like an attack."""
_FAULT_CODES = {"missing": "missing", "extra_forbidden": "unknown_field"}
_FAULT_TEXTS = {"missing": "is missing; add it", "extra_forbidden": "is no known field here; remove it"}


class ProblemFault(Model):
    path: str = Field(description="Where the fault is, such as `steps[2].with.limit`.")
    message: str
    code: str
    node: str | None = Field(None, description="The step that it is in.")


class Problem(Model):
    """What every refused or failed request answers."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "urn:docchain:problem:invalid",
                "title": "The request is not valid",
                "status": 422,
                "detail": "name: is missing; add it",
                "code": "invalid",
                "errors": [{"path": "name", "message": "is missing; add it", "code": "missing"}],
                "request_id": "0199f5e2-7c7e-7a4b-b6e5-2f1c6a3d9e10",
            }
        }
    )

    type: str
    title: str
    status: int
    detail: str
    code: str = Field(description="Stable; programs decide by it.")
    errors: list[ProblemFault] = Field([])
    request_id: str = Field(description="Also in the header X-Request-ID and in the log.")
    hint: str | None = Field(None, description="What to do next.")


class PathNotFound(NotFound):
    code = "path_not_found"
    title = "There is nothing at this address"


class MethodNotAllowed(Refusal):
    code = "method_not_allowed"
    title = "This address does not answer to this method"
    status = 405


class InternalFault(Refusal):
    code = "internal"
    title = "The server failed"
    status = 500


def render(scope: Any, refusal: Refusal, headers: dict[str, str] | None = None) -> JSONResponse:
    """Turn a refusal into a response."""
    body: dict[str, Any] = {
        "type": f"urn:docchain:problem:{refusal.code}",
        "title": refusal.title,
        "status": refusal.status,
        "detail": _trimmed(refusal.detail),
        "code": refusal.code,
        "errors": [_told(fault) for fault in refusal.errors],
        "request_id": scope.get(REQUEST_ID, ""),
        **refusal.members,
    }
    if refusal.hint:
        body["hint"] = refusal.hint
    return JSONResponse(body, refusal.status, headers={**_headers(refusal), **(headers or {})}, media_type=MEDIA_TYPE)


def _trimmed(text: str) -> str:
    """What is said back of a request is no longer than anybody reads."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _told(fault: FieldFault) -> dict[str, str]:
    told = {"path": _trimmed(fault.path), "message": _trimmed(fault.message), "code": fault.code}
    return {**told, "node": fault.node} if fault.node else told


def _headers(refusal: Refusal) -> dict[str, str]:
    if refusal.status == HTTPStatus.UNAUTHORIZED:
        return {"WWW-Authenticate": "Bearer"}
    if isinstance(refusal, Stale) and refusal.etag:
        return {"ETag": refusal.etag, "Cache-Control": "no-store"}
    wait = getattr(refusal, "retry_after", 1 if refusal.status == HTTPStatus.SERVICE_UNAVAILABLE else None)
    return {} if wait is None else {"Retry-After": str(wait)}


def install(app: FastAPI) -> None:
    """Make the application answer errors as problem documents."""
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http_error)


async def _refused(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Refusal)  # noqa: S101 - how it was registered
    note = getattr(request.app.state, "note_refusal", None)
    if note is not None and error.status in _NOTED:
        note(request.scope, error)
    return render(request.scope, error)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - how it was registered
    if any(tuple(item["loc"]) == ("body",) and item["type"] != "missing" for item in error.errors()):
        given = request.headers.get("content-type", "")
        if not is_json(given.encode()):
            sent = f"The body is {given[:100]}." if given else "The request does not say what its body is."
            return render(request.scope, UnsupportedMediaType(sent, hint="Send JSON as `application/json`."))
    faults = _faults(error)
    refusal = Invalid(_summary(faults), errors=faults)
    note = getattr(request.app.state, "note_refusal", None)
    if note is not None and any(map(_is_an_attempt, error.errors())):
        note(request.scope, refusal)
    return render(request.scope, refusal)


def _is_an_attempt(item: dict[str, Any]) -> bool:
    """To set what the form does not have, or to break out of where a name is shown."""
    given = item.get("input")
    breaks_out = item["type"] in _FORMS and isinstance(given, str) and _BREAKS_OUT.search(given[:_LONGEST])
    return item["type"] == "extra_forbidden" or bool(breaks_out)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - how it was registered
    cause = error.__cause__
    if isinstance(cause, Refusal):  # refused while the framework read the body
        return render(request.scope, cause)
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = allowed_at(request.app, request.url.path)
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=headers)
    return render(request.scope, _in_our_words(request, error), headers)


def _in_our_words(request: Request, error: HTTPException) -> Refusal:
    if error.status_code == HTTPStatus.NOT_FOUND:
        path = request.url.path
        hint = "Leave out the slash at the end." if path.endswith("/") else "/docs lists every address."
        return PathNotFound(f"There is nothing at {path[:200]}.", hint=hint)
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return MethodNotAllowed(
            f"{request.url.path[:200]} does not answer to {request.method[:20]}.", hint="/docs lists what it answers."
        )
    refusal = BadBody(str(error.detail)) if error.status_code == HTTPStatus.BAD_REQUEST else Refusal(str(error.detail))
    refusal.status = error.status_code  # type: ignore[misc] # one instance takes the framework's status
    return refusal


def _faults(error: RequestValidationError) -> list[FieldFault]:
    """The first fault of every place: a value that fits no branch of a union has one for each of them."""
    faults: dict[str, FieldFault] = {}
    for item in error.errors():
        fault = _fault(item, error.body)
        faults.setdefault(fault.path, fault)
    return list(faults.values())


def _fault(item: dict[str, Any], body: object) -> FieldFault:
    kind = item["type"]
    message = _FAULT_TEXTS.get(kind) or str(item["msg"]).removeprefix("Value error, ")
    return FieldFault(place_of(item, body), message, _FAULT_CODES.get(kind, "invalid"))


def _summary(faults: list[FieldFault]) -> str:
    first = "; ".join(f"{fault.path}: {fault.message}" for fault in faults[:3])
    return first + (f"; and {len(faults) - 3} more" if len(faults) > 3 else "")  # noqa: PLR2004 - three fit a line
