"""The two versions that are compared, and the values that steps read differently from them."""

from collections.abc import Iterator
from typing import Any

from docchain.features.documents.comparing.schemas import FieldChange
from docchain.features.documents.data_out.repository import ReadingRepository
from docchain.features.documents.schemas import DocumentVersion
from docchain.features.documents.service import DocumentService
from docchain.platform.work import Work


def versions_to_compare(
    work: Work, document: str, old: int, new: int
) -> tuple[DocumentVersion, DocumentVersion, list[FieldChange]]:
    """Both versions.

    Raises:
        DocumentNotFound: there is no such document.
        VersionNotFound: it has no such version.
    """
    service = DocumentService(work)
    before, after = service.version(document, old), service.version(document, new)
    read = ReadingRepository(work).fields_of([before.id, after.id])
    return before, after, list(_changes(read.get(before.id, {}), read.get(after.id, {})))


def _changes(old: dict[str, Any], new: dict[str, Any]) -> Iterator[FieldChange]:
    one, other = ({name: found.get("value") for name, found in fields.items()} for fields in (old, new))
    for name in dict.fromkeys([*one, *other]):
        if one.get(name) != other.get(name):
            yield FieldChange(name=name, old=one.get(name), new=other.get(name))
