"""In a dry run deliveries say what they would do, and do nothing; what only reads is read."""

import hashlib

import pytest

from docchain.engine.kinds import StepError
from docchain.features.delivery import DeliverFolder, DeliverWebhook, DeliveryRoots, HttpRequest
from docchain.features.delivery.signatures import Secrets
from docchain.platform.outgoing import Outgoing


@pytest.fixture
async def outgoing(receiver):
    client = Outgoing([receiver.host], timeout=5, max_bytes=1_000)
    yield client
    await client.close()


async def test_a_webhook_says_what_it_would_send_and_sends_nothing(documents, outgoing, receiver, make_step):
    kind = DeliverWebhook(documents, outgoing, Secrets({}.get))
    context = make_step()
    given = {"url": receiver.url, "type": "invoice.approved", "payload": {"n": 1}, "secret_env": "DOCCHAIN_SECRET_ERP"}
    result = await kind.preview(kind.params.model_validate(given), context)
    assert result.model_dump() == {
        "status": 0,
        "message_id": context.effect_key,
        "preview": {"url": receiver.url, "type": "invoice.approved", "payload": {"n": 1}, "documents": []},
    }
    assert receiver.received == []


async def test_a_folder_names_the_files_that_would_appear(documents, tmp_path, make_step):
    root = tmp_path / "out"
    kind = DeliverFolder(documents, DeliveryRoots([root]))
    context = make_step(run_id=None)
    params = kind.params.model_validate({"folder": "a/b", "files": [{"name": "note.txt", "text": "Hello"}]})
    previewed = await kind.preview(params, context)
    [file] = previewed.files
    assert (file.name, file.size, file.sha256) == ("note.txt", 5, hashlib.sha256(b"Hello").hexdigest())
    assert not root.exists()
    assert (await kind.run(params, context)) == previewed


async def test_a_folder_that_is_not_allowed_is_refused_in_a_dry_run_too(documents, tmp_path, make_step):
    kind = DeliverFolder(documents, DeliveryRoots([tmp_path / "out"]))
    params = kind.params.model_validate({"folder": "/etc", "files": [{"name": "note.txt", "text": "Hello"}]})
    with pytest.raises(StepError, match="where deliveries may go"):
        await kind.preview(params, make_step())


async def test_a_request_that_reads_is_made_and_one_that_changes_is_left_out(documents, outgoing, receiver, make_step):
    kind = HttpRequest(documents, outgoing)
    reads = kind.params.model_validate({"url": receiver.url})
    writes = kind.params.model_validate({"url": receiver.url, "method": "POST", "json": {"n": 1}})
    assert (await kind.preview(reads, make_step())).status == 200
    assert await kind.preview(writes, make_step()) is None
    assert [got.method for got in receiver.received] == ["GET"]


@pytest.mark.parametrize(
    ("url", "host"),
    [("https://api.example.com:8443/v1?x=1", "api.example.com"), ("no address", ""), ("http://[broken", "")],
)
async def test_limits_know_whom_a_call_is_for(documents, outgoing, url, host):
    assert HttpRequest(documents, outgoing).provider({"url": url}) == host
    assert DeliverWebhook(documents, outgoing).provider({"url": url}) == host
