"""A watched mailbox: a message and its attachments become documents in one transaction with how far it has come."""

import asyncio
import os
import ssl
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from docchain.features.documents.descent import inherit
from docchain.features.documents.intake.arrivals import Arrival, Received
from docchain.features.documents.intake.errors import BadSource, FileRefused
from docchain.features.documents.intake.findings import MIB
from docchain.features.documents.intake.keeping import Keeper, actor_of
from docchain.features.documents.intake.mail_client import FAILED, Mailbox
from docchain.features.documents.intake.schemas import IntakeItem
from docchain.features.documents.intake.service import IntakeService
from docchain.features.documents.intake.slices import slice_of
from docchain.features.documents.intake.source_schemas import IntakeSource, MailOptions, Secret
from docchain.features.documents.intake.source_service import SourceService
from docchain.features.documents.repository import DocumentRepository
from docchain.features.documents.tables import VersionInputRow
from docchain.features.secrets import SecretUser
from docchain.platform.errors import Refusal
from docchain.platform.outgoing_rules import OutsideRulesError, PrivateAddressError, within_rules
from docchain.platform.processes import ChildError
from docchain.platform.revealed import Revealed
from docchain.platform.settings_intake import IntakeSettings
from docchain.platform.work import Work

_JOB: Final = "docchain.features.documents.intake.mail_explode:run"
_MAIL: Final = "message/rfc822"


class MailLook:
    """Looks into one mailbox again and again.

    Args:
        keeper: who takes what is found.
        workspace: whose mailbox it is.
        source: the source.
    """

    def __init__(self, keeper: Keeper, workspace: UUID, source: IntakeSource) -> None:
        self._keeper = keeper
        self._intake = keeper.intake
        self._source = source
        self._actor = actor_of(workspace, source)
        self._workspace = workspace
        self._options = MailOptions.model_validate(source.options)

    async def look(self) -> int:
        """Take what is new; return how many messages were.

        Raises:
            BadSource: the mailbox cannot be reached, or lets nobody in.
        """
        settings = self._intake.settings
        password = await self._password(settings.intake)
        mailbox = Mailbox(self._options, password, settings.outgoing.outgoing_allow, settings.intake.intake_mail_ca)
        try:
            return await self._within(mailbox)
        except ssl.SSLCertVerificationError as error:
            raise BadSource(
                f"The certificate of {self._options.host} is not to be trusted: {error.verify_message}",
                hint="Ask your operator to put the authority that signed it into DOCCHAIN_INTAKE_MAIL_CA.",
            ) from None
        except FAILED as error:
            told = _without(password, str(error))[:300]
            raise BadSource(f"The mailbox does not answer as it should: {told}") from None
        finally:
            await asyncio.to_thread(mailbox.close)

    async def _password(self, own: IntakeSettings) -> str:
        vault, named = self._intake.vault, self._options.password.secret
        if named is None or vault is None:
            return await asyncio.to_thread(secret_of, self._options.password, own)
        user = SecretUser(self._workspace, f"source {self._source.handle}", self._actor.name)
        try:
            return await vault.open(named, self._options.host, user)
        except Refusal as refusal:
            raise BadSource(refusal.detail, hint=refusal.hint) from None

    async def _within(self, mailbox: Mailbox) -> int:
        try:
            async with within_rules(self._intake.watch, self._workspace):
                validity = await asyncio.to_thread(mailbox.open)
        except OutsideRulesError as error:
            raise BadSource(str(error), hint="An administrator sets them: PUT /admin/settings/outgoing.") from None
        except PrivateAddressError as error:
            raise BadSource(str(error), hint="Ask your operator to list it in DOCCHAIN_OUTGOING_ALLOW.") from None
        state = await self._intake.database.read(lambda work: SourceService(work).state(self._source.id), self._actor)
        last = int(state.get("uid", 0)) if state.get("uidvalidity") == validity else 0
        if last and state.get("pending") == last:
            await asyncio.to_thread(mailbox.put_away, last)  # we were ended before we could
        uids = await asyncio.to_thread(mailbox.after, last)
        for uid in uids:
            await self._take(mailbox, uid, {"uidvalidity": validity, "uid": uid, "pending": uid})
            await asyncio.to_thread(mailbox.put_away, uid)
            await self._note({"pending": None})
        return len(uids)

    async def _take(self, mailbox: Mailbox, uid: int, mark: dict[str, Any]) -> None:
        place = f"{self._options.user}@{self._options.host}/{self._options.folder}"
        size = await asyncio.to_thread(mailbox.size, uid)
        if size > self._intake.settings.intake.intake_mail_mb * MIB:
            detail = f"The message has {size:,} bytes; raise DOCCHAIN_INTAKE_MAIL_MB to take it."
            key = f"{self._source.id}|{mark['uidvalidity']}|{uid}"
            arrival = Arrival("mail", key, "message.eml", _MAIL, place, self._source.id)
            await self._intake.note_refusal(self._actor, arrival, FileRefused("too_large", detail), {"size": size})
            await self._note(mark)
            return
        async with self._intake.file() as given, self._intake.file() as made:
            await asyncio.to_thread(mailbox.fetch, uid, given)
            try:
                told = await self._intake.in_child(_JOB, str(given), str(made))
            except ChildError:
                told = {"sha256": f"{mark['uidvalidity']}.{uid}", "message_id": "", "subject": "", "parts": []}
            await self._keep(given, made, told, place, mark)

    async def _keep(self, given: Path, made: Path, told: dict[str, Any], place: str, mark: dict[str, Any]) -> None:
        """Look at the message and all that is attached, then keep what is good in one transaction."""
        key = f"{self._source.id}|{told['message_id']}|{told['sha256']}"
        name = f"{told['subject'] or 'message'}.eml"
        first = Arrival("mail", f"{key}|0", name, _MAIL, place, self._source.id)
        if await self._intake.database.read(lambda work: IntakeService(work).known("mail", first.key), self._actor):
            await self._note(mark)
            return
        message = await self._keeper.receive(self._actor, first, slice_of(given, 0))
        attached = []
        for number, part in enumerate(told["parts"], 1):
            arrival = Arrival("mail", f"{key}|{number}", part["name"], part["media_type"], place, self._source.id)
            content = slice_of(made, part["start"], part["size"])
            attached.append(await self._keeper.receive(self._actor, arrival, content))

        def keep(work: Work) -> None:
            parent = None if message is None else self._keeper.keep(work, message, self._source)
            for received in attached:
                if received is not None:
                    self._attach(work, received, parent)
            SourceService(work).keep_state(self._source.id, **mark)

        await self._intake.database.write(keep, self._actor)

    def _attach(self, work: Work, received: Received, parent: IntakeItem | None) -> None:
        item = self._keeper.keep(work, received, self._source)
        if parent is None:
            return
        IntakeService(work).note_parent(item.id, parent.id)
        if item.version_id and parent.version_id:
            edge = VersionInputRow(version_id=item.version_id, input_version_id=parent.version_id)
            DocumentRepository(work).add(edge)
            if item.document_id:
                inherit(work, [item.document_id])

    async def _note(self, mark: dict[str, Any]) -> None:
        await self._intake.database.write(
            lambda work: SourceService(work).keep_state(self._source.id, **mark), self._actor
        )


def _without(password: str, text: str) -> str:
    """What a server says of a refused sign-in may repeat what it was sent."""
    revealed = Revealed()
    revealed.add(password)
    return revealed.text(text)


def secret_of(secret: Secret, own: IntakeSettings) -> str:
    """A password, from where it is.

    Raises:
        BadSource: it is not there.
    """
    if secret.env is not None:
        found = os.environ.get(secret.env)
        if not found:
            raise BadSource(f"The variable {secret.env} is not set.", hint="Ask your operator to set it.")
        return found
    if own.intake_secrets_dir is None:
        raise BadSource("There is no folder of secrets.", hint="Ask your operator to set DOCCHAIN_INTAKE_SECRETS_DIR.")
    try:
        return (own.intake_secrets_dir / str(secret.file)).read_text().strip()
    except OSError:
        raise BadSource(f"The secret {secret.file} is not there.", hint="Ask your operator to put it there.") from None
