"""Duplicates of a document: the same bytes, or nearly the same text."""

from typing import Any, Final, Literal

from pydantic import ConfigDict, Field

from docchain.features.documents.examples import DOCUMENT
from docchain.features.documents.likeness.repository import LikenessRepository
from docchain.features.documents.likeness.signing import read, similarity
from docchain.features.documents.presenting import shown
from docchain.features.documents.repository import DocumentRepository
from docchain.features.documents.schemas import Document
from docchain.features.documents.service import DocumentService
from docchain.platform.model import Model
from docchain.platform.work import Work

_EXAMPLE: Final[dict[str, Any]] = {"kind": "near", "similarity": 0.93, "document": DOCUMENT}


class Duplicate(Model):
    """Another document that is the same, or nearly."""

    model_config = ConfigDict(json_schema_extra={"example": _EXAMPLE})

    kind: Literal["exact", "near"] = Field(description="`exact`: the same bytes; `near`: nearly the same text.")
    similarity: float = Field(description="Share of the text that both have, estimated; 1 for the same bytes.")
    document: Document


class Duplicates(Model):
    model_config = ConfigDict(json_schema_extra={"example": {"items": [_EXAMPLE], "compared": True}})

    items: list[Duplicate] = Field(description="The most similar first.")
    compared: bool = Field(description="False: the text was not read yet, so only the same bytes were looked for.")


class LikenessService:
    def __init__(self, work: Work) -> None:
        self._work = work
        self._likeness = LikenessRepository(work)

    def duplicates(self, reference: str, at_least: float, most: int) -> Duplicates:
        """Those of the workspace that are not in the trash."""
        document = DocumentService(self._work).read(reference)
        found = dict.fromkeys(self._likeness.same(document.id), 1.0)
        exact = set(found)
        own = self._likeness.fingerprint(document.id)
        signature = read(own.signature) if own else []
        for other in self._likeness.like(document.id) if signature else ():
            alike = similarity(signature, read(other.signature))
            if alike >= at_least:
                found.setdefault(other.document_id, alike)
        ranked = sorted(found, key=lambda document_id: (-found[document_id], document_id))[:most]
        documents = {item.id: item for item in self._shown(ranked)}
        items = [
            Duplicate(kind="exact" if one in exact else "near", similarity=found[one], document=documents[one])
            for one in ranked
        ]
        return Duplicates(items=items, compared=bool(own and own.signature is not None))

    def _shown(self, ids: list[Any]) -> list[Document]:
        repository = DocumentRepository(self._work)
        rows = list(repository.documents(ids).values())
        versions = repository.versions([row.current_version_id for row in rows])
        return shown(self._work, [(row, versions[row.current_version_id]) for row in rows])
