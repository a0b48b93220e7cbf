"""A real SMTP server on a free port, and the mails that it took."""

import socket
from email import message_from_bytes
from email.message import Message
from email.policy import default

from aiosmtpd.controller import Controller


class MailServer(Controller):
    """Takes mails, unless it is told to answer otherwise."""

    def __init__(self) -> None:
        self.mails: list[Message] = []
        self.answer = "250 OK"
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.address: tuple[str, int] = free.getsockname()
        super().__init__(self, *self.address, server_hostname="mail.test")

    async def handle_DATA(self, _server, _session, envelope) -> str:  # noqa: N802 - the library calls it so
        if self.answer.startswith("2"):
            self.mails.append(message_from_bytes(envelope.content, policy=default))
        return self.answer

    def text(self, number: int = -1) -> str:
        return self.mails[number].get_content()
