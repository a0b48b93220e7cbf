"""Hands out links to versions, and versions to links; both are events."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from docchain.features.documents.domain import KIND
from docchain.features.documents.schemas import DocumentVersion
from docchain.features.documents.service import DocumentService
from docchain.features.documents.storage.errors import LinkNotFound
from docchain.features.documents.storage.links import DocumentLinks, Link
from docchain.features.documents.storage.schemas import DocumentLink, LinkRequest
from docchain.platform.blobs import name_of
from docchain.platform.errors import FieldFault, Invalid, NotFound
from docchain.platform.ids import new_id
from docchain.platform.model import Model
from docchain.platform.storage.store import BlobStore
from docchain.platform.work import Work

_BRIEFLY: Final = timedelta(seconds=1)


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
        told = {"link_id": str(made.id), "version": version.number, "expires_at": expires_at.isoformat()}
        work.emit("document.link_created", KIND, version.document_id, told)
        return made

    async def address(self, made: Made, now: datetime) -> DocumentLink:
        signed = None
        name = name_of(made.workspace_id, made.version.sha256)
        if await self._blobs.stored_as(made.workspace_id, made.version.sha256) == (name, made.version.size):
            signed = await self._blobs.shelf.sign(name, max(made.expires_at - now, _BRIEFLY))
        return DocumentLink(
            id=made.id,
            url=signed or self.links.url(made.link()),
            signed_by="store" if signed else "server",
            version=made.version.number,
            expires_at=made.expires_at,
        )


def follow(work: Work, link: Link, *, counts: bool) -> DocumentVersion:
    """The version that a link leads to, if its document is still there.

    Raises:
        LinkNotFound: when it is not.
    """
    try:
        found = DocumentService(work).version_by_id(link.version_id)
    except NotFound:
        raise LinkNotFound from None
    if counts:
        work.emit("document.link_used", KIND, found.document_id, {"link_id": str(link.id), "version": found.number})
    return found
