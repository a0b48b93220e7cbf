"""Hands out links to versions, and versions to links, until they are revoked; all of that are events."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from docchain.features.documents.domain import KIND
from docchain.features.documents.schemas import DocumentVersion
from docchain.features.documents.service import DocumentService
from docchain.features.documents.storage.errors import LinkNotFound, LinkNotRevocable
from docchain.features.documents.storage.lapsing import Lapse, lapses
from docchain.features.documents.storage.link_repository import LinkRepository
from docchain.features.documents.storage.links import DocumentLinks, Link
from docchain.features.documents.storage.schemas import DocumentLink, KeptLink, LinkRequest
from docchain.features.documents.storage.tables import DocumentLinkRow
from docchain.platform.blobs import name_of
from docchain.platform.errors import FieldFault, Invalid, NotFound
from docchain.platform.ids import new_id
from docchain.platform.model import Model
from docchain.platform.pagination import Page, PageRequest
from docchain.platform.storage.store import BlobStore
from docchain.platform.work import Work

_BRIEFLY: Final = timedelta(seconds=1)
_SHOWN_AFTER: Final = timedelta(days=90)
"""How long ended links are still told of."""


class LinkTooLong(Invalid):
    code = "link_too_long"
    title = "A link may not be good for so long"


class Made(Model):
    """A link before it is signed: this is what an idempotency key remembers, never what opens the document."""

    id: UUID
    workspace_id: UUID
    version: DocumentVersion
    expires_at: datetime

    def link(self) -> Link:
        return Link(self.id, self.workspace_id, self.version.id, self.expires_at)


class Linking:
    """Where content is stored as it is and the store can sign, the store hands it out itself."""

    def __init__(self, links: DocumentLinks, blobs: BlobStore) -> None:
        self.links = links
        self._blobs = blobs

    def make(self, work: Work, document: str, wanted: LinkRequest) -> Made:
        lasts = timedelta(seconds=wanted.expires_in)
        if lasts > self.links.longest:
            most = f"At most {self.links.longest.total_seconds():.0f} seconds."
            fault = FieldFault("expires_in", most, "too_large")
            raise LinkTooLong(most, errors=[fault], hint="Ask for less, or raise DOCCHAIN_LINK_SECONDS_MAX.")
        version = DocumentService(work).version(document, wanted.version)
        expires_at = (work.now + lasts).replace(microsecond=0)
        made = Made(id=new_id(), workspace_id=work.workspace_id, version=version, expires_at=expires_at)
        _write_down(work, made)
        told = {"link_id": str(made.id), "version": version.number, "expires_at": expires_at.isoformat()}
        work.emit("document.link_created", KIND, version.document_id, told)
        return made

    async def address(self, made: Made, now: datetime, *, revocable: bool = False) -> DocumentLink:
        """Where it is; what is to be revocable is handed out by us."""
        version, signed = made.version, None
        name = name_of(made.workspace_id, version.sha256)
        as_it_is = (name, version.size)
        if not revocable and await self._blobs.stored_as(made.workspace_id, version.sha256) == as_it_is:
            signed = await self._blobs.shelf.sign(name, max(made.expires_at - now, _BRIEFLY))
        return DocumentLink(
            id=made.id,
            url=signed or self.links.url(made.link()),
            signed_by="store" if signed else "server",
            revocable=signed is None,
            version=made.version.number,
            expires_at=made.expires_at,
        )


class LinkService:
    """Links to documents of one workspace, as those see them who made them."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._links = LinkRepository(work)

    def list(self, document: str, request: PageRequest, *, ended: bool = False) -> Page[KeptLink]:
        document_id = DocumentService(self._work).version(document).document_id
        good_at = None if ended else self._work.now
        rows, cursor, total = self._links.page(document_id, request.within(document_id), good_at=good_at)
        why = lapses(self._work, document_id, rows)
        return Page[KeptLink](items=[_kept(row, why.get(row.id)) for row in rows], next_cursor=cursor, total=total)

    def signed_by_store(self, link_id: UUID) -> None:
        row = self._links.find(link_id)
        if row is not None:
            row.signed_by = "store"

    def revoke(self, document: str, link_id: UUID) -> None:
        """End a link now; what is being downloaded by it goes on.

        Raises:
            LinkNotFound: there is none of this document.
            LinkNotRevocable: the store hands it out, and asks nobody.
        """
        document_id = DocumentService(self._work).version(document).document_id
        row = self._links.find_of(document_id, link_id)
        if row is None:
            raise LinkNotFound(f"There is no link {link_id} to it.", hint="GET /documents/{document}/links lists them.")
        if row.signed_by == "store":
            raise LinkNotRevocable(row.expires_at)
        if row.revoked_at is None:
            row.revoked_at, row.revoked_by = self._work.now, self._work.actor.name
            told = {"link_id": str(row.id), "version": row.version, "uses": row.uses}
            self._work.emit("document.link_revoked", KIND, row.document_id, told)


def follow(work: Work, link: Link, *, counts: bool) -> DocumentVersion:
    """The version that a link leads to, if it was not revoked, and whoever made it could still make it.

    Raises:
        LinkNotFound: when it was, or they could not, or its document is not there.
    """
    links = LinkRepository(work)
    row = links.find(link.id)
    try:
        found = DocumentService(work).version_by_id(link.version_id) if row and row.revoked_at is None else None
    except NotFound:
        found = None
    if row is None or found is None or lapses(work, found.document_id, [row]):
        raise LinkNotFound
    if counts:
        if not links.use(link.id, work.now):
            raise LinkNotFound
        work.emit("document.link_used", KIND, found.document_id, {"link_id": str(link.id), "version": found.number})
    return found


def _write_down(work: Work, made: Made) -> None:
    actor, links = work.actor, LinkRepository(work)
    signed_in = actor.session_id is not None or actor.key_id is not None  # else the operator, at the command line
    links.drop_ended(work.now - _SHOWN_AFTER)
    links.add(
        DocumentLinkRow(
            id=made.id,
            document_id=made.version.document_id,
            version_id=made.version.id,
            version=made.version.number,
            signed_by="server",
            created_at=work.now,
            created_by=actor.name,
            maker_id=actor.user_id if signed_in else None,
            key_id=actor.key_id,
            expires_at=made.expires_at,
            uses=0,
        )
    )


def _kept(row: DocumentLinkRow, lapsed: Lapse | None) -> KeptLink:
    told = {name: getattr(row, name) for name in KeptLink.model_fields if name not in ("revocable", "lapsed")}
    return KeptLink.model_validate(told | {"revocable": row.signed_by == "server", "lapsed": lapsed})
