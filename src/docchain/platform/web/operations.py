"""One operation as the framework described it, made ready to be answered: what it needs is known before anybody asks.

It does what the framework does for a request, in the same order, without finding out again each time what that is.
What is out of the ordinary (a form, a stream, a function that is no coroutine) stays with the framework.
"""

import json
import pickle
from collections.abc import Sequence
from contextlib import suppress
from inspect import iscoroutinefunction
from typing import Any, Final, NamedTuple

from fastapi.datastructures import DefaultPlaceholder
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import request_body_to_args, request_params_to_args
from fastapi.exceptions import HTTPException, RequestValidationError
from fastapi.params import Form
from fastapi.routing import APIRoute, RouteContext, serialize_response
from pydantic_core import PydanticUndefined
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

_KEPT: Final = 256
_KEPT_BYTES: Final = 300
_UNPACKABLE: Final = (pickle.PicklingError, AttributeError, TypeError)
_NO_BODY: Final = frozenset({204, 205, 304})
_FIRST_SERVER_CODE: Final = 200


class _Need(NamedTuple):
    """Something that is called before the operation, or the operation itself: its place in the list is its name.

    Args:
        dependant: what the framework found out about it.
        given: the names of its arguments that others yield, and their places.
        queries: what came of queries, by their text: to read one takes longer than all else about a small request.
            Packed, for each request gets its own.
    """

    dependant: Dependant
    given: tuple[tuple[str | None, int], ...]
    queries: dict[bytes, bytes]


class Operation:
    """Answers requests to one route."""

    def __init__(self, context: RouteContext) -> None:
        self._context = context
        self._needs: list[_Need] = []
        self._arrange(context.dependant, {})
        self._reads_body = context.body_field is not None
        self._wants_response = any(need.dependant.response_param_name for need in self._needs)

    @classmethod
    def of(cls, context: RouteContext) -> "Operation | None":
        """The operation of a route, if it is an ordinary one."""
        return cls(context) if _is_ordinary(context) else None

    async def answer(self, request: Request) -> Response:
        """What the route answers.

        Raises:
            RequestValidationError: the request is not what the route takes.
        """
        body = await _body(request) if self._reads_body else PydanticUndefined
        noted = _Noted() if self._wants_response else None
        result = await self._solved(request, body, noted)
        if isinstance(result, Response):
            return result
        status = (noted and noted.status_code) or self._context.status_code or _FIRST_SERVER_CODE
        field = self._context.response_field
        content = await serialize_response(field=field, response_content=result, dump_json=True)
        response = Response(content, status, media_type="application/json") if field else JSONResponse(content, status)
        if status in _NO_BODY:
            response.body = b""
        if noted is not None:
            response.raw_headers.extend(noted.raw_headers)
        return response

    async def _solved(self, request: Request, body: Any, noted: Response | None) -> Any:
        """Call all that is needed, then the operation; unless something about the request is wrong."""
        found: list[Any] = []
        faults: list[Any] = []
        failed: set[int] = set()
        for place, need in enumerate(self._needs):
            values, wrong = await self._arguments(need, request, body)
            for name, source in need.given:
                if source in failed:
                    failed.add(place)
                elif name is not None:
                    values[name] = found[source]
            faults += wrong
            if wrong or place in failed:
                failed.add(place)
                found.append(None)
                continue
            dependant = need.dependant
            if dependant.request_param_name:
                values[dependant.request_param_name] = request
            if dependant.response_param_name:
                values[dependant.response_param_name] = noted
            found.append(await dependant.call(**values))  # type: ignore[misc] # ordinary ones are coroutines
        if faults:
            raise RequestValidationError(faults, body=None if body is PydanticUndefined else body)
        return found[-1]

    async def _arguments(self, need: _Need, request: Request, body: Any) -> tuple[dict[str, Any], list[Any]]:
        """What a call is given of the request, and what is wrong about that."""
        dependant = need.dependant
        values: dict[str, Any] = {}
        wrong: list[Any] = []
        if dependant.path_params:
            values, wrong = request_params_to_args(dependant.path_params, request.path_params)
        if dependant.query_params:
            more, faults = _query(need, request)
            values.update(more)
            wrong = wrong + faults
        if dependant.header_params:
            more, faults = request_params_to_args(dependant.header_params, request.headers)
            values.update(more)
            wrong = wrong + faults
        if dependant.body_params:
            more, faults = await request_body_to_args(
                dependant.body_params,
                body,
                self._context._embed_body_fields,  # noqa: SLF001 - the framework's own
            )
            values.update(more)
            wrong = wrong + faults
        return values, wrong

    def _arrange(self, dependant: Dependant, known: dict[Any, int]) -> int:
        """Put what is needed first, each once; return the place."""
        given = tuple((need.name, self._arrange(need, known)) for need in dependant.dependencies)
        if dependant.call not in known:
            known[dependant.call] = len(self._needs)
            self._needs.append(_Need(dependant, given, {}))
        return known[dependant.call]


class _Noted(Response):
    """Takes down the status and the headers that a route sets."""

    def __init__(self) -> None:
        self.raw_headers = []
        self.status_code = 0


def _query(need: _Need, request: Request) -> tuple[dict[str, Any], list[Any]]:
    text: bytes = request.scope["query_string"]
    known = need.queries.get(text)
    if known is not None:
        return pickle.loads(known), []  # noqa: S301 - our own, from memory
    read = request_params_to_args(need.dependant.query_params, request.query_params)
    if len(text) <= _KEPT_BYTES and not read[1]:
        if len(need.queries) >= _KEPT:
            need.queries.clear()
        with suppress(*_UNPACKABLE):
            need.queries[text] = pickle.dumps(read[0])
    return read


async def _body(request: Request) -> Any:
    """As the framework reads it: bytes, unless they are said to be JSON."""
    try:
        body = await request.body()
        if not body:
            return PydanticUndefined
        return await request.json() if _is_json(request.headers.get("content-type", "")) else body
    except json.JSONDecodeError as error:
        fault = {"type": "json_invalid", "loc": ("body", error.pos), "msg": "JSON decode error", "input": {}}
        raise RequestValidationError([fault | {"ctx": {"error": error.msg}}], body=error.doc) from error
    except HTTPException:
        raise
    except Exception as error:
        raise HTTPException(400, "There was an error parsing the body") from error


def _is_json(content_type: str) -> bool:
    family, _, kind = content_type.partition(";")[0].strip().lower().partition("/")
    return family == "application" and (kind == "json" or kind.endswith("+json"))


def _is_ordinary(context: RouteContext) -> bool:
    route = context.original_route
    shaped = (
        context.response_model_include,
        context.response_model_exclude,
        context.response_model_exclude_unset,
        context.response_model_exclude_defaults,
        context.response_model_exclude_none,
        context.stream_item_field,
        context.is_sse_stream,
        context.is_json_stream,
        context.max_body_size,
    )
    return (
        isinstance(route, APIRoute)
        and isinstance(context.response_class, DefaultPlaceholder)
        and not any(shaped)
        and not (context.body_field and isinstance(context.body_field.field_info, Form))
        and all(_is_plain(need) for need in _all_of([context.dependant]))
    )


def _is_plain(need: Dependant) -> bool:
    others = (
        need.cookie_params,
        need.websocket_param_name,
        need.http_connection_param_name,
        need.background_tasks_param_name,
        need.security_scopes_param_name,
        need.concurrency,
    )
    called = need.call
    is_coroutine = iscoroutinefunction(called) or iscoroutinefunction(getattr(called, "__call__", None))  # noqa: B004
    return need.use_cache and is_coroutine and not any(others)


def _all_of(needs: Sequence[Dependant]) -> list[Dependant]:
    return [found for need in needs for found in (need, *_all_of(need.dependencies))]
