"""What a list is narrowed to, as facets: names are looked up once, values get the spelling that they are kept in."""

from docchain.features.documents.filing.catalogue import Catalogue
from docchain.features.documents.filing.changing import WITHIN
from docchain.features.documents.filing.field_values import asked_value
from docchain.features.documents.filing.repository import Facet, FilingRepository
from docchain.features.documents.schemas import DocumentFilter
from docchain.platform.veil import check_shown
from docchain.platform.work import Work


def facets_asked(work: Work, wanted: DocumentFilter) -> list[Facet]:
    """The facets that all documents of the list have, the rarest first.

    Raises:
        FilingNotFound: there is no such type, correspondent or collection.
        NotShown: one of the fields is hidden from whoever asks.
    """
    check_shown(work.actor.hidden, (f"field:{asked}" for asked in wanted.field))
    facets: list[Facet] = []
    if wanted.type is not None:
        facets.append(("type", str(Catalogue(work, "type").find(wanted.type).id)))
    if wanted.correspondent is not None:
        facets.append(("correspondent", str(Catalogue(work, "correspondent").find(wanted.correspondent).id)))
    if wanted.collection is not None:
        facets.append((WITHIN, str(Catalogue(work, "collection").find(wanted.collection).id)))
    if wanted.status is not None:
        facets.append(("status", wanted.status))
    facets += [("tag", tag) for tag in wanted.tag]
    facets += [(f"field:{name}", asked_value(value)) for name, _, value in (one.partition("=") for one in wanted.field)]
    return FilingRepository(work).rarest_first(list(dict.fromkeys(facets)))
