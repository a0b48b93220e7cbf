"""What an operation may be answered besides success, and which headers it hears: said by rule, not one by one."""

from typing import Any, Final

from docchain.platform.web.problems import MEDIA_TYPE

Json = dict[str, Any]
CONTENT: Final[Json] = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
_SAID: Final[dict[int, str]] = {
    400: "Not a request that can be read: malformed JSON, a header that is none",
    401: "Not signed in",
    403: "Not permitted",
    404: "No such resource",
    405: "This address does not answer to this method; `Allow` says which it does",
    406: "None of the media types in `Accept` can be answered with",
    409: "The state of the resource does not allow it; the detail says what it does",
    412: "It changed since it was read: the ETag in `If-Match` is an old one",
    413: "The body is larger than allowed",
    415: "The body has a media type or an encoding that is not read here",
    422: "Faults in the request, each with its path",
    428: "A change must name the state that it was made on, in `If-Match`",
    429: "Too much at once; `Retry-After` says when to try again",
    503: "The server cannot do it now; it is safe to try again",
}
_OTHER: Final[Json] = {"description": "Any other error", "content": CONTENT}
_LONGEST_KEY: Final = 255
IDEMPOTENCY_KEY: Final[Json] = {
    "name": "idempotency-key",
    "in": "header",
    "required": False,
    "description": "Chosen by the client, for one effect however often the request is sent: a repeat gets the first "
    "answer; the same key with another body is a 409 or 422.",
    "schema": {"type": "string", "pattern": "^[!-~]{1,255}$", "minLength": 1, "maxLength": _LONGEST_KEY},
}
WORKSPACE: Final[Json] = {
    "name": "x-workspace",
    "in": "header",
    "required": False,
    "description": "The workspace to act in, by its slug; your first one if left out.",
    "schema": {"type": "string"},
    "example": "examples",
}
_CHANGES: Final = ("post", "put", "patch", "delete")
_ONCE_OR_TWICE: Final = frozenset(
    {"validate_workflow", "create_ticket", "logout", "search_by_body", "verify_storage", "collect_storage"}
    | {"export_documents", "look_up_row", "validate_security_input"}
    | {"step_up", "begin_authenticator", "confirm_authenticator", "remove_authenticator", "renew_recovery_codes"}
    | {"begin_passkey", "register_passkey", "rename_passkey", "remove_factors_of_user"}
    | {"describe_account", "change_password", "change_email", "disable_user", "enable_user"}
    | {"end_sessions_of_user", "reset_password_of_user"}
    | {"rename_workspace", "change_member", "leave_workspace", "accept_an_invitation"}
    | {"accept_own_invitation", "decline_own_invitation"}
    | {"check_ai_provider", "redact_ai_text", "render_prompt"}
    | {"export_workspace", "erase_workspace", "erase_any_workspace"}
)
"""POST that may happen twice: a ticket opens one socket, whoever asks again needs another."""
_OF_STRANGERS: Final = frozenset({"register", "call_back"})
"""POST of those who have not signed in, and yet happens once."""


def complete(method: str, operation: Json) -> None:
    """Add what may be answered and heard to an operation."""
    name, responses = operation["operationId"], operation["responses"]
    for status in _possible(method, operation):
        responses.setdefault(str(status), {"description": _SAID[status], "content": CONTENT})
    if any(part["name"] == "prefer" for part in operation.get("parameters", ())):
        responses.setdefault("204", {"description": "Done as ordered, with `Prefer: return=minimal`"})
    responses.setdefault("default", _OTHER)
    operation["responses"] = dict(sorted(responses.items()))
    parameters = operation.setdefault("parameters", [])
    if "security" in operation:
        parameters.append(WORKSPACE)
    if method == "post" and ("security" in operation or name in _OF_STRANGERS) and name not in _ONCE_OR_TWICE:
        parameters.append(IDEMPOTENCY_KEY | {"example": f"{name.replace('_', '-')}-2026-114"})
    if not parameters:
        del operation["parameters"]


def _possible(method: str, operation: Json) -> list[int]:
    found = [400, 406, 422]
    parameters = [(part["in"], part["name"]) for part in operation.get("parameters", ())]
    if "security" in operation:
        found += [401, 403, 429, 503]
    if any(place == "path" for place, _ in parameters):
        found.append(404)
    if method in _CHANGES:
        found.append(409)
    if "requestBody" in operation:
        found += [413, 415]
    if ("header", "if-match") in parameters:
        found.append(412)
        if method != "post":
            found.append(428)
    return found
