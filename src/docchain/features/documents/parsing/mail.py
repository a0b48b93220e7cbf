"""E-mail: head and body as one text, attachments apart."""

from email import message_from_bytes
from email.message import EmailMessage, MIMEPart
from email.policy import default

import msgspec

from docchain.features.documents.parsing.failures import Unreadable

HEAD = ("From", "To", "Cc", "Date", "Subject")


class Mail(msgspec.Struct, frozen=True):
    """What a mail says; `html` is only there when no plain text is."""

    subject: str
    head: list[tuple[str, str]]
    plain: str
    html: bytes | None
    attachments: list[tuple[str, bytes]]


def open_mail(data: bytes, name: str) -> Mail:
    try:
        message = message_from_bytes(data, policy=default)
        if not isinstance(message, EmailMessage) or not message.keys():
            raise _damaged(name)
        head = [(field, " ".join(str(message[field]).split())) for field in HEAD if message[field]]
        plain, html = _body(message)
        return Mail(dict(head).get("Subject", ""), head, plain, html, _attachments(message))
    except (LookupError, ValueError, TypeError, AttributeError, RecursionError):  # the library on malformed mails
        raise _damaged(name) from None


def _body(message: EmailMessage) -> tuple[str, bytes | None]:
    part = message.get_body(("plain", "html"))
    if part is None:
        return "", None
    text = _text(part)
    if part.get_content_subtype() == "html":
        return "", text.encode()
    return text, None


def _text(part: MIMEPart) -> str:
    payload = part.get_payload(decode=True)
    raw = payload if isinstance(payload, bytes) else b""
    for charset in (part.get_content_charset() or "utf-8", "utf-8", "cp1252"):
        try:
            return raw.decode(charset)
        except (UnicodeDecodeError, LookupError):
            continue
    return raw.decode("latin-1")


def _attachments(message: EmailMessage) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for part in message.iter_attachments():
        if not isinstance(part, EmailMessage) or _is_decoration(part):
            continue
        name = part.get_filename() or f"attachment-{len(found) + 1}{_extension(part)}"
        if part.get_content_type() == "message/rfc822":
            inner = part.get_payload(0)
            found.append((name, inner.as_bytes() if isinstance(inner, EmailMessage) else b""))
        else:
            payload = part.get_payload(decode=True)
            found.append((name, payload if isinstance(payload, bytes) else b""))
    return found


def _is_decoration(part: EmailMessage) -> bool:
    """A logo or a signature that the body shows."""
    shown = part.get_content_disposition() == "inline" or part["Content-ID"] is not None
    return shown and part.get_content_maintype() == "image"


def _extension(part: EmailMessage) -> str:
    return ".eml" if part.get_content_type() == "message/rfc822" else ""


def _damaged(name: str) -> Unreadable:
    return Unreadable("damaged", f"{name} is not a readable e-mail: it has no head; save the message again as EML.")
