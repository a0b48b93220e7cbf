"""The published description of the API: every operation also answers problem documents."""

from typing import Any

from fastapi import FastAPI

from docchain.platform.web.problems import MEDIA_TYPE, Problem

DESCRIPTION = """\
Documents in; durable chains of parsing, rules, AI and people; documents out.

Sign in with `POST /api/v3/security/auth/login`, then send `Authorization: Bearer <access_token>`.
The header `X-Workspace: <slug>` chooses a workspace; without it a request acts in your first one.
Errors are problem documents (RFC 9457); decide by their `code`.
"""
_CONTENT = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
PROBLEM_RESPONSES: dict[int | str, dict[str, Any]] = {
    401: {"description": "Not signed in", "content": _CONTENT},
    403: {"description": "Not permitted", "content": _CONTENT},
    404: {"description": "No such resource", "content": _CONTENT},
    422: {"description": "Faults in the request, each with its path", "content": _CONTENT},
    "default": {"description": "Any other error", "content": _CONTENT},
}


def install(app: FastAPI) -> None:
    """Add the schema that the problem responses point to."""
    generate = app.openapi

    def with_problem() -> dict[str, Any]:
        if app.openapi_schema is None:
            schemas = generate().setdefault("components", {}).setdefault("schemas", {})
            problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas |= problem.pop("$defs")
            schemas["Problem"] = problem
        return generate()

    app.openapi = with_problem  # type: ignore[method-assign] # how FastAPI wants it done
