"""What the application publishes about itself."""

import re

import pytest

METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture
async def operations(client):
    document = (await client.get("/openapi.json")).json()
    paths = {path: item for path, item in document["paths"].items() if not path.startswith("/probe")}
    return document, [(path, operation) for path, item in paths.items() for operation in item.values()]


async def test_every_operation_has_a_summary_and_problem_responses(operations):
    document, found = operations
    assert len(found) >= 8
    for path, operation in found:
        assert path.startswith("/api/v3/")
        assert operation["summary"][0].isupper()
        schema = operation["responses"]["422"]["content"]["application/problem+json"]["schema"]
        assert schema == {"$ref": "#/components/schemas/Problem"}
    assert document["components"]["schemas"]["Problem"]["properties"]["request_id"]["type"] == "string"


async def test_operation_ids_are_unique_names(operations):
    _, found = operations
    ids = [operation["operationId"] for _, operation in found]
    assert len(ids) == len(set(ids))
    assert {"login", "refresh", "logout", "me", "health"} <= set(ids)


async def test_bodies_and_answers_have_examples(operations):
    document, found = operations
    for path, operation in found:
        contents = [operation.get("requestBody", {}), *operation["responses"].values()]
        for media in (media for content in contents for media in content.get("content", {}).values()):
            name = media["schema"].get("$ref", "").rpartition("/")[2]
            described = media.keys() | document["components"]["schemas"].get(name, {}).keys()
            assert described & {"example", "examples"}, path


@pytest.mark.parametrize(
    ("accepted", "said"),
    [
        ("en", "The server is running."),
        ("fr, es;q=0.8, en;q=0.5", "El servidor está en marcha."),
        ("de", "The server is running."),
    ],
)
async def test_the_root_page_speaks_english_and_spanish(client, accepted, said):
    page = await client.get("/", headers={"accept": "text/html", "accept-language": accepted})
    assert said in page.text
    assert 'href="/docs"' in page.text


async def test_the_root_tells_programs_where_to_look(client):
    answer = (await client.get("/")).json()
    assert answer["name"] == "Document Workflow Chain"
    assert answer["links"]["sign_in"] == "/api/v3/security/auth/login"


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
async def test_the_documentation_is_served(client, path):
    page = await client.get(path)
    assert page.status_code == 200
    assert "/openapi.json" in page.text
    loaded = re.findall(r'(?:src|href)="([^"]+\.(?:js|css|png))"', page.text)
    assert loaded
    for file in loaded:
        assert file.startswith("/docs/assets/")
        assert (await client.get(file)).status_code == 200
