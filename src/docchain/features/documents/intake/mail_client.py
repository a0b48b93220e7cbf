"""A mailbox over IMAP: plain calls that block, for a thread; only to public addresses, or to listed ones."""

import imaplib
import re
import socket
import ssl
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from docchain.features.documents.intake.errors import BadSource
from docchain.features.documents.intake.source_schemas import MailOptions
from docchain.platform.outgoing_rules import check_addresses

SECONDS: Final = 60.0
PIECE: Final = 1024 * 1024
FAILED: Final = (OSError, imaplib.IMAP4.error, ssl.SSLError, EOFError)


class _Guarded(imaplib.IMAP4):
    """Connects to an address that was checked, never to the name."""

    def __init__(self, address: str, context: ssl.SSLContext | None, host: str, port: int) -> None:
        self._address = address
        self._context = context
        super().__init__(host, port, timeout=SECONDS)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        made = socket.create_connection((self._address, self.port), timeout)
        return made if self._context is None else self._context.wrap_socket(made, server_hostname=self.host)


class Mailbox:
    """One folder of a mailbox, open."""

    def __init__(
        self, options: MailOptions, password: str, allow: Iterable[str], authority: Path | None = None
    ) -> None:
        self._options = options
        self._password = password
        self._allow = {pair.lower() for pair in allow}
        self._authority = authority
        self._client: Any = None

    def open(self) -> int:
        """Sign in; return the UIDVALIDITY of the folder."""
        own = self._options
        context = self._trust() if own.security != "none" else None
        at_once = context if own.security == "tls" else None
        self._client = client = _Guarded(self._checked(), at_once, own.host, own.port)
        if own.security == "starttls":
            client.starttls(context)
        client.login(own.user, self._password)
        _good(client.select(_quoted(own.folder)))
        told = client.response("UIDVALIDITY")[1]
        return int(told[0]) if told and told[0] else 0

    def close(self) -> None:
        if self._client is not None:
            try:
                self._client.logout()
            except FAILED:
                with suppress(*FAILED):  # what broke off before it began is closed already
                    self._client.shutdown()

    def after(self, uid: int) -> list[int]:
        """Messages behind this one, oldest first."""
        found = _good(self._client.uid("SEARCH", None, f"UID {uid + 1}:*", f"({self._options.search})"))
        return sorted(number for number in map(int, (found[0] or b"").split()) if number > uid)

    def size(self, uid: int) -> int:
        found = _good(self._client.uid("FETCH", str(uid), "(RFC822.SIZE)"))
        match = re.search(rb"RFC822\.SIZE (\d+)", found[0] if isinstance(found[0], bytes) else b"")
        return int(match[1]) if match else 0

    def fetch(self, uid: int, path: Path) -> None:
        """Write a message to a file, piece by piece."""
        at = 0
        with path.open("r+b") as file:
            while True:
                found = _good(self._client.uid("FETCH", str(uid), f"(BODY.PEEK[]<{at}.{PIECE}>)"))
                piece = next((part[1] for part in found if isinstance(part, tuple)), b"")
                file.write(piece)
                at += len(piece)
                if len(piece) < PIECE:
                    return

    def put_away(self, uid: int) -> None:
        """Do with a message what is to be done once it was taken; doing it twice does no harm."""
        own = self._options
        if own.after == "seen":
            _good(self._client.uid("STORE", str(uid), "+FLAGS.SILENT", r"(\Seen)"))
        elif own.after == "move":
            if "MOVE" in self._client.capabilities:
                _good(self._client.uid("MOVE", str(uid), _quoted(own.move_to)))
                return
            _good(self._client.uid("COPY", str(uid), _quoted(own.move_to)))
            _good(self._client.uid("STORE", str(uid), "+FLAGS.SILENT", r"(\Deleted)"))
            self._client.expunge()

    def _trust(self) -> ssl.SSLContext:
        """Certificates of the system's authorities, and of the operator's own."""
        context = ssl.create_default_context()
        if self._authority is not None:
            try:
                context.load_verify_locations(self._authority)
            except (OSError, ssl.SSLError) as error:
                detail = f"The certificates in {self._authority} cannot be read ({error.strerror or error})."
                raise BadSource(detail, hint="Ask your operator to look at DOCCHAIN_INTAKE_MAIL_CA.") from None
        return context

    def _checked(self) -> str:
        own = self._options
        found = [str(info[4][0]) for info in socket.getaddrinfo(own.host, own.port, type=socket.SOCK_STREAM)]
        check_addresses(own.host, own.port, found, self._allow)
        return found[0]


def _good(answer: tuple[str, list[Any]]) -> list[Any]:
    if answer[0] != "OK":
        raise imaplib.IMAP4.error(f"the server says {answer[0]} {str(answer[1])[:200]}")
    return answer[1]


def _quoted(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
