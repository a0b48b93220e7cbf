"""Which methods an address answers to; all of them, whichever of its routes is asked."""

import re
from functools import lru_cache
from typing import Final

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import compile_path

_ORDER: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def allowed_at(app: FastAPI, path: str) -> str:
    """The value of `Allow`: of the routes that fit, those with the fewest parameters are meant."""
    fitting = [(open_, methods) for regex, open_, methods in _routes(app) if regex.match(path)]
    least = min((open_ for open_, _ in fitting), default=0)
    found = {method for open_, methods in fitting if open_ == least for method in methods}
    if "GET" in found:
        found.add("HEAD")
    return ", ".join(method for method in _ORDER if method in found | {"OPTIONS"})


@lru_cache(maxsize=8)
def _routes(app: FastAPI) -> list[tuple[re.Pattern[str], int, frozenset[str]]]:
    return [
        (compile_path(route.path)[0], route.path.count("{"), frozenset(route.methods))
        for route in iter_route_contexts(app.routes)
        if route.path and route.methods
    ]
