"""The way to an operation: by method and segments of the path, where the framework tries one route after the other.

It leads only where the framework's router would; whatever it does not know is the router's to answer.
"""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from fastapi import FastAPI
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from docchain.platform.web.operations import Operation

_OPEN: Final = ""
"""Stands for any segment; no real one is empty."""
_PARAMETER: Final = re.compile(r"\{(\w+)\}")

_Parts = tuple[str, ...]
_Shape = tuple[bool, ...]


class Sign(NamedTuple):
    """A route: its place in the order of routes, for the first that fits counts; where its parameters are.

    Without an operation, the router answers its requests.
    """

    order: int
    route: RouteContext
    names: tuple[tuple[int, str], ...]
    operation: Operation | None


class Signs:
    """All routes; they are read as far as somebody asks, for the framework takes a while to prepare them."""

    def __init__(self, routes: Iterable[RouteContext]) -> None:
        self._unread = enumerate(routes)
        self._signs: dict[tuple[str, _Parts], Sign] = {}
        self._shapes: dict[tuple[str, int], list[_Shape]] = {}

    def find(self, method: str, path: str) -> tuple[Sign, _Parts] | None:
        """The route of a request, and the segments of its path."""
        parts = tuple(path.split("/"))
        found = self._known(method, parts)
        while found is None and self._read_on():
            found = self._known(method, parts)
        if found is None or not all(parts[place] for place, _ in found.names):
            return None
        return found, parts

    def _known(self, method: str, parts: _Parts) -> Sign | None:
        first: Sign | None = None
        for shape in self._shapes.get((method, len(parts)), ()):
            place = tuple([_OPEN if is_open else part for part, is_open in zip(parts, shape, strict=True)])
            found = self._signs.get((method, place))
            if found is not None and (first is None or found.order < first.order):
                first = found
        return first

    def _read_on(self) -> bool:
        """Read the next route; tell whether there was one."""
        order, route = next(self._unread, (0, None))
        if route is not None and isinstance(route.original_route, APIRoute):
            self._put(order, route)
        return route is not None

    def _put(self, order: int, route: RouteContext) -> None:
        parts = (route.path or "").split("/")
        names = tuple((place, found[1]) for place, part in enumerate(parts) if (found := _PARAMETER.fullmatch(part)))
        opened = {place for place, _ in names}
        shape = tuple(place in opened for place in range(len(parts)))
        sign = Sign(order, route, names, Operation.of(route))
        for method in route.methods or ():
            shapes = self._shapes.setdefault((method, len(parts)), [])
            if shape not in shapes:
                shapes.append(shape)
            key = method, tuple(_OPEN if is_open else part for part, is_open in zip(parts, shape, strict=True))
            self._signs.setdefault(key, sign)


class Signpost:
    """ASGI layer right around the framework's router.

    Args:
        app: whose routes these are.
        router: answers what is out of the ordinary, and says that there is nothing.
    """

    def __init__(self, app: FastAPI, router: ASGIApp) -> None:
        self._signs = Signs(iter_route_contexts(app.routes))
        self._router = router

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = self._signs.find(scope["method"], scope["path"]) if scope["type"] == "http" else None
        operation = found[0].operation if found and not scope.get("root_path") else None
        if found is None or operation is None:
            await self._router(scope, receive, send)
            return
        sign, parts = found
        scope["path_params"] = {name: parts[place] for place, name in sign.names}
        response = await operation.answer(Request(scope, receive, send))
        await response(scope, receive, send)
