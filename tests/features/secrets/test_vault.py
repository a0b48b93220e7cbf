"""Secrets are used by steps and never seen again: not in answers, rows, journals, logs or errors."""

import base64
import json
import logging
from io import StringIO

import pytest

from docchain.platform.logging import configure_logging

SECRET = "Zk7-the-value+that/nobody=reads"
FORMS = [
    SECRET.encode(),
    base64.b64encode(SECRET.encode()).rstrip(b"="),
    base64.b64encode(b"ana:" + SECRET.encode()),
    SECRET.replace("+", "%2B").replace("/", "%2F").encode(),
]


@pytest.fixture
def lines():
    """All log lines, at their most talkative."""
    root, out = logging.getLogger(), StringIO()
    before, level = root.handlers[:], root.level
    configure_logging("debug", "json", out)
    yield out
    root.handlers[:], root.level = before, level
    configure_logging()


async def keep(world, name="erp_token", **told):
    made = await world.http.post("/security/secrets", json={"name": name, "value": SECRET, **told})
    assert made.status_code == 201, made.text
    return made.json()


async def test_a_secret_is_listed_by_everything_but_its_value(world) -> None:
    made = await keep(world, kind="token", hosts=["erp.example.com"], description="For the ERP")

    assert (made["handle"], made["name"], made["revision"], made["uses"]) == ("secret_1", "erp_token", 1, 0)
    assert set(made) == {
        *("id", "handle", "name", "kind", "description", "hosts", "fingerprint", "revision"),
        *("created_at", "created_by", "changed_at", "changed_by", "used_at", "uses"),
    }
    for path in ("/security/secrets", "/security/secrets/erp_token", "/security/secrets/secret_1"):
        assert SECRET not in (await world.http.get(path)).text
    assert (await world.http.get(f"/security/secrets/{made['id']}")).json() == made


async def test_a_new_value_has_another_fingerprint_and_a_new_description_has_not(world) -> None:
    made = await keep(world)
    same = (await world.http.put("/security/secrets/erp_token", json={"description": "Other words"})).json()
    fresh = (await world.http.put("/security/secrets/erp_token", json={"value": "quite-another-value"})).json()

    assert same["fingerprint"] == made["fingerprint"]
    assert fresh["fingerprint"] != made["fingerprint"]
    assert (fresh["revision"], fresh["description"]) == (3, "")


async def test_what_is_refused(world) -> None:
    await keep(world)

    async def code(method, path, **told):
        return (await world.http.request(method, f"/security/secrets{path}", **told)).json()["code"]

    assert await code("POST", "", json={"name": "erp_token", "value": SECRET}) == "secret_name_taken"
    assert await code("POST", "", json={"name": "secret_7", "value": SECRET}) == "secret_name_taken"
    assert await code("POST", "", json={"name": "short", "value": "1234567"}) == "invalid"
    assert await code("GET", "/nothing") == "secret_not_found"
    stale = {"If-Match": '"7"'}
    assert await code("PUT", "/erp_token", json={"value": SECRET}, headers=stale) == "secret_changed"
    await keep(world, "second")
    await keep(world, "third")
    assert await code("POST", "", json={"name": "fourth", "value": SECRET}) == "too_many_secrets"


async def test_a_value_that_is_refused_is_not_said_back(world) -> None:
    for told in ({"name": "Bad Name", "value": SECRET}, {"name": "good", "value": [SECRET]}, {"value": SECRET}):
        refused = await world.http.post("/security/secrets", json=told)
        assert refused.status_code == 422
        assert SECRET not in refused.text


@pytest.mark.parametrize(
    ("auth", "header", "value"),
    [
        ({}, "authorization", f"Bearer {SECRET}"),
        ({"user": "ana"}, "authorization", "Basic " + base64.b64encode(f"ana:{SECRET}".encode()).decode()),
        ({"header": "X-Api-Key"}, "x-api-key", SECRET),
    ],
)
async def test_a_step_sends_it_and_the_answer_of_a_careless_service_is_masked(
    world, echo, bytes_of, lines, auth, header, value
) -> None:
    await keep(world)
    call = {"method": "POST", "url": f"http://{echo.host}/call", "auth": {"secret": "erp_token", **auth}}

    run = await world.run({"id": "call", "use": "http.request", "with": call})

    assert run["status"] == "succeeded"
    assert echo.received[0][header] == value
    [step] = run["steps"]
    assert "***" in step["output"]["body"]
    told = await everything(world, run) + (await bytes_of()) + lines.getvalue().encode()
    assert [form for form in FORMS if form in told] == []


async def test_a_service_that_refuses_with_the_secret_in_its_words_tells_nobody(world, echo, bytes_of, lines) -> None:
    echo.status = 403
    await keep(world)
    call = {"url": f"http://{echo.host}/call", "auth": {"secret": "erp_token"}}

    run = await world.run({"id": "call", "use": "http.request", "with": call})

    assert run["status"] == "failed"
    assert "answered 403" in json.dumps(run)
    assert "***" in json.dumps(run)
    told = await everything(world, run) + (await bytes_of()) + lines.getvalue().encode()
    assert [form for form in FORMS if form in told] == []


async def test_a_long_answer_becomes_a_document_without_the_secret(world, echo, bytes_of) -> None:
    echo.media_type = "application/octet-stream"
    await keep(world)
    call = {"url": f"http://{echo.host}/call.bin", "auth": {"secret": "erp_token"}}

    run = await world.run({"id": "call", "use": "http.request", "with": call})

    document = run["steps"][0]["output"]["document"]
    content = await world.http.get(f"/documents/{document['document_id']}/content")
    assert b"authorization: Bearer ***" in content.content
    assert SECRET.encode() not in await bytes_of()


async def test_a_kind_that_breaks_with_a_secret_in_its_error_logs_a_mask(world, bytes_of, lines) -> None:
    await keep(world)
    broken_kind(world.services.kinds)

    run = await world.run({"id": "leak", "use": "test.leak"})

    assert run["status"] == "failed"
    assert "RuntimeError: could not sign in with ***" in json.dumps(run)
    told = await everything(world, run) + (await bytes_of()) + lines.getvalue().encode()
    assert b"about to fail with ***" in lines.getvalue().encode()
    assert [form for form in FORMS if form in told] == []


async def test_a_secret_goes_only_to_its_hosts(world, echo) -> None:
    await keep(world, hosts=["erp.example.com", "*.example.org"])
    call = {"url": f"http://{echo.host}/call", "auth": {"secret": "erp_token"}}

    run = await world.run({"id": "call", "use": "http.request", "with": call})

    assert run["status"] == "failed"
    assert "is for erp.example.com, *.example.org only, not for 127.0.0.1" in json.dumps(run)
    assert echo.received == []


async def test_a_secret_that_is_not_there_fails_the_step_and_says_what_to_do(world, echo) -> None:
    call = {"url": f"http://{echo.host}/call", "auth": {"secret": "nothing"}}
    run = await world.run({"id": "call", "use": "http.request", "with": call})

    assert "The workspace has no secret 'nothing'." in json.dumps(run)
    assert "docchain secrets set" in json.dumps(run)


async def test_text_that_looks_like_a_reference_is_text(world, echo) -> None:
    await keep(world)
    call = {"url": f"http://{echo.host}/call", "headers": {"X-Text": "{{ secrets.erp_token }}"}}
    await world.run({"id": "call", "use": "http.request", "with": call})

    assert echo.received[0]["x-text"] == "{{ secrets.erp_token }}"


async def test_a_webhook_is_signed_with_a_secret(world, echo) -> None:
    await keep(world)
    sent = {"url": f"http://{echo.host}/hook", "payload": {"total": 3}, "secret": "erp_token"}
    run = await world.run({"id": "send", "use": "deliver.webhook", "with": sent})

    assert run["status"] == "succeeded"
    assert echo.received[0]["webhook-signature"].startswith("v1,")


async def test_changes_and_uses_are_in_the_audit(world, echo) -> None:
    await keep(world)
    call = {"url": f"http://{echo.host}/call", "auth": {"secret": "erp_token"}}
    each = {"id": "call", "use": "http.request", "for_each": [1, 2, 3], "with": call}
    run = await world.run(each)
    await world.services.vault.uses.flush()
    await world.http.delete("/security/secrets/erp_token")

    entries = (await world.http.get("/security/audit/logs", params={"type": "security.secret_used"})).json()["items"]
    assert sum(entry["data"]["uses"] for entry in entries) == 3
    assert {entry["data"]["run"] for entry in entries} == {run["id"]}
    types = [entry["type"] for entry in (await world.http.get("/security/audit/logs")).json()["items"]]
    assert "security.secret_created" in types
    assert "security.secret_deleted" in types


async def test_uses_are_told_with_the_secret(world, echo) -> None:
    await keep(world)
    call = {"url": f"http://{echo.host}/call", "auth": {"secret": "erp_token"}}
    await world.run({"id": "call", "use": "http.request", "with": call})

    told = (await world.http.get("/security/secrets/erp_token")).json()
    assert told["uses"] == 1
    assert told["used_at"] is not None


async def everything(world, run) -> bytes:
    """All that the API tells of a run and of the audit."""
    paths = [f"/runs/{run['id']}", f"/runs/{run['id']}/history", f"/runs/{run['id']}/logs", "/security/audit/logs"]
    return b"".join([(await world.http.get(path)).content for path in [*paths, "/security/secrets", "/runs"]])


def broken_kind(kinds) -> None:
    import structlog  # noqa: PLC0415 - one test's

    from docchain.engine.kinds import Params, Result, StepContext, StepKind  # noqa: PLC0415 - the same

    class Leak(StepKind):
        """Fails with what it knows."""

        name = "test.leak"
        params = Params
        result = Result

        async def run(self, _params: Params, context: StepContext) -> Result:
            value = await context.secret("erp_token")
            structlog.get_logger("leak").warning(f"about to fail with {value}", extra={"deep": [value]})
            context.log(f"trying {value}", detail=value)
            raise RuntimeError(f"could not sign in with {value}")

    kinds.add(Leak())
