"""How entries leave: lines of a file, syslog messages (RFC 5424), or signed webhooks."""

import asyncio
import base64
import hmac
import os
import socket
from collections.abc import Sequence
from pathlib import Path
from time import time
from typing import Final, cast
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from docchain.features.audit.schemas import AuditEntry
from docchain.features.audit.tables import AuditStreamRow
from docchain.platform.guarded_lines import GuardedLines, Transport
from docchain.platform.outgoing import Outgoing, OutgoingUnknownError

_FACILITY: Final = 13
"""Of RFC 5424: log audit."""
_SEVERITY: Final = {"done": 6, "refused": 4, "failed": 4}
_GOOD: Final = range(200, 300)


class Senders:
    """Every delivery either raises, or everything was taken.

    Args:
        folder: of streamed files, a folder for each workspace.
        file_bytes: size from which a file is put aside and a new one begun.
        outgoing: the guarded client.
        lines: the guarded plain connections.
        secret: the product's secret key; keys of webhooks come of it.
    """

    def __init__(self, folder: Path, file_bytes: int, outgoing: Outgoing, lines: GuardedLines, secret: str) -> None:
        self._folder = folder
        self._file_bytes = file_bytes
        self._outgoing = outgoing
        self._lines = lines
        self._key = hmac.digest(secret.encode(), b"docchain audit stream", "sha256")

    async def send(self, stream: AuditStreamRow, entries: Sequence[AuditEntry]) -> None:
        """Deliver entries.

        Raises:
            OutgoingError: they were not all taken, or nobody knows.
            OSError: the file cannot be written.
        """
        if stream.kind == "file":
            path = self._folder / str(stream.workspace_id) / f"{stream.target}.jsonl"
            await asyncio.to_thread(self._append, path, entries)
        elif stream.kind == "syslog":
            address = urlsplit(stream.target)
            transport = cast("Transport", address.scheme.removeprefix("syslog+"))
            messages = [syslog(entry) for entry in entries]
            host, port = str(address.hostname), address.port or 0
            await self._lines.send(transport, host, port, messages, workspace=stream.workspace_id)
        else:
            await self._post(stream, entries)

    def signing_key(self, stream: UUID) -> str:
        return "whsec_" + base64.b64encode(self._secret(stream)).decode()

    def _secret(self, stream: UUID) -> bytes:
        return hmac.digest(self._key, stream.bytes, "sha256")

    def _append(self, path: Path, entries: Sequence[AuditEntry]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size >= self._file_bytes:
            path.rename(path.with_name(f"{path.stem}-{entries[0].position}.jsonl"))
        with path.open("ab") as file:
            file.writelines(_line(entry) + b"\n" for entry in entries)
            file.flush()
            os.fsync(file.fileno())

    async def _post(self, stream: AuditStreamRow, entries: Sequence[AuditEntry]) -> None:
        body = b'{"entries":[%s]}' % b",".join(map(_line, entries))
        name, now = f"{stream.id}-{entries[-1].position}", int(time())
        mac = hmac.digest(self._secret(stream.id), f"{name}.{now}.".encode() + body, "sha256")
        headers = {
            "Content-Type": "application/json",
            "webhook-id": name,
            "webhook-timestamp": str(now),
            "webhook-signature": f"v1,{base64.b64encode(mac).decode()}",
        }
        answer = await self._outgoing.send(
            "POST", stream.target, headers=headers, content=body, workspace=stream.workspace_id
        )
        if answer.status not in _GOOD:
            raise OutgoingUnknownError(f"It answered {answer.status}.", answer.status)


def _line(entry: AuditEntry) -> bytes:
    return msgspec.json.encode(entry.model_dump(mode="json", exclude={"sealed"}))


def syslog(entry: AuditEntry) -> bytes:
    """One message; a reader that knows only its head finds type and outcome there."""
    priority = _FACILITY * 8 + _SEVERITY[entry.outcome]
    at = entry.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    host = socket.gethostname()[:255] or "-"
    head = f"<{priority}>1 {at} {host} docchain {os.getpid()} {entry.type[:32]} - ".encode()
    return head + b"\xef\xbb\xbf" + _line(entry)
