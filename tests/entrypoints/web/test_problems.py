"""Whatever goes wrong, the answer is a problem document that says where and what to do."""

import re

import pytest
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

PROBLEM = "application/problem+json"


async def test_faults_of_a_body_name_every_field(client):
    answer = await client.post("/probe/orders", json={"parts": [{"amount": 1}, {"amount": "x", "colour": "red"}]})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == PROBLEM
    problem = answer.json()
    assert problem["type"] == "urn:docchain:problem:invalid"
    assert problem["title"] == "The request is not valid"
    assert problem["status"] == 422
    assert problem["code"] == "invalid"
    assert problem["errors"] == [
        {"path": "name", "message": "is missing; add it", "code": "missing"},
        {
            "path": "parts[1].amount",
            "message": "Input should be a valid integer, unable to parse string as an integer",
            "code": "invalid",
        },
        {"path": "parts[1].colour", "message": "is no known field here; remove it", "code": "unknown_field"},
    ]
    assert problem["detail"].startswith("name: is missing; add it; parts[1].amount: ")
    assert problem["request_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"name": "a", "parts": [', "The body is no valid JSON: Input data was truncated."),
        (b'{"name": }', "The body is no valid JSON: JSON is malformed: invalid character (byte 9)."),
        (b'{"name": "a", "parts": NaN}', "The body is no valid JSON: JSON is malformed: invalid character (byte 23)."),
        (b'{"name": "\xff"}', "The body is no text in UTF-8: byte 10 is wrong."),
        (b'{"name": "\\ud800"}', "The body is no valid JSON"),
    ],
)
async def test_a_broken_body_is_refused_with_the_place(client, body, said):
    answer = await client.post("/probe/orders", content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_body")
    assert answer.json()["detail"].startswith(said)


async def test_deep_nesting_is_refused_before_it_is_parsed(client):
    body = b'{"name": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    answer = await client.post("/probe/orders", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["detail"] == "The JSON is nested deeper than 64 levels; flatten it."


async def test_brackets_in_a_text_are_no_nesting(client):
    name = '["{' * 100 + '\\"['
    answer = await client.post("/probe/orders", json={"name": name})
    assert answer.status_code == 200
    assert answer.json()["name"] == name


async def test_a_body_that_is_too_long_is_refused(client):
    answer = await client.post("/probe/orders", json={"name": "a" * 5_000_000})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert answer.json()["detail"] == "The body is longer than the 4194304 bytes that are allowed here."


async def test_the_length_of_a_chunked_body_is_counted(client):
    async def chunks():
        for _ in range(6):
            yield b" " * 1_000_000

    answer = await client.post("/probe/orders", content=chunks(), headers={"content-type": "application/json"})
    assert answer.status_code == 413


async def test_a_streaming_route_has_a_limit_of_its_own(signed_in):
    fits = await signed_in.post(
        "/probe/streams", content=b"[" * 9_000_000, headers={"content-type": "application/json"}
    )
    assert (fits.status_code, fits.json()) == (200, 9_000_000)
    assert (await signed_in.post("/probe/streams", content=b"x" * 10_000_001)).status_code == 413


async def test_faults_of_a_definition_have_paths(client):
    answer = await client.post("/probe/definitions", content="workflow: a\nsteps: [{id: x}]\n")
    assert (answer.status_code, answer.json()["code"]) == (422, "definition_invalid")
    fault = {"path": "steps[0].use", "message": "is missing; add it", "code": "missing", "node": "x"}
    assert fault in answer.json()["errors"]


async def test_a_failure_shows_the_request_id_and_nothing_of_our_insides(client):
    with capture_logs([merge_contextvars]) as lines:
        answer = await client.get("/probe/broken", headers={"x-request-id": "trace-7"})
    failure = next(line for line in lines if line["event"] == "request failed")
    assert (failure["request_id"], failure["path"], failure["log_level"]) == ("trace-7", "/probe/broken", "error")
    assert answer.status_code == 500
    assert answer.headers["x-request-id"] == "trace-7"
    assert answer.json() == {
        "type": "urn:docchain:problem:internal",
        "title": "The server failed",
        "status": 500,
        "detail": "Something went wrong on our side.",
        "code": "internal",
        "errors": [],
        "request_id": "trace-7",
        "hint": "Give the request id to your operator.",
    }


@pytest.mark.parametrize("what", ["file", "database"])
async def test_a_full_disk_is_said(signed_in, what):
    with capture_logs() as lines:
        answer = await signed_in.post(f"/probe/full/{what}")
    assert answer.status_code == 507
    assert answer.json() | {"request_id": ""} == {
        "type": "urn:docchain:problem:storage_full",
        "title": "The disk is full",
        "status": 507,
        "detail": "The disk is full; nothing of this was kept.",
        "code": "storage_full",
        "errors": [],
        "request_id": "",
        "hint": "Make room on the disk that holds DOCCHAIN_DATA_DIR, then repeat this; nothing needs a restart.",
    }
    assert [line["log_level"] for line in lines if line["event"] == "disk full"] == ["error"]


async def test_unknown_addresses_and_methods(client):
    unknown = await client.get("/api/v3/nothing")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "path_not_found")
    assert unknown.json()["detail"] == "There is nothing at /api/v3/nothing."
    method = await client.delete("/probe/orders")
    assert (method.status_code, method.json()["code"]) == (405, "method_not_allowed")
    assert method.headers["allow"] == "POST, OPTIONS"


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "né"])
async def test_a_strange_request_id_is_replaced(client, given):
    answer = await client.get("/", headers={"x-request-id": given.encode()})
    assert re.fullmatch(
        r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", answer.headers["x-request-id"]
    )


async def test_headers_are_safe(client):
    headers = (await client.get("/health/live")).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cache-control"] == "no-store"


async def test_the_door_is_closed_without_a_token(client):
    answer = await client.get("/probe/forbidden")
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "POST /api/v3/security/auth/login" in answer.json()["hint"]


async def test_a_missing_permission_is_named(signed_in):
    answer = await signed_in.get("/probe/forbidden")
    assert answer.status_code == 403
    assert answer.json()["detail"] == "This needs the permission moon:walk in the workspace."
