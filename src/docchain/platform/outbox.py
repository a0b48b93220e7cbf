"""Mails that wait to be sent: written in the transaction that they tell of, sealed, and gone once handed over."""

import asyncio
import base64
import hmac
import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import delete, select
from sqlalchemy.orm import Mapped, mapped_column

from docchain.platform.database import Database
from docchain.platform.ids import new_id
from docchain.platform.mail import Mail, MailNotSent, MailRefused, send
from docchain.platform.persevering import Rhythm, persevere
from docchain.platform.settings_accounts import MailSettings
from docchain.platform.tables import Table
from docchain.platform.work import SYSTEM, Work

log = structlog.get_logger(__name__)
_PURPOSE: Final = b"docchain mail"
_AT_ONCE: Final = 20
_REST: Final = 0.2
"""Seconds between looks: it is woken by whatever happens."""
_FIRST_PAUSE: Final = timedelta(seconds=15)
_LONGEST_PAUSE: Final = timedelta(hours=1)


class OutgoingMailRow(Table):
    """One mail; whom it goes to and what it says, such as a link, is sealed."""

    __tablename__ = "outgoing_mail"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    sealed: Mapped[str]
    created_at: Mapped[datetime]
    next_at: Mapped[datetime] = mapped_column(index=True)
    attempts: Mapped[int]


class Postbox:
    """Takes mails within a transaction.

    Args:
        settings: where mails are handed over.
        secret_key: the product's; mails that wait are sealed under a key of it.
    """

    def __init__(self, settings: MailSettings, secret_key: str) -> None:
        self.settings = settings
        self._key = hmac.digest(secret_key.encode(), _PURPOSE, "sha256")

    @property
    def is_open(self) -> bool:
        """Whether there is a server that takes mails."""
        return bool(self.settings.mail_host)

    def post(self, work: Work, mail: Mail) -> None:
        """Keep a mail to be sent; without an address it takes as long, and is sent to nobody."""
        if not self.is_open:
            return
        row_id = new_id()
        row = OutgoingMailRow(
            id=row_id, sealed=self._seal(mail, row_id), created_at=work.now, next_at=work.now, attempts=0
        )
        work.session.add(row)

    def opened(self, row: OutgoingMailRow) -> Mail | None:
        """The mail; none, if the product's key is another one by now."""
        from docchain.platform.storage.ciphers import Changed, unwrap  # noqa: PLC0415 - brings a library

        try:
            return Mail(**json.loads(unwrap(self._key, base64.b64decode(row.sealed), row.id.bytes)))
        except Changed:
            return None

    def _seal(self, mail: Mail, row_id: UUID) -> str:
        from docchain.platform.storage.ciphers import NONCE, wrap  # noqa: PLC0415 - brings a library

        text = json.dumps(asdict(mail)).encode()
        return base64.b64encode(wrap(self._key, os.urandom(NONCE), text, row_id.bytes)).decode()


class Postman:
    """Hands over what waits, each mail at least once, in the process that executes runs.

    Args:
        database: where mails wait.
        postbox: opens them.
        poll: seconds after which it looks by itself, for mails of other processes.
    """

    def __init__(self, database: Database, postbox: Postbox, poll: float = 2.0) -> None:
        self._database = database
        self._postbox = postbox
        self._poll = poll
        self._wake = asyncio.Event()
        database.on_events(self._wake.set)

    async def run(self) -> None:
        """Send until cancelled; without a mail server nothing ever waits."""
        if not self._postbox.is_open:
            await asyncio.Event().wait()
        await persevere(self._all, self._wake, Rhythm(rest=_REST, poll=self._poll), "mails_not_read")

    async def _all(self) -> None:
        while await self.round():
            pass

    async def round(self) -> int:
        """Try what is due once; how many left for good."""
        due = await self._database.read(_due, SYSTEM)
        return sum([await self._try(row) for row in due])

    async def _try(self, row: OutgoingMailRow) -> bool:
        mail = self._postbox.opened(row)
        if mail is None or not mail.to:
            await self._database.write(lambda work: _forget(work, row.id), SYSTEM)
            return True
        try:
            await send(mail, self._postbox.settings)
        except MailRefused as error:
            await self._give_up(row, str(error))
        except MailNotSent as error:
            oldest = self._database.clock.now() - timedelta(hours=self._postbox.settings.mail_hours)
            if row.created_at < oldest:
                await self._give_up(row, str(error))
                return True
            log.warning("mail_not_sent", reason=str(error), attempt=row.attempts + 1)
            await self._database.write(lambda work: _later(work, row.id), SYSTEM)
            return False
        else:
            await self._database.write(lambda work: _forget(work, row.id), SYSTEM)
        return True

    async def _give_up(self, row: OutgoingMailRow, reason: str) -> None:
        log.error("mail_given_up", reason=reason)

        def give_up(work: Work) -> None:
            _forget(work, row.id)
            work.emit("mail.given_up", "mail", row.id, {"reason": reason[:200]})

        await self._database.write(give_up, SYSTEM)


def _due(work: Work) -> Sequence[OutgoingMailRow]:
    waiting = select(OutgoingMailRow).where(OutgoingMailRow.next_at <= work.now)
    return work.session.scalars(waiting.order_by(OutgoingMailRow.next_at).limit(_AT_ONCE)).all()


def _forget(work: Work, row_id: UUID) -> None:
    work.session.execute(delete(OutgoingMailRow).where(OutgoingMailRow.id == row_id))


def _later(work: Work, row_id: UUID) -> None:
    row = work.session.get(OutgoingMailRow, row_id)
    if row is not None:
        row.next_at = work.now + min(_FIRST_PAUSE * 2**row.attempts, _LONGEST_PAUSE)
        row.attempts += 1
