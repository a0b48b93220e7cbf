"""The published description is one that machines can trust: references resolve, examples fit their schemas."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator


@pytest.fixture(scope="module")
def description(shared) -> dict[str, Any]:
    return httpx.get(f"{shared.url}/openapi.json", timeout=60).json()


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for item in value.values():
            yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)


def _operations(description) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            yield f"{method.upper()} {path}", operation


def _media(operation) -> Iterator[tuple[str, dict[str, Any]]]:
    for content in (operation.get("requestBody", {}), *operation["responses"].values()):
        yield from content.get("content", {}).items()


def test_every_reference_resolves(description):
    schemas = description["components"]["schemas"]
    for reference in set(_references(description["paths"])) | set(_references(schemas)):
        assert reference.removeprefix("#/components/schemas/") in schemas


def test_every_schema_is_valid_json_schema(description):
    for schema in description["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_every_body_has_an_example_that_fits_its_schema(description):
    checked = 0
    for name, operation in _operations(description):
        for media_type, media in _media(operation):
            schema = {"components": description["components"], **media["schema"]}
            examples = [media["example"]] if "example" in media else []
            examples += [item.get("value", item.get("externalValue")) for item in media.get("examples", {}).values()]
            assert examples, f"{name}: {media_type}"
            if "json" in media_type and media["schema"].get("type") != "string":
                for example in examples:
                    faults = [error.message for error in Draft202012Validator(schema).iter_errors(example)]
                    assert faults == [], f"{name}: {media_type}"
                    checked += 1
    assert checked >= 60


def test_parameters_are_all_declared(description):
    for name, operation in _operations(description):
        declared = {item["name"] for item in operation.get("parameters", []) if item["in"] == "path"}
        path = name.split(" ", 1)[1]
        assert declared == {part[1:-1] for part in path.split("/") if part.startswith("{")}, name


def test_every_post_that_makes_something_hears_of_a_key(description):
    deaf = {
        operation["operationId"]
        for name, operation in _operations(description)
        if name.startswith("POST")
        and not any(part["name"] == "idempotency-key" for part in operation.get("parameters", []))
    }
    reads = {"search_by_body", "verify_storage", "collect_storage", "export_documents", "look_up_row"}
    reads |= {"validate_security_input", "check_ai_provider", "redact_ai_text", "render_prompt"}
    reads |= {"read_second_factor", "begin_passkey_sign_in"}
    proofs = {"answer_second_factor", "sign_in_with_passkey", "step_up", "remove_authenticator", "rename_passkey"}
    proofs |= {"begin_authenticator", "confirm_authenticator", "renew_recovery_codes", "begin_passkey"}
    reads |= {
        *proofs,
        "register_passkey",
        "remove_factors_of_user",
    }  # what they take, a code or a challenge, works once
    links = {"confirm_email", "forgot_password", "reset_password", "accept_an_invitation"}
    links |= {"accept_own_invitation", "decline_own_invitation"}
    places = {"rename_workspace", "export_workspace"}
    places |= {"erase_workspace", "erase_any_workspace", "leave_workspace", "change_member"}
    people = {"describe_account", "change_password", "change_email", "disable_user", "enable_user"}
    reads |= {*links, *places, *people, "end_sessions_of_user", "reset_password_of_user"}
    assert deaf == {"login", "refresh", "logout", "validate_workflow", "create_ticket", "send_to_hook"} | reads


def test_only_sign_in_health_call_backs_and_links_are_open(description):
    open_ = {name for name, operation in _operations(description) if not operation.get("security")}
    assert open_ == {
        "POST /api/v3/auth/login",
        "POST /api/v3/auth/register",
        "POST /api/v3/auth/refresh",
        "POST /api/v3/auth/second-factor",
        "POST /api/v3/auth/second-factor/options",
        "POST /api/v3/auth/passkey",
        "POST /api/v3/auth/passkey/options",
        "GET /api/v3/auth/oidc",
        "POST /api/v3/auth/email/confirm",
        "POST /api/v3/auth/password/forgot",
        "POST /api/v3/auth/password/reset",
        "POST /api/v3/callbacks/{token}",
        "POST /api/v3/intake/hooks/{token}",
        "OPTIONS /api/v3/files/tus",
        "GET /api/v3/files/{token}",
        "GET /api/v3/health",
        "GET /api/v3/health/live",
        "GET /api/v3/health/ready",
        "GET /api/v3/ws/stats",
    }


def test_bounds_are_in_the_words_of_json_schema(description):
    """A bound that a model puts outside of an optional value comes out as `ge`, which no client understands."""
    assert [place for place in _places(description) if place.rpartition(".")[2] in {"ge", "gt", "le", "lt"}] == []


def _places(value: Any, at: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from (f"{at}.{key}", *_places(item, f"{at}.{key}"))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _places(item, f"{at}[{index}]")
