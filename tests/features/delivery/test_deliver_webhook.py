import base64
import hashlib
import hmac
import socket
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from docchain.engine.kinds import OutcomeUnknown, StepError
from docchain.features.delivery import DeliverWebhook
from docchain.features.delivery.signatures import SecretMissingError, Secrets, sign
from docchain.features.delivery.steps.webhook import WebhookParams
from docchain.platform.outgoing import Outgoing

SECRET = "whsec_" + base64.b64encode(b"a signing secret of ours").decode()
VARIABLES = {"DOCCHAIN_SECRET_ERP": SECRET, "DOCCHAIN_SECRET_KEY": "the key of the tokens", "HOME": "/root"}


@pytest.fixture
async def kind(documents, receiver):
    outgoing = Outgoing([receiver.host], timeout=5, max_bytes=1_000)
    yield DeliverWebhook(documents, outgoing, Secrets(VARIABLES.get))
    await outgoing.close()


def params(url: str, **more) -> WebhookParams:
    return WebhookParams.model_validate(
        {"url": url, "payload": {"total": "1.210,00 €"}, "secret_env": "DOCCHAIN_SECRET_ERP", **more}
    )


async def test_the_receiver_can_verify_the_message(kind, receiver, make_step, now):
    context = make_step()
    result = await kind.run(params(receiver.url, type="invoice.approved"), context)

    [got] = receiver.received
    assert result.model_dump() == {"status": 200, "message_id": context.effect_key}
    assert (got.method, got.path, got.headers["content-type"]) == ("POST", "/inbox", "application/json")
    assert got.json == {
        "type": "invoice.approved",
        "timestamp": "2026-11-18T11:06:40Z",
        "data": {"total": "1.210,00 €"},
    }
    assert got.headers["webhook-id"] == context.effect_key
    assert 0 <= int(got.headers["webhook-timestamp"]) - now < 30
    signed = f"{context.effect_key}.{got.headers['webhook-timestamp']}.".encode() + got.body
    digest = hmac.new(b"a signing secret of ours", signed, hashlib.sha256).digest()
    assert got.headers["webhook-signature"] == "v1," + base64.b64encode(digest).decode()


def test_the_signature_of_the_specification_s_example():
    signature = sign(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


async def test_a_repeat_is_the_same_message(kind, receiver, make_step):
    first = make_step()
    await kind.run(params(receiver.url), first)
    await kind.run(params(receiver.url), make_step(run_id=first.run_id, attempt=2))

    one, two = receiver.received
    assert (one.headers["webhook-id"], one.body) == (two.headers["webhook-id"], two.body)


async def test_documents_are_sent_along(kind, documents, receiver, make_step):
    context = make_step()
    document = await documents.write(context, b"%PDF", "a.pdf", "application/pdf")
    await kind.run(params(receiver.url, documents=[document.model_dump(mode="json")]), context)

    [sent] = receiver.received[0].json["documents"]
    assert (sent["name"], sent["sha256"]) == ("a.pdf", hashlib.sha256(b"%PDF").hexdigest())
    assert base64.b64decode(sent["content"]) == b"%PDF"


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        (301, "bad_input"),
        (400, "bad_input"),
        (401, "denied"),
        (403, "denied"),
        (404, "bad_input"),
        (408, "unavailable"),
        (410, "bad_input"),
        (429, "rate_limited"),
        (500, "unavailable"),
        (503, "unavailable"),
    ],
)
async def test_an_answered_failure_is_known_and_has_its_class(kind, receiver, make_step, status, failure):
    receiver.reply.status, receiver.reply.body = status, b"no,\nthanks"

    with pytest.raises(StepError) as failed:
        await kind.run(params(receiver.url + "?token=secret"), make_step())
    assert not isinstance(failed.value, OutcomeUnknown)
    assert failed.value.failure == failure
    assert str(failed.value) == f"{receiver.url} answered {status}: no, thanks"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7), ("9" * 30, 86_400), ("soon", None), ("-5", None), ("", None)],
)
async def test_the_receiver_says_when_to_come_again(kind, receiver, make_step, header, seconds):
    receiver.reply.status, receiver.reply.headers = 429, {"Retry-After": header}

    with pytest.raises(StepError) as failed:
        await kind.run(params(receiver.url), make_step())
    assert failed.value.retry_after == seconds


async def test_the_receiver_may_name_a_date(kind, receiver, make_step):
    at = datetime.now(UTC) + timedelta(seconds=120)
    receiver.reply.status, receiver.reply.headers = 503, {"Retry-After": format_datetime(at, usegmt=True)}

    with pytest.raises(StepError) as failed:
        await kind.run(params(receiver.url), make_step())
    assert 100 < failed.value.retry_after <= 120


async def test_no_answer_after_sending_leaves_the_outcome_unknown(kind, receiver, make_step):
    receiver.reply.cut = "before"
    with pytest.raises(OutcomeUnknown):
        await kind.run(params(receiver.url), make_step())

    receiver.reply.cut, receiver.reply.wait = "", threading.Event()
    with pytest.raises(OutcomeUnknown, match="it took too long"):
        await kind.run(params(receiver.url, timeout=0.2), make_step())
    receiver.reply.wait.set()
    assert len(receiver.received) == 2


@pytest.mark.parametrize(("cut", "size"), [("within", 500), ("", 5_000)])
async def test_a_status_is_an_answer_even_if_the_rest_is_cut_or_too_long(kind, receiver, make_step, cut, size):
    receiver.reply.cut, receiver.reply.body = cut, b"x" * size

    assert (await kind.run(params(receiver.url), make_step())).status == 200


async def test_when_nothing_listens_nothing_was_sent(documents, make_step):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{closed.getsockname()[1]}"
        outgoing = Outgoing([host], timeout=5)
        with pytest.raises(StepError) as failed:
            await DeliverWebhook(documents, outgoing, Secrets(VARIABLES.get)).run(
                params(f"http://{host}/"), make_step()
            )
        await outgoing.close()
    assert not isinstance(failed.value, OutcomeUnknown)
    assert failed.value.failure == "unavailable"


async def test_private_addresses_and_other_schemes_are_refused(documents, receiver, make_step):
    outgoing = Outgoing([], timeout=5)
    kind = DeliverWebhook(documents, outgoing, Secrets(VARIABLES.get))
    for url in (receiver.url, "http://169.254.169.254/latest", "file:///etc/passwd", "http://"):
        with pytest.raises(StepError) as failed:
            await kind.run(params(url), make_step())
        assert failed.value.failure == "denied"
    await outgoing.close()
    assert receiver.received == []


@pytest.mark.parametrize("name", ["DOCCHAIN_SECRET_KEY", "HOME", "DOCCHAIN_SECRET_", "DOCCHAIN_SECRET_A\nB"])
async def test_only_secrets_for_steps_can_be_used(kind, receiver, make_step, name):
    with pytest.raises(StepError, match="names no secret for steps") as failed:
        await kind.run(params(receiver.url, secret_env=name), make_step())
    assert failed.value.failure == "denied"
    assert receiver.received == []


def test_a_missing_secret_says_where_to_set_it():
    with pytest.raises(SecretMissingError, match="DOCCHAIN_SECRET_CRM is not set; set it where the server runs"):
        Secrets(VARIABLES.get).get("DOCCHAIN_SECRET_CRM")
    with pytest.raises(SecretMissingError, match="must go on in base64"):
        sign("whsec_no base64", "id", 1, b"")
