"""What a child process does with a message: its attachments, one behind the other in one file, and where each is."""

import hashlib
from email import message_from_binary_file, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Final

MOST: Final = 200


def run(given: str, made: str) -> dict[str, Any]:
    """Take a message apart."""
    data = Path(given)
    with data.open("rb") as file:
        message = message_from_binary_file(file, policy=policy.default)
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    parts: list[dict[str, Any]] = []
    with Path(made).open("r+b") as out:
        for part in _attachments(message):
            content = _content(part)
            if content and len(parts) < MOST:
                parts.append(
                    {
                        "name": str(part.get_filename() or "attachment")[:300],
                        "media_type": part.get_content_type(),
                        "start": out.tell(),
                        "size": len(content),
                    }
                )
                out.write(content)
    return {
        "sha256": digest,
        "message_id": str(message.get("message-id", "")).strip()[:500],
        "subject": str(message.get("subject", ""))[:300],
        "parts": parts,
    }


def _attachments(message: Any) -> list[Any]:
    found: list[Any] = []
    waiting = [message]
    while waiting and len(found) <= MOST:
        part = waiting.pop()
        if part is not message and (part.get_filename() or part.get_content_disposition() == "attachment"):
            found.append(part)
        elif part.is_multipart():
            waiting.extend(reversed(part.get_payload()))
    return found


def _content(part: EmailMessage) -> bytes:
    if part.is_multipart():
        inner = part.get_payload(0)
        return inner.as_bytes() if hasattr(inner, "as_bytes") else b""
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""
