"""Requests that no route should have to think about are refused at the gate, each as a problem document."""

import gzip

import pytest
from httpx import Request


def refused(answer):
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["status"] == answer.status_code
    assert problem["request_id"] == answer.headers["x-request-id"]
    return answer.status_code, problem["code"]


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("name=%00", "query.name"),
        ("name=a%00b&limit=3", "query.name"),
        ("%00=1", "query"),
        ("name=%ff", "query.name"),
        ("name=%ed%a0%80", "query.name"),
    ],
)
async def test_a_query_that_is_no_text_is_refused(signed_in, query, path):
    answer = await signed_in.get(f"/api/v3/documents?{query}")
    assert refused(answer) == (400, "bad_address")
    assert [fault["path"] for fault in answer.json()["errors"]] == [path]


@pytest.mark.parametrize("name", ["a%00b", "%ff", "%c0%af"])
async def test_a_path_that_is_no_text_is_refused(signed_in, name):
    answer = await signed_in.get(f"/api/v3/documents/{name}")
    assert refused(answer) == (400, "bad_address")
    assert answer.json()["errors"][0]["path"] == "path"


async def test_a_long_address_is_refused(client):
    answer = await client.get("/health", params={"x": "a" * 9_000})
    assert refused(answer) == (414, "address_too_long")
    assert (await client.get("/health", params={"x": "a" * 7_000})).status_code == 200


async def test_large_headers_are_refused(client):
    assert refused(await client.get("/health", headers={"x": "a" * 40_000})) == (431, "headers_too_large")
    assert (await client.get("/health", headers={"x": "a" * 20_000})).status_code == 200


@pytest.mark.parametrize("accept", ["application/xml", "text/html, application/xml;q=0.9", "application/json;q=0"])
async def test_who_accepts_nothing_we_have_is_told(client, accept):
    answer = await client.get("/health", headers={"accept": accept})
    assert refused(answer) == (406, "not_acceptable")
    assert answer.headers["vary"] == "Accept"
    assert "application/json" in answer.json()["detail"]


@pytest.mark.parametrize(
    "accept", ["*/*", "application/*", "application/json", "text/html, application/*;q=0.1", "application/problem+json"]
)
async def test_who_accepts_json_gets_it(client, accept):
    answer = await client.get("/health", headers={"accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")


async def test_nothing_is_done_for_who_does_not_accept_the_answer(signed_in):
    refusal = await signed_in.post("/probe/parts", json={"amount": 1}, headers={"accept": "application/xml"})
    assert refused(refusal) == (406, "not_acceptable")
    assert (await signed_in.post("/probe/parts", json={"amount": 1})).json()["number"] == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "application/json; charset=latin-1"},
        {"content-type": 'application/json; charset="utf-16"'},
        {"content-type": "application/json", "content-encoding": "gzip"},
        {"content-type": "text/xml"},
        {},
    ],
)
async def test_a_body_that_is_not_read_as_it_is_said_to_be_is_refused(client, headers):
    body = gzip.compress(b'{"name": "x"}') if "content-encoding" in headers else b'{"name": "x"}'
    answer = await client.post("/probe/orders", content=body, headers=headers)
    assert refused(answer) == (415, "unsupported_media_type")


@pytest.mark.parametrize("kind", ["application/json; charset=UTF-8", 'application/json;charset="utf-8"'])
async def test_json_in_utf8_is_read(client, kind):
    answer = await client.post("/probe/orders", content=b'{"name": "x"}', headers={"content-type": kind})
    assert answer.json() == {"name": "x", "parts": []}


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ('{"name": "a", "name": "b"}', "name"),
        ('{"name": "a", "parts": [{"amount": 1, "amount": 1}]}', "amount"),
        ('{"na\\u006de": "a", "name": "b"}', "name"),
    ],
)
async def test_a_key_that_comes_twice_is_refused(client, body, name):
    answer = await client.post("/probe/orders", content=body, headers={"content-type": "application/json"})
    assert refused(answer) == (400, "bad_body")
    assert answer.json()["errors"][0]["path"] == name


@pytest.mark.parametrize("name", ['a:b"c:d', "{:}", "\\", '\\"', ":" * 50, "é:"])
async def test_colons_in_texts_are_no_keys(client, name):
    assert (await client.post("/probe/orders", json={"name": name})).json()["name"] == name


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/api/v3/documents", "GET, HEAD, POST, OPTIONS"),
        ("/api/v3/workflows", "GET, HEAD, POST, OPTIONS"),
        ("/api/v3/workflows/1", "GET, HEAD, PATCH, DELETE, OPTIONS"),
        ("/api/v3/documents/types", "GET, HEAD, POST, OPTIONS"),
        ("/health", "GET, HEAD, OPTIONS"),
        ("/api/v3/auth/login", "POST, OPTIONS"),
    ],
)
async def test_an_address_tells_all_its_methods(client, path, allowed):
    wrong = await client.request("TRACE", path)
    assert refused(wrong) == (405, "method_not_allowed")
    asked = await client.options(path)
    assert (asked.status_code, asked.content) == (204, b"")
    assert (wrong.headers["allow"], asked.headers["allow"]) == (allowed, allowed)


async def test_a_slash_at_the_end_is_another_address(client):
    answer = await client.get("/api/v3/workflows/")
    assert refused(answer) == (404, "path_not_found")
    assert answer.json()["hint"] == "Leave out the slash at the end."


async def test_little_of_a_long_name_is_said_back(signed_in):
    answer = await signed_in.get("/api/v3/documents/" + "x" * 3_000)
    assert answer.status_code == 404
    assert len(answer.json()["detail"]) < 1_100


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
async def test_pages_of_the_description_load_nothing_from_outside(client, path):
    page = await client.get(path)
    policy = dict(part.strip().partition(" ")[::2] for part in page.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["connect-src"] == "'self'"
    assert policy["img-src"] == "'self' data:"
    assert "http" not in page.headers["content-security-policy"]
    assert "unsafe" not in policy["script-src"]
    assert "https://" not in page.text


async def test_other_answers_are_never_pages(client):
    answer = await client.get("/health")
    assert answer.headers["content-security-policy"] == (
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    )


def test_the_client_of_these_tests_sends_nothing_it_was_not_told():
    assert "content-type" not in Request("POST", "http://x", content=b"x").headers
