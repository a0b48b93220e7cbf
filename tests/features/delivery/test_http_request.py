import pytest
from pydantic import ValidationError

from docchain.engine.kinds import OutcomeUnknown, StepError
from docchain.features.delivery import HttpRequest
from docchain.features.delivery.steps.request import RequestParams
from docchain.platform.outgoing import Outgoing


@pytest.fixture
async def kind(documents, receiver):
    outgoing = Outgoing([receiver.host], timeout=5, max_bytes=200_000)
    yield HttpRequest(documents, outgoing)
    await outgoing.close()


def params(url: str, **more) -> RequestParams:
    return RequestParams.model_validate({"url": url, **more})


async def test_a_get_hands_on_the_json_it_gets(kind, receiver, make_step):
    receiver.reply.body = b'{"rate": "1.08"}'
    receiver.reply.headers = {"Content-Type": "application/json; charset=utf-8", "Set-Cookie": "a=b", "ETag": '"1"'}
    result = await kind.run(params(receiver.url + "?day=today", headers={"X-Ours": "1"}), make_step())

    [got] = receiver.received
    assert (got.method, got.path, got.headers["x-ours"]) == ("GET", "/inbox?day=today", "1")
    assert "idempotency-key" not in got.headers
    assert (result.status, result.body, result.document) == (200, {"rate": "1.08"}, None)
    assert result.headers["etag"] == '"1"'
    assert "set-cookie" not in result.headers


async def test_calls_are_logged_without_what_may_be_secret_in_the_address(kind, receiver, make_step):
    context = make_step()
    await kind.run(params(receiver.url + "?token=abc"), context)
    receiver.reply.status = 503
    with pytest.raises(StepError):
        await kind.run(params(receiver.url + "?token=abc"), context)

    lines, _ = context.notes.kept()
    assert [(line.level, line.message) for line in lines] == [
        ("info", f"GET {receiver.url} answered 200."),
        ("warning", f"GET {receiver.url} answered 503."),
    ]
    assert lines[0].fields == {"status": 200, "bytes": 2}


async def test_a_call_that_changes_something_carries_the_key(kind, receiver, make_step):
    context = make_step()
    await kind.run(params(receiver.url, method="POST", json={"año": 1}), context)

    [got] = receiver.received
    assert got.headers["idempotency-key"] == context.effect_key
    assert (got.headers["content-type"], got.json) == ("application/json", {"año": 1})


async def test_text_and_documents_are_sent_as_they_are(kind, documents, receiver, make_step):
    context = make_step()
    document = await documents.write(context, b"%PDF", "a.pdf", "application/pdf")
    await kind.run(params(receiver.url, method="PUT", document=document.model_dump(mode="json")), context)
    await kind.run(params(receiver.url, method="POST", body="señal", headers={"Content-Type": "text/csv"}), context)

    put, post = receiver.received
    assert (put.headers["content-type"], put.body) == ("application/pdf", b"%PDF")
    assert (post.headers["content-type"], post.body) == ("text/csv", "señal".encode())


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("application/pdf", b"%PDF"),
        ("text/plain", b"x" * 65_537),
        ("text/plain", b"\xff"),
        ("application/json", b"{"),
        ("application/json", b'{"name": "\\ud800"}'),
        ("application/json", b'{"rate": NaN}'),
    ],
)
async def test_what_is_no_short_json_or_text_becomes_a_document(kind, documents, receiver, make_step, media_type, body):
    context = make_step()
    receiver.reply.body, receiver.reply.headers = body, {"Content-Type": media_type}
    result = await kind.run(params(receiver.url + "/report.bin?x=1"), context)

    assert result.body is None
    assert (result.document.name, result.document.media_type) == ("report.bin", media_type)
    assert await documents.read(context, result.document) == body


async def test_an_empty_answer_has_no_body(kind, receiver, make_step):
    receiver.reply.status, receiver.reply.body = 204, b""
    result = await kind.run(params(receiver.url, method="DELETE"), make_step())

    assert (result.status, result.body, result.document) == (204, None, None)


async def test_expected_statuses_are_a_success_and_others_are_not(kind, receiver, make_step):
    receiver.reply.status = 404
    assert (await kind.run(params(receiver.url, expect=[404]), make_step())).status == 404

    receiver.reply.status = 200
    with pytest.raises(StepError, match="answered 200") as failed:
        await kind.run(params(receiver.url, expect=[404]), make_step())
    assert failed.value.hint == "The step expects another status; see its expect parameter."


@pytest.mark.parametrize(
    ("method", "reply", "unknown"),
    [
        ("POST", {"cut": "before"}, True),
        ("POST", {"cut": "within", "body": b"long enough"}, True),
        ("POST", {"status": 504}, True),
        ("POST", {"status": 500}, False),
        ("GET", {"cut": "before"}, False),
        ("GET", {"status": 504}, False),
    ],
)
async def test_only_what_may_have_changed_something_is_in_doubt(kind, receiver, make_step, method, reply, unknown):
    for name, value in reply.items():
        setattr(receiver.reply, name, value)

    with pytest.raises(StepError) as failed:
        await kind.run(params(receiver.url, method=method), make_step())
    assert isinstance(failed.value, OutcomeUnknown) is unknown
    assert failed.value.failure == "unavailable"


async def test_an_answer_that_is_too_large_is_a_clear_failure(kind, receiver, make_step):
    receiver.reply.body = b"x" * 200_001

    with pytest.raises(StepError) as failed:
        await kind.run(params(receiver.url), make_step())
    assert (failed.value.failure, failed.value.hint) == (
        "resource",
        "Ask for less, or raise DOCCHAIN_OUTGOING_MAX_BYTES.",
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"headers": {"Host": "other"}},
        {"headers": {"Content-Length": "0"}},
        {"headers": {"X-A": "1\r\nX-B: 2"}},
        {"headers": {"X A": "1"}},
        {"method": "CONNECT"},
        {"json": 1, "body": "x"},
        {"expect": [42]},
        {"timeout": 0},
        {"follow": True},
    ],
)
def test_wrong_parameters_are_refused(wrong):
    with pytest.raises(ValidationError):
        params("https://example.com", **wrong)
