"""A mailbox on a real server: each message and attachment once, linked, also across kills and a mailbox made anew."""

import asyncio
import imaplib
import time
from email.message import EmailMessage

import pytest
from hostile_files import docx, pdf
from imap_server import PASSWORD, USER, imap_server
from intake_place import an_intake_place

from docchain.features.documents.intake.mailbox import MailLook
from docchain.features.documents.intake.source_schemas import IntakeSource
from docchain.platform.settings import OutgoingSettings


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    with imap_server(tmp_path_factory.mktemp("mail")) as number:
        yield number


@pytest.fixture
def mailbox(port):
    """A connection of somebody else."""
    client = imaplib.IMAP4("127.0.0.1", port, timeout=30)
    client.login(USER, PASSWORD)
    yield client
    client.logout()


def folder_with(client, name, *messages):
    client.create(name)
    for message in messages:
        client.append(name, None, None, message.as_bytes())


def message(number, *attached):
    made = EmailMessage()
    made["From"], made["To"] = "ana@example.com", "facturas@example.com"
    made["Subject"], made["Message-ID"] = f"Factura {number}", f"<{number}@example.com>"
    made.set_content(f"Adjunto la factura {number}.")
    for name, data in attached:
        made.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return made


def options(port, folder, **more):
    secret = {"env": "DOCCHAIN_INTAKE_SECRET_MAIL"}
    where = {"host": "127.0.0.1", "port": port, "security": "none", "user": USER, "password": secret}
    return {**where, "folder": folder, **more}


@pytest.fixture
async def place(tmp_path, port, monkeypatch):
    monkeypatch.setenv("DOCCHAIN_INTAKE_SECRET_MAIL", PASSWORD)
    outgoing = OutgoingSettings(outgoing_allow=[f"127.0.0.1:{port}"])
    async with an_intake_place(tmp_path, outgoing=outgoing, intake_mail_every=3600) as place:
        yield place


@pytest.fixture
async def on_both(tmp_path, port, monkeypatch, database_url):
    monkeypatch.setenv("DOCCHAIN_INTAKE_SECRET_MAIL", PASSWORD)
    own = {"outgoing": OutgoingSettings(outgoing_allow=[f"127.0.0.1:{port}"]), "database_url": database_url}
    async with an_intake_place(tmp_path, intake_mail_every=3600, **own) as place:
        yield place


async def a_look(place, port, folder, **more):
    body = {"kind": "mail", "name": folder, "options": options(port, folder, **more), "enabled": False}
    answer = await place.client.post("/intake/sources", json=body)
    assert answer.status_code == 201, answer.text
    source = IntakeSource.model_validate(answer.json())
    actor = await place.actor()
    return lambda: MailLook(place.services.keeper, actor.workspace_id, source)


async def test_messages_and_attachments_become_documents_once_and_know_each_other(on_both, port, mailbox, tmp_path):
    folder = f"In{tmp_path.name}"
    first = message(1, ("factura.pdf", pdf()), ("macros.docx", docx(("word/vbaProject.bin", b"x"))))
    await asyncio.to_thread(folder_with, mailbox, folder, first, message(2, ("otra.pdf", pdf(2))))
    look = await a_look(on_both, port, folder)

    assert (await look().look(), await look().look()) == (2, 0)
    items = {item["name"]: item for item in await on_both.ledger(source="mail")}
    assert sorted(items) == ["Factura 1.eml", "Factura 2.eml", "factura.pdf", "macros.docx", "otra.pdf"]
    assert (items["macros.docx"]["outcome"], items["macros.docx"]["reason"]) == ("refused", "macros")
    assert items["factura.pdf"]["parent_id"] == items["Factura 1.eml"]["id"]
    assert items["factura.pdf"]["origin"] == f"demouser@127.0.0.1/{folder}"
    lineage = (await on_both.client.get(f"/documents/{items['factura.pdf']['document_id']}/lineage")).json()
    assert [version["name"] for version in lineage["versions"]] == ["factura.pdf", "Factura 1.eml"]
    mailbox.select(folder)
    assert mailbox.uid("SEARCH", None, "UNSEEN")[1] == [b""]
    assert PASSWORD not in (await on_both.client.get("/intake/sources")).text


async def test_a_message_that_was_kept_before_a_kill_is_only_put_away(place, port, mailbox):
    await asyncio.to_thread(folder_with, mailbox, "In2", message(3, ("a.pdf", pdf(3))), message(4, ("b.pdf", pdf(4))))
    look = await a_look(place, port, "In2", after="move", move_to="INBOX")

    class Killed(Exception):
        pass

    async def dies(mark):
        if mark == {"pending": None}:
            raise Killed

    killed = look()
    killed._note = dies  # noqa: SLF001 - where the kill hits
    with pytest.raises(Killed):
        await killed.look()
    assert await look().look() == 1
    assert await look().look() == 0
    assert sorted(await place.names()) == ["Factura 3.eml", "Factura 4.eml", "a.pdf", "b.pdf"]
    assert mailbox.select("In2")[1] == [b"0"]


async def test_a_mailbox_that_was_made_anew_brings_nothing_twice(place, port, mailbox):
    mails = (message(5, ("c.pdf", pdf(5))), message(6))
    await asyncio.to_thread(folder_with, mailbox, "In3", *mails)
    look = await a_look(place, port, "In3")
    assert await look().look() == 2
    await asyncio.to_thread(mailbox.delete, "In3")
    await asyncio.to_thread(folder_with, mailbox, "In3", *mails, message(7))
    await look().look()
    assert sorted(await place.names()) == ["Factura 5.eml", "Factura 6.eml", "Factura 7.eml", "c.pdf"]


async def test_only_what_is_searched_for_is_taken(place, port, mailbox):
    await asyncio.to_thread(folder_with, mailbox, "In4", message(8), message(9))
    look = await a_look(place, port, "In4", search='SUBJECT "Factura 9"')
    assert await look().look() == 1
    assert await place.names() == ["Factura 9.eml"]


async def test_what_stands_in_the_way_is_told(place, port):
    body = {"kind": "mail", "name": "m", "options": options(port, "Nowhere"), "enabled": True}
    assert (await place.client.post("/intake/sources", json=body)).status_code == 201
    end = time.monotonic() + 30
    while not (problem := (await place.client.get("/intake/sources")).json()["items"][0]["problem"]):
        assert time.monotonic() < end
        await asyncio.sleep(0.05)
    assert problem.startswith("The mailbox does not answer as it should: the server says NO")


async def test_an_inner_address_is_not_called(place):
    body = {"kind": "mail", "name": "m", "options": options(9, "INBOX"), "enabled": False}
    answer = await place.client.post("/intake/sources", json=body)
    source = IntakeSource.model_validate(answer.json())
    actor = await place.actor()
    from docchain.features.documents.intake.errors import BadSource  # noqa: PLC0415 - here only

    with pytest.raises(BadSource, match="not public"):
        await MailLook(place.services.keeper, actor.workspace_id, source).look()
