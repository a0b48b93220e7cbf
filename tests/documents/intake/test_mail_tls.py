"""A mailbox over TLS: taken from who proves to be who was meant, and from nobody else."""

import imaplib
from email.message import EmailMessage

import pytest
from imap_server import PASSWORD, USER, an_authority, imap_server, tls_door, written_by
from intake_place import an_intake_place

from docchain.features.documents.intake.errors import BadSource
from docchain.features.documents.intake.mailbox import MailLook
from docchain.features.documents.intake.source_schemas import IntakeSource
from docchain.platform.settings import OutgoingSettings


@pytest.fixture(scope="module")
def authority():
    return an_authority("Authority of the test")


@pytest.fixture(scope="module")
def files(tmp_path_factory, authority):
    """Certificate, key and authority of a server that is `localhost`."""
    return written_by(tmp_path_factory.mktemp("tls"), authority, "localhost")


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    with imap_server(tmp_path_factory.mktemp("plain")) as number:
        fill(number)
        yield number


@pytest.fixture(scope="module")
def door(plain, files):
    """Where TLS is spoken at once."""
    with tls_door(plain, *files[:2]) as number:
        yield number


def fill(port):
    message = EmailMessage()
    message["From"], message["Subject"], message["Message-ID"] = "ana@example.com", "Factura", "<1@example.com>"
    message.set_content("Adjunto.")
    client = imaplib.IMAP4("127.0.0.1", port, timeout=30)
    client.login(USER, PASSWORD)
    client.create("Secure")
    client.append("Secure", None, None, message.as_bytes())
    client.logout()


async def looked(tmp_path, monkeypatch, port, authority=None, **options):
    """How many messages were taken, and what their documents are called."""
    monkeypatch.setenv("DOCCHAIN_INTAKE_SECRET_MAIL", PASSWORD)
    host = options.pop("host", "localhost")
    outgoing = OutgoingSettings(outgoing_allow=[f"{host}:{port}"])
    where = {"host": host, "port": port, "user": USER, "password": {"env": "DOCCHAIN_INTAKE_SECRET_MAIL"}}
    body = {"kind": "mail", "name": "m", "options": {**where, "folder": "Secure", **options}, "enabled": False}
    async with an_intake_place(tmp_path, outgoing=outgoing, intake_mail_ca=authority) as place:
        source = IntakeSource.model_validate((await place.client.post("/intake/sources", json=body)).json())
        look = MailLook(place.services.keeper, (await place.actor()).workspace_id, source)
        return await look.look(), await place.names()


async def test_messages_come_over_tls(tmp_path, monkeypatch, door, files):
    assert await looked(tmp_path, monkeypatch, door, files[2]) == (1, ["Factura.eml"])


async def test_messages_come_over_starttls(tmp_path, monkeypatch, files):
    """The demo data's inbox has four messages."""
    with imap_server(tmp_path, "--cert", str(files[0]), "--key", str(files[1])) as port:
        taken, names = await looked(tmp_path, monkeypatch, port, files[2], security="starttls", folder="INBOX")
        with pytest.raises(BadSource, match="not to be trusted"):
            await looked(tmp_path / "other", monkeypatch, port, security="starttls", folder="INBOX")
    assert (taken, len(names)) == (4, 4)


async def test_a_certificate_of_nobody_who_is_trusted_is_refused(tmp_path, monkeypatch, door):
    with pytest.raises(BadSource) as refused:
        await looked(tmp_path, monkeypatch, door)
    assert refused.value.detail == (
        "The certificate of localhost is not to be trusted: unable to get local issuer certificate"
    )
    assert refused.value.hint == "Ask your operator to put the authority that signed it into DOCCHAIN_INTAKE_MAIL_CA."


async def test_a_certificate_for_another_host_is_refused(tmp_path, monkeypatch, door, files):
    with pytest.raises(BadSource, match=r"certificate is not valid for '127\.0\.0\.1'"):
        await looked(tmp_path, monkeypatch, door, files[2], host="127.0.0.1")


async def test_a_server_that_speaks_no_tls_gets_no_password(tmp_path, monkeypatch, plain, files):
    for security in ("tls", "starttls"):
        with pytest.raises(BadSource, match="does not answer as it should"):
            await looked(tmp_path / security, monkeypatch, plain, files[2], security=security)


async def test_a_file_of_authorities_that_is_not_there_is_told(tmp_path, monkeypatch, door):
    with pytest.raises(BadSource, match=r"The certificates in .*nowhere.pem cannot be read \(No such file"):
        await looked(tmp_path, monkeypatch, door, tmp_path / "nowhere.pem")
