"""A mailbox whose password is a secret of the workspace; what a server says of it is told without it."""

import pytest
from imap_server import PASSWORD, USER, imap_server
from intake_place import an_intake_place

from docchain.features.documents.intake.errors import BadSource
from docchain.features.documents.intake.mailbox import MailLook
from docchain.features.documents.intake.source_schemas import IntakeSource
from docchain.platform.settings import OutgoingSettings


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    with imap_server(tmp_path_factory.mktemp("mail")) as number:
        yield number


@pytest.fixture
async def place(tmp_path, port):
    outgoing = OutgoingSettings(outgoing_allow=[f"127.0.0.1:{port}"])
    async with an_intake_place(tmp_path, outgoing=outgoing, intake_mail_every=3600) as place:
        yield place


async def look_with(place, port, **secret):
    made = await place.client.post("/security/secrets", json={"name": "imap", **secret})
    assert made.status_code == 201, made.text
    where = {"host": "127.0.0.1", "port": port, "security": "none", "user": USER, "password": {"secret": "imap"}}
    body = {"kind": "mail", "name": "Scans", "options": where, "enabled": False}
    answer = await place.client.post("/intake/sources", json=body)
    assert answer.status_code == 201, answer.text
    actor = await place.actor()
    return MailLook(place.services.keeper, actor.workspace_id, IntakeSource.model_validate(answer.json()))


async def test_a_mailbox_is_opened_with_a_secret(place, port) -> None:
    look = await look_with(place, port, value=PASSWORD)
    assert await look.look() > 0
    assert (await place.client.get("/security/secrets/imap")).json()["uses"] == 1


async def test_a_wrong_secret_is_not_in_what_is_told(place, port) -> None:
    look = await look_with(place, port, value="not-the-password-of-anybody")
    with pytest.raises(BadSource) as refused:
        await look.look()
    assert "not-the-password-of-anybody" not in str(refused.value.detail)


async def test_a_secret_for_another_host_is_not_sent(place, port) -> None:
    look = await look_with(place, port, value=PASSWORD, hosts=["imap.example.com"])
    with pytest.raises(BadSource, match=r"is for imap\.example\.com only"):
        await look.look()
