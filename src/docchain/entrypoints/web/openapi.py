"""The published description of the API: every operation also answers problem documents, every body has an example."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI

from docchain.entrypoints.web.published_answers import CONTENT, complete
from docchain.entrypoints.web.published_examples import BODIES, parameter_example
from docchain.entrypoints.web.published_links import add_links
from docchain.platform.web.problems import Problem
from docchain.platform.web.session_cookie import SAFE_NAME

Json = dict[str, Any]

DESCRIPTION = """\
Documents in; durable chains of parsing, rules, AI and people; documents out.

Sign in with `POST /api/v3/security/auth/login`, then send `Authorization: Bearer <access_token>`.
The header `X-Workspace: <slug>` chooses a workspace; without it a request acts in your first one.
Errors are problem documents (RFC 9457); decide by their `code`.
"""
_COOKIE: Json = {
    "type": "apiKey",
    "in": "cookie",
    "name": SAFE_NAME,
    "description": "What a sign-in with `cookies` leaves in a browser. Requests that change something send the "
    "`csrf_token` of the sign-in in `X-CSRF-Token`. In development, without TLS, its name is `docchain`.",
}
PROBLEM_RESPONSES: dict[int | str, Json] = {
    422: {"description": "Faults in the request, each with its path", "content": CONTENT},
}
"""In place of what the framework would say of its own; `published_answers` adds the others."""

_PLAIN: Json = {
    "uuid": "019a0b1c-5a2e-7c40-9a6e-2f4f6d1c8b10",
    "date-time": "2026-05-01T12:00:00Z",
    "string": "text",
    "integer": 1,
    "number": 1.5,
    "boolean": True,
    "object": {},
    "array": [],
}


def install(app: FastAPI) -> None:
    """Complete what the framework generates."""
    generate = app.openapi

    def completed() -> Json:
        if app.openapi_schema is None:
            _complete(generate())
        return generate()

    app.openapi = completed  # type: ignore[method-assign] # how FastAPI wants it done


def _complete(document: Json) -> None:
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= problem.pop("$defs")
    schemas["Problem"] = problem
    for schema in schemas.values():
        if "example" in schema:
            schema["example"] = _with_nulls(schema["example"], schema, schemas)
    operations = list(_operations(document))
    _tell_cookie(document, [operation for _, operation in operations])
    for method, operation in operations:
        complete(method, operation)
        for parameter in operation.get("parameters", ()):
            _show(parameter, operation["operationId"])
        _show_bodies(operation, schemas)
    add_links([operation for _, operation in operations])


def _tell_cookie(document: Json, operations: list[Json]) -> None:
    """Whatever an access token lets do, a browser's cookie does, too."""
    document["components"].setdefault("securitySchemes", {})["SessionCookie"] = _COOKIE
    for operation in operations:
        if "security" in operation:
            operation["security"].append({"SessionCookie": []})


def _operations(document: Json) -> Iterator[tuple[str, Json]]:
    for path in document["paths"].values():
        yield from path.items()


def _show(parameter: Json, operation: str) -> None:
    """Give a parameter its example; a parameter that may be left out is not `null` when it is there."""
    schema = parameter["schema"]
    choices = [choice for choice in schema.get("anyOf", ()) if choice != {"type": "null"}]
    if len(choices) == 1:
        del schema["anyOf"]
        parameter["schema"] = schema = choices[0] | schema
    example = parameter_example(operation, parameter["name"])
    if example is not None:
        schema.pop("examples", None)
        parameter["example"] = example


def _show_bodies(operation: Json, schemas: Json) -> None:
    told = BODIES.get(operation["operationId"], {})
    for name in ("requestBody", *operation["responses"]):
        body = operation["responses"].get(name) or operation.get(name, {})
        for kind, media in body.get("content", {}).items():
            if name == "requestBody" and kind in told:
                body["content"][kind] = media | {"example": told[kind]}
            elif not media.keys() & {"example", "examples"}:
                media["example"] = example_of(media.get("schema", {}), schemas)


def _with_nulls(value: Any, schema: Json, schemas: Json) -> Any:
    """Put back what the framework drops from examples: required members that are null."""
    for choice in schema.get("anyOf", ()):
        if "$ref" in choice or "items" in choice:
            schema = choice
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    if isinstance(value, list):
        return [_with_nulls(item, schema.get("items", {}), schemas) for item in value]
    if not isinstance(value, dict):
        return value
    parts = schema.get("properties", {})
    whole = {name: None for name in schema.get("required", ()) if _may_be_null(parts[name])} | value
    return {name: _with_nulls(item, parts.get(name, {}), schemas) for name, item in whole.items()}


def _may_be_null(schema: Json) -> bool:
    return schema.keys().isdisjoint({"type", "$ref", "anyOf"}) or {"type": "null"} in schema.get("anyOf", ())


def example_of(schema: Json, schemas: Json) -> Any:
    """Return the declared example, or put one together from those of the parts."""
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    for key in ("example", "default", "const"):
        if schema.get(key) is not None:
            return schema[key]
    for key in ("examples", "enum"):
        if schema.get(key):
            return schema[key][0]
    for choice in schema.get("anyOf") or schema.get("oneOf") or ():
        return example_of(choice, schemas)
    if "properties" in schema:
        return {name: example_of(part, schemas) for name, part in schema["properties"].items()}
    if "prefixItems" in schema:
        return [example_of(part, schemas) for part in schema["prefixItems"]]
    if "items" in schema:
        return [example_of(schema["items"], schemas)]
    plain = _PLAIN.get(schema.get("format", ""), _PLAIN.get(schema.get("type", "")))
    return schema.get("title", plain) if plain == "text" else plain
