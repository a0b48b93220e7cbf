"""Mails to users: plain text, handed to the operator's SMTP server; a header never holds more than one line."""

import asyncio
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Final

from docchain.platform.settings_accounts import MailSettings

_FOR_GOOD: Final = 500


class MailRefused(Exception):
    """The server will never take this mail."""


class MailNotSent(Exception):
    """It did not work this time."""


@dataclass(frozen=True, slots=True)
class Mail:
    to: str
    subject: str
    text: str

    def message(self, sender: str) -> EmailMessage:
        message = EmailMessage()
        message["From"], message["To"] = sender, self.to
        message["Subject"] = " ".join(self.subject.split())
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(self.text)
        return message


async def send(mail: Mail, settings: MailSettings) -> None:
    """Hand a mail over.

    Raises:
        MailRefused: it is of no use to try again.
        MailNotSent: it may work later.
    """
    await asyncio.to_thread(_send, mail, settings)


def _send(mail: Mail, settings: MailSettings) -> None:
    import smtplib  # noqa: PLC0415 - only who sends needs it

    try:
        message = mail.message(settings.mail_from)
    except ValueError as error:
        raise MailRefused(str(error)) from error
    try:
        _hand_over(message, settings)
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        raise (MailRefused if min(codes) >= _FOR_GOOD else MailNotSent)(str(codes)) from error
    except smtplib.SMTPDataError as error:
        raise (MailRefused if error.smtp_code >= _FOR_GOOD else MailNotSent)(str(error.smtp_code)) from error
    except (OSError, smtplib.SMTPException) as error:
        raise MailNotSent(f"{type(error).__name__}: {error}") from error


def _hand_over(message: EmailMessage, settings: MailSettings) -> None:
    import smtplib  # noqa: PLC0415 - as above
    import ssl  # noqa: PLC0415

    where, timeout = (settings.mail_host, settings.mail_port), settings.mail_timeout
    if settings.mail_security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(*where, timeout=timeout, context=ssl.create_default_context())
    else:
        server = smtplib.SMTP(*where, timeout=timeout)
    with server:
        if settings.mail_security == "starttls":
            server.starttls(context=ssl.create_default_context())
        if settings.mail_user:
            server.login(settings.mail_user, settings.mail_password.get_secret_value())
        server.send_message(message)
