"""Which answer names what another operation asks for; each such pair is a link of the published description."""

from typing import Any, Final

Json = dict[str, Any]
_HANDLE: Final = "$response.body#/handle"
_FIRST: Final = "$response.body#/items/0/handle"
_WORKFLOW: Final = "$request.path.workflow"
_RUN: Final = {"run": _HANDLE}
_DOCUMENT: Final = [{"document": _HANDLE}, {"document": _HANDLE, "number": "$response.body#/current/number"}]
NAMED: Final[dict[str, list[dict[str, str]]]] = {
    "create_workflow": [{"workflow": _HANDLE}],
    "import_workflow": [{"workflow": _HANDLE}],
    "list_workflows": [{"workflow": _FIRST}],
    "publish_workflow": [{"workflow": _WORKFLOW, "number": "$response.body#/number"}],
    "label_workflow_version": [
        {"workflow": _WORKFLOW, "number": "$request.path.number", "label": "$request.path.label"}
    ],
    "add_node": [{"workflow": _WORKFLOW, "node": "$response.body#/node/id"}],
    "list_edges": [
        {"workflow": _WORKFLOW, "source": "$response.body#/items/0/from", "to": "$response.body#/items/0/to"}
    ],
    "execute_workflow": [_RUN],
    "execute_named_workflow": [_RUN],
    "restart_run": [_RUN],
    "fork_run": [_RUN],
    "list_runs": [{"run": _FIRST}],
    "read_run": [{"run": "$request.path.run", "step": "$response.body#/steps/0/id"}],
    "try_past_runs": [{"workflow": _WORKFLOW, "run": "$response.body#/run"}],
    "list_approvals": [{"approval": _FIRST}],
    "upload_document": _DOCUMENT,
    "upload_document_version": _DOCUMENT,
    "list_documents": [{"document": _FIRST}],
    "save_search": [{"saved": _HANDLE}],
    "list_saved_searches": [{"saved": _FIRST}],
    "list_connections": [{"connection": "$response.body#/items/0/id"}],
}
"""By operation: parameters of others, and where in its answer they are."""


def add_links(operations: list[Json]) -> None:
    """Link every operation that names something to those whose paths ask for exactly that."""
    asking: dict[frozenset[str], list[str]] = {}
    for operation in operations:
        names = frozenset(part["name"] for part in operation.get("parameters", ()) if part["in"] == "path")
        asking.setdefault(names, []).append(operation["operationId"])
    for operation in operations:
        for values in NAMED.get(operation["operationId"], ()):
            for target in asking.get(frozenset(values), ()):
                if target != operation["operationId"]:
                    _link(operation, target, values)


def _link(operation: Json, target: str, values: dict[str, str]) -> None:
    link = {"operationId": target, "parameters": {f"path.{name}": place for name, place in values.items()}}
    for status, response in operation["responses"].items():
        if status[0] == "2" and "content" in response:
            response.setdefault("links", {})[target] = link
