"""A message, looked into part by part; its one rule: no programs; what else is attached is judged when taken out."""

from email import message_from_binary_file, policy
from email.message import EmailMessage
from typing import IO, Final

from docchain.features.documents.intake import signatures as kinds
from docchain.features.documents.intake.archives import Budget, Look, look_at_part
from docchain.features.documents.intake.findings import Suspicious

_REFUSED: Final = ("program", "archive_bomb")
_BROKEN: Final = (ValueError, LookupError, AttributeError, TypeError, RecursionError)


def look_into_mail(file: IO[bytes], budget: Budget, look: Look) -> None:
    message = message_from_binary_file(file, policy=policy.default)
    for part in message.walk():
        if part.is_multipart():
            continue
        budget.enter(1)
        content = _content(part)
        try:
            look_at_part(content[: kinds.HEAD], iter([content[kinds.HEAD :]]), _name(part), budget, look)
        except Suspicious as finding:
            if finding.code in _REFUSED:
                raise


def _name(part: EmailMessage) -> str:
    try:
        return part.get_filename() or ""
    except _BROKEN:
        return ""


def _content(part: EmailMessage) -> bytes:
    try:
        content = part.get_payload(decode=True)
    except _BROKEN:
        return b""
    return content if isinstance(content, bytes) else b""
