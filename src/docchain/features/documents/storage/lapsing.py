"""Whether links still open: a link hands on a right, so it is worth no more than what its maker has now."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Literal
from uuid import UUID

from docchain.features.documents.storage.link_repository import LinkRepository
from docchain.features.documents.storage.tables import DocumentLinkRow
from docchain.features.identity import Standing, may_there
from docchain.platform.reach import COLLECTION, READ, Reach
from docchain.platform.work import Actor, Work

Lapse = Literal["maker_gone", "permission_lost", "document_withheld"]


def lapses(work: Work, document_id: UUID, rows: Sequence[DocumentLinkRow]) -> dict[UUID, Lapse]:
    """Why which links to a document do not open any more; asked at once for all of them."""
    makers = {row.id: (row.maker_id, row.key_id) for row in rows if row.maker_id is not None}
    if not makers:
        return {}
    standing = Standing(work).of(set(makers.values()))
    things = LinkRepository(work).things_of(document_id)
    found = {link: _lapse(standing.get(maker), things) for link, maker in makers.items()}
    return {link: why for link, why in found.items() if why is not None}


def _lapse(maker: Actor | None, things: AbstractSet[UUID]) -> Lapse | None:
    if maker is None:
        return "maker_gone"
    if not may_there(maker, "documents:manage", things):
        return "permission_lost"
    return "document_withheld" if _is_kept_from(maker.reach, things) else None


def _is_kept_from(reach: Reach, things: AbstractSet[UUID]) -> bool:
    within = {thing for _, thing in reach.confined_to(COLLECTION)}  # or document types: they are one family
    return not things.isdisjoint(reach.kept_from(READ, "document")) or bool(within and things.isdisjoint(within))
