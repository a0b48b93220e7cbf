"""Operations are answered as the framework would: every route of the product, whatever it is asked.

Each route's function is replaced by one that notes what it is given, behind a door that lets everybody in.
"""

import json
import re
from types import SimpleNamespace
from typing import Annotated, Any

import httpx
import pytest
from fastapi import FastAPI, Query
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.responses import Response

from docchain.entrypoints.web.app import create_app
from docchain.platform.database import Database
from docchain.platform.settings import load_settings
from docchain.platform.web.door import open_door
from docchain.platform.web.operations import Operation
from docchain.platform.web.signpost import Signpost

ID = "0199f5e2-7c7e-7a4b-b6e5-2f1c6a3d9e10"
SIGNED_IN = {"authorization": "Bearer token"}
VALUES = ("1", "true", ID, "many words")
BODIES = (b"", b"{}", b"[]", b'"text"', b"{", b"null", b'{"surprise": 1}', b"\xff\xfe", b'{"status": 7, "inputs": []}')
KINDS = ("application/json", "text/plain", "", "application/merge-patch+json; charset=utf-8")


class Witness:
    """What functions of routes were called with, by which of the two applications."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.answer: Any = None

    async def __call__(self, **given: Any) -> Any:
        self.calls.append(repr({name: told(value) for name, value in sorted(given.items())}))
        for value in given.values():
            if isinstance(value, Response):
                value.headers["x-noted"], value.status_code = "by the route", 203
        return self.answer


def told(value: Any) -> Any:
    """Requests, doors and other things of one request only are told by their type."""
    is_plain = isinstance(value, str | bytes | int | float | list | dict | BaseModel | None)
    return value if is_plain else "response" if isinstance(value, Response) else type(value).__name__


class Anything:
    """Stands for what only functions of routes and what they depend on look at."""

    def __getattr__(self, _name: str) -> Any:
        return self

    def __call__(self, *_: Any, **__: Any) -> Any:
        return self


async def let_in(**_: Any) -> Any:
    return Anything()


def dependants(dependant: Any) -> list[Any]:
    return [dependant, *(found for need in dependant.dependencies for found in dependants(need))]


@pytest.fixture(scope="module")
def product(tmp_path_factory) -> FastAPI:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('operations') / 'app.db'}", connections=1)
    settings = load_settings(None)
    services = SimpleNamespace(probes={}, database=database, settings=settings, sign_in=Anything())
    return create_app(services, settings.limits)


@pytest.fixture
def witness(product, monkeypatch):
    found = Witness()
    for context in iter_route_contexts(product.routes):
        if isinstance(context.original_route, APIRoute) and Operation.of(context):
            for dependant in dependants(context.dependant):
                if dependant.call is open_door:
                    monkeypatch.setattr(dependant, "call", let_in)
            monkeypatch.setattr(context.dependant, "call", found)
    return found


def asked_ways(route: Any, described: dict[str, Any]):
    """Queries, headers and bodies: none, right ones, wrong ones."""
    names = [field.alias for need in dependants(route.dependant) for field in need.query_params]
    names += [parameter["name"] for parameter in described.get("parameters", ()) if parameter["in"] == "query"]
    right = {p["name"]: p["schema"].get("default") for p in described.get("parameters", ()) if p["in"] == "query"}
    queries = [[], [("surprise", "1")], [(name, value) for name, value in right.items() if value]]
    queries += [[(name, value)] for name in dict.fromkeys(names) for value in VALUES]
    for query in queries:
        yield query, {}, b""
    yield [], {"authorization": ""}, b""
    for header in [field.alias for need in dependants(route.dependant) for field in need.header_params]:
        for value in VALUES:
            yield [], {header: value}, b""
    content = described.get("requestBody", {}).get("content", {}).get("application/json", {})
    examples = [content["example"]] if "example" in content else []
    examples += [example["value"] for example in content.get("examples", {}).values()]
    for body in (*BODIES, *(json.dumps(example).encode() for example in examples)):
        yield [], {"content-type": KINDS[0]}, body
    for kind in KINDS[1:]:
        yield [], {"content-type": kind}, BODIES[-1]


async def answered(application: httpx.AsyncClient, witness: Witness, request: httpx.Request) -> tuple[Any, ...]:
    witness.calls.clear()
    try:
        answer = await application.send(request)
    except Exception as error:  # noqa: BLE001 - whatever it is, it has to be the same
        return type(error), *witness.calls
    return answer.status_code, sorted(answer.headers.items()), answer.content, *witness.calls


def stacks(product: FastAPI) -> list[httpx.AsyncClient]:
    """Clients of the framework's router, and of the signpost in front of it."""
    router = AsyncExitStackMiddleware(product.router)

    def around(inner: Any) -> Any:
        layer = ExceptionMiddleware(inner, handlers=product.exception_handlers)

        async def application(scope: Any, receive: Any, send: Any) -> None:
            await layer({**scope, "app": product}, receive, send)

        return application

    return [
        httpx.AsyncClient(transport=httpx.ASGITransport(around(inner))) for inner in (router, Signpost(product, router))
    ]


async def test_every_operation_is_answered_as_the_framework_would(product, witness):
    ordinary, ours = stacks(product)
    described = product.openapi()["paths"]
    seen, passed = 0, 0
    for context in iter_route_contexts(product.routes):
        if not isinstance(context.original_route, APIRoute) or Operation.of(context) is None:
            continue
        for method in context.methods or ():
            about = described.get(context.path, {}).get(method.lower(), {})
            witness.answer = example_of(about)
            for query, headers, body in asked_ways(context, about):
                path = re.sub(r"{\w+}", ID if query or body else "1", context.path)
                request = httpx.Request(
                    method, f"http://docchain.test{path}", params=query, headers=SIGNED_IN | headers, content=body
                )
                expected = await answered(ordinary, witness, request)
                assert await answered(ours, witness, request) == expected, (method, path, query, headers, body)
                seen += 1
                passed += bool(witness.calls)
    assert seen > 2_500
    assert passed > 1_000


def example_of(about: dict[str, Any]) -> Any:
    """What the operation says that it answers."""
    for status, answer in about.get("responses", {}).items():
        content = answer.get("content", {}).get("application/json", {})
        if status.startswith("2") and "example" in content:
            return content["example"]
    return None


class Wanted(BaseModel):
    tags: list[str]


async def test_what_a_route_does_to_its_query_the_next_request_does_not_see():
    app = FastAPI()

    @app.get("/")
    async def read(wanted: Annotated[Wanted, Query()]) -> list[str]:
        wanted.tags.append("changed")
        return wanted.tags

    _, ours = stacks(app)
    for _ in range(3):
        answer = await ours.get("http://docchain.test/?tags=a")
        assert answer.json() == ["a", "changed"]


async def test_a_query_that_cannot_be_packed_is_read_anew_each_time():
    class Local(BaseModel):
        tags: list[str]

    app = FastAPI()

    @app.get("/")
    async def read(wanted: Annotated[Local, Query()]) -> int:
        return len(wanted.tags)

    _, ours = stacks(app)
    for _ in range(2):
        assert (await ours.get("http://docchain.test/?tags=a&tags=b")).json() == 2
