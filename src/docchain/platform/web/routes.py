"""Routes and routers that are prepared when they are needed; the framework would do it where they are declared."""

from collections.abc import Callable, Sequence
from importlib import import_module
from inspect import Parameter, signature
from typing import Any, Final

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, get_name

_DEFAULTS: Final = {
    name: parameter.default
    for name, parameter in signature(APIRoute.__init__).parameters.items()
    if parameter.default is not Parameter.empty
}


class LateRoute(APIRoute):
    """What was declared, for the framework to work out with the first request that comes to the router's turn."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **declared: Any) -> None:
        vars(self).update(_DEFAULTS | declared, path=path, endpoint=endpoint, stream_item_type=None)
        methods: Sequence[str] = declared.get("methods") or ("GET",)
        self.methods = {method.upper() for method in methods}
        self.name = declared.get("name") or get_name(endpoint)


class LateRouter(APIRouter):
    """Stands for a router that is imported when somebody looks at its routes: no start waits for it.

    Args:
        home: the module.
        name: what it calls its router.
    """

    def __init__(self, home: str, name: str = "router") -> None:
        self._home, self._name = home, name
        self._found: list[BaseRoute] | None = None
        super().__init__()

    @property
    def routes(self) -> list[BaseRoute]:
        if self._found is None:
            self._found = []
            self.include_router(getattr(import_module(self._home), self._name))
        return self._found

    @routes.setter
    def routes(self, value: list[BaseRoute]) -> None:
        """The framework gives every router its list, to which it adds."""

    def _contains_router(self, router: APIRouter, seen: set[int] | None = None) -> bool:  # noqa: ARG002 - its signature
        """It is asked where this one is included: whether that would be a circle. It needs no look inside."""
        return False
