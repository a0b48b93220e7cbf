"""The signpost leads where the framework's router would, whatever the path and the method are."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.routing import RouteContext, iter_route_contexts
from hypothesis import given
from hypothesis import strategies as st

from docchain.entrypoints.web.app import API, ROUTERS
from docchain.platform.web.signpost import Signs

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def application() -> FastAPI:
    app = FastAPI(redirect_slashes=False, openapi_url=None)
    for router in ROUTERS:
        app.include_router(router, prefix=API)
    return app


APP = application()
ROUTES = list(iter_route_contexts(APP.routes))
WORDS = sorted({part for route in ROUTES for part in (route.path or "").split("/") if not part.startswith("{")})


def first_that_fits(method: str, path: str) -> RouteContext | None:
    """What trying all of them comes to."""
    fits = (route for route in ROUTES if route.methods and method in route.methods and route.path_regex.match(path))
    return next(fits, None)


@st.composite
def asked_paths(draw: st.DrawFn) -> str:
    """Paths of routes with some of their segments replaced, added or left out."""
    parts = (draw(st.sampled_from(ROUTES)).path or "").split("/")
    segments = st.sampled_from(WORDS) | st.text(st.characters(exclude_characters="/"), max_size=3)
    told = [draw(segments) if part.startswith("{") or draw(st.integers(0, 9)) == 0 else part for part in parts]
    return "/".join(told[: len(told) - draw(st.sampled_from((0, 0, 0, 1)))])


@given(st.sampled_from(METHODS), asked_paths())
def test_it_finds_what_trying_all_routes_finds(method: str, path: str) -> None:
    found = Signs(ROUTES).find(method, path)
    expected = first_that_fits(method, path)
    if found is None:  # then the router is asked
        assert expected is None or "\n" in path
    else:
        assert found[0].route is expected


@pytest.mark.parametrize(
    ("path", "name", "places"),
    [
        ("/api/v3/runs", "list_runs", []),
        ("/api/v3/runs/run_1", "read_run", ["run_1"]),
        ("/api/v3/runs/run_1/steps/a/items", "list_run_step_items", ["run_1", "a"]),
    ],
)
def test_it_tells_the_route_and_its_parameters(path: str, name: str, places: list[str]) -> None:
    found = Signs(ROUTES).find("GET", path)
    assert found is not None
    sign, parts = found
    assert sign.route.name == name
    assert [parts[place] for place, _ in sign.names] == places


def test_routes_are_read_only_as_far_as_somebody_asks() -> None:
    read = []

    def reading() -> Iterator[RouteContext]:
        for route in ROUTES:
            read.append(route)
            yield route

    signs = Signs(reading())
    assert signs.find("GET", "/api/v3/health") is not None
    assert len(read) < len(ROUTES) / 2
    assert signs.find("GET", "/api/v3/nothing-here") is None
    assert len(read) == len(ROUTES)
