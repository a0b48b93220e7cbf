"""What child processes do to pages; its one rule: from file to file, and the given file is never written."""

import ctypes
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from docchain.features.documents.page_work.looking import Seen, look
from docchain.features.documents.page_work.proposing import By, propose
from docchain.features.documents.page_work.ranges import BadPages, pages_of, written
from docchain.features.documents.page_work.schemas import Delete, Operation, Reorder, Rotate
from docchain.features.documents.parsing.failures import Unreadable
from docchain.features.documents.parsing.pdf import open_pdf

_OPERATIONS: TypeAdapter[list[Rotate | Delete | Reorder]] = TypeAdapter(list[Operation])
_FULL_TURN = 360


def edit(given: str, made: str, name: str, operations: Sequence[Mapping[str, Any]], most: int) -> list[int]:
    """Write the changed document; returns where each of its pages was before."""
    document = _open(given, name, most)
    order = list(range(1, len(document) + 1))
    for index, operation in enumerate(_OPERATIONS.validate_python(list(operations))):
        with _at(f"operations[{index}].pages"):
            order = _apply(document, operation, order)
    document.save(made)
    return order


def split(given: str, made: Sequence[str], name: str, parts: Sequence[str], most: int) -> None:
    """Write each part into its file."""
    import pypdfium2 as pdfium  # noqa: PLC0415 - heavy

    document = _open(given, name, most)
    for path, part in zip(made, parts, strict=True):
        copy = pdfium.PdfDocument.new()
        copy.import_pages(document, [page - 1 for page in _checked(part, len(document))])
        copy.save(path)
        copy.close()


def merge(given: Sequence[str], made: str, names: Sequence[str], most: int) -> int:
    """Write all of them into one; returns its number of pages."""
    import pypdfium2 as pdfium  # noqa: PLC0415 - heavy

    whole = pdfium.PdfDocument.new()
    for path, name in zip(given, names, strict=True):
        document = _open(path, name, most - len(whole))
        whole.import_pages(document)
        document.close()
    whole.save(made)
    return len(whole)


def survey(
    given: str, name: str, how: tuple[By, str | None, bool], most: int
) -> tuple[int, list[dict[str, Any]], list[str], list[int]]:
    """Look at all pages: their number, the proposed parts, the same as ranges, and the blank pages."""
    by, separator, keep = how
    document = _open(given, name, most)
    pages: list[Seen] = []
    for number in range(1, len(document) + 1):
        page = document[number - 1]
        pages.append(look(page, number, codes=by == "barcode"))
        page.close()
    blank = [page.number for page in pages if page.blank]
    parts = propose(pages, by, separator, keep=keep)
    ranges = [written(page for page in range(part.first, part.last + 1)) for part in parts]
    return len(pages), [part.model_dump() for part in parts], ranges, blank


def check(given: str, name: str, parts: Sequence[str], most: int) -> int:
    """Refuse parts that name pages which are not there; returns the number of pages."""
    count = len(_open(given, name, most))
    for index, part in enumerate(parts):
        with _at(f"ranges[{index}]"):
            _checked(part, count)
    return count


@contextmanager
def _at(path: str) -> Iterator[None]:
    """Say where in the order the fault is; doors tell it apart."""
    try:
        yield
    except Unreadable as refused:
        raise Unreadable(refused.code, f"{path}: {refused.message}") from None


def _open(path: str, name: str, most: int) -> Any:
    document = open_pdf(Path(path).read_bytes(), name)
    if len(document) > most:
        raise Unreadable("too_large", f"{name} has {len(document)} pages; up to {most} are worked on here.")
    return document


def _checked(pages: str, count: int) -> list[int]:
    try:
        return pages_of(pages, count)
    except BadPages as error:
        raise Unreadable("pages", str(error)) from None


def _apply(document: Any, operation: Rotate | Delete | Reorder, order: list[int]) -> list[int]:
    pages = _checked(operation.pages, len(document))
    if isinstance(operation, Rotate):
        for page in pages:
            shown = document[page - 1]
            shown.set_rotation((shown.get_rotation() + operation.degrees) % _FULL_TURN)
        return order
    if isinstance(operation, Delete):
        if len(pages) == len(document):
            raise Unreadable("pages", "All pages would go. Delete the document instead.")
        for page in sorted(pages, reverse=True):
            del document[page - 1]
        return [was for index, was in enumerate(order, 1) if index not in set(pages)]
    if len(pages) != len(document):
        raise Unreadable("pages", f"A new order names each of the {len(document)} pages once.")
    _move(document, pages)
    return [order[page - 1] for page in pages]


def _move(document: Any, pages: Sequence[int]) -> None:
    import pypdfium2.raw as pdfium  # noqa: PLC0415 - heavy

    indices = (ctypes.c_int * len(pages))(*(page - 1 for page in pages))
    if not pdfium.FPDF_MovePages(document, indices, len(pages), 0):
        raise Unreadable("damaged", "The pages cannot be put into another order; export the PDF again.")
