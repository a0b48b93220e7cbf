"""The ETag of a document: its revision, which counts every change, a new version too; and what else it tells of."""

from collections.abc import Iterator
from uuid import UUID

from fastapi import Response

from docchain.features.documents.schemas import Document
from docchain.platform.preconditions import etag_of


def tagged(response: Response, document: Document) -> Document:
    response.headers["ETag"] = etag_of(document.revision, *_names(document))
    return document


def _names(document: Document) -> list[str]:
    filed = [document.type, document.correspondent, *document.collections]
    return [named.name for named in filed if named is not None]


def under(document: Document) -> Iterator[tuple[str, UUID]]:
    """What it is filed under; each has a name that may change."""
    for kind, filed in (("type", document.type), ("correspondent", document.correspondent)):
        if filed is not None:
            yield kind, filed.id
    yield from (("collection", filed.id) for filed in document.collections)
