"""The ETag of a document: its revision, which counts every change, a new version too."""

from fastapi import Response

from docchain.features.documents.schemas import Document
from docchain.platform.preconditions import etag_of


def tagged(response: Response, document: Document) -> Document:
    response.headers["ETag"] = etag_of(document.revision)
    return document
