"""A route that is prepared where its router is included; the framework would do all of it where it is declared, too."""

from collections.abc import Callable, Sequence
from inspect import Parameter, signature
from typing import Any, Final

from fastapi.routing import APIRoute
from starlette.routing import get_name

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
