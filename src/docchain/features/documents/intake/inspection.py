"""What a child process does to look at a file: what it is, and whether anything in it is a reason to keep it out."""

import hashlib
import os
from pathlib import Path
from typing import IO, Any, Final
from xml.parsers import expat

from docchain.features.documents.intake import signatures as kinds
from docchain.features.documents.intake.archives import Budget, look_into_stream, look_into_tar, look_into_zip
from docchain.features.documents.intake.ends import TAIL, check_ends
from docchain.features.documents.intake.findings import Bounds, Suspicious
from docchain.features.documents.intake.mail_look import look_into_mail

_BLOCK: Final = 256 * 1024
_INSTALLER: Final = "000c1084-0000-0000-c000-000000000046"


def run(path: str, name: str, bounds: dict[str, Any]) -> dict[str, Any]:
    """Look at a file.

    Raises:
        Suspicious: it stays out.
    """
    digest = hashlib.sha256()
    with Path(path).open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        while block := file.read(_BLOCK):
            digest.update(block)
        told: dict[str, Any] = {"sha256": digest.hexdigest(), "size": size, "media_type": "", "code": "", "detail": ""}
        file.seek(0)
        try:
            told["media_type"] = look(file, name, Budget(Bounds(**bounds)))
        except Suspicious as finding:
            file.seek(0)
            told |= {
                "code": finding.code,
                "detail": finding.detail,
                "media_type": kinds.seen_type(file.read(kinds.HEAD)),
            }
        return told


def look(file: IO[bytes], name: str, budget: Budget) -> str:
    """What a file is, with all that is in it."""
    file.seek(0, os.SEEK_END)
    size = file.tell()
    file.seek(0)
    head = file.read(kinds.HEAD)
    file.seek(max(0, size - TAIL))
    tail = file.read()
    file.seek(0)
    media_type = kinds.seen_type(head)
    if media_type == kinds.TEXT and name.lower().endswith((".xml", ".svg", ".xhtml")):
        media_type = kinds.XML
    check_ends(media_type, head, tail)
    match media_type:
        case kinds.ZIP:
            return look_into_zip(file, size, budget, look)
        case kinds.GZIP | kinds.BZIP2 | kinds.XZ:
            look_into_stream(file, size, media_type, budget, look)
        case kinds.TAR:
            return look_into_tar(file, budget, look)
        case kinds.OLE:
            _look_into_ole(file, budget.bounds)
        case kinds.PDF:
            _look_into_pdf(file, budget.bounds)
        case kinds.XML | kinds.SVG:
            _look_into_xml(file, budget)
        case kinds.MAIL:
            look_into_mail(file, budget, look)
        case kinds.TEXT if name.lower().endswith(".eml"):
            look_into_mail(file, budget, look)
    return media_type


def _look_into_ole(file: IO[bytes], bounds: Bounds) -> None:
    import olefile  # noqa: PLC0415 - needed by old office files only

    try:
        with olefile.OleFileIO(file) as storage:
            names = {"/".join(path).lower() for path in storage.listdir(streams=True, storages=True)}
            if not bounds.encrypted and (_is_encrypted(storage, names)):
                raise Suspicious("encrypted", "It is protected by a password; save a copy without and send that.")
            if not bounds.macros and any("_vba_project" in name or name.endswith("/vba") for name in names):
                raise Suspicious("macros", "It has macros in it; save a copy as DOCX, XLSX or PPTX.")
            if _INSTALLER in str(storage.root.clsid).lower():
                raise Suspicious("program", "It is an installer; programs are not taken.")
    except (OSError, ValueError, IndexError, TypeError, AttributeError, RecursionError) as error:
        raise Suspicious(
            "archive_damaged", f"It is a damaged office file ({str(error)[:100]}); save it again."
        ) from None


def _is_encrypted(storage: Any, names: set[str]) -> bool:
    if "encryptedpackage" in names or "encryptedsummary" in names:
        return True
    if "worddocument" in names:
        head = storage.openstream("WordDocument").read(12)
        return len(head) == 12 and bool(head[11] & 1)  # noqa: PLR2004 - fEncrypted of the header
    book = next((name for name in ("workbook", "book") if name in names), None)
    return book is not None and _has_filepass(storage.openstream(book).read(64 * 1024))


def _has_filepass(data: bytes) -> bool:
    """A record of that name comes right behind the beginning of an encrypted workbook."""
    at = 0
    for _ in range(20):
        if data[at : at + 2] == b"\x2f\x00":
            return True
        at += 4 + int.from_bytes(data[at + 2 : at + 4], "little")
        if at + 4 > len(data):
            break
    return False


def _look_into_pdf(file: IO[bytes], bounds: Bounds) -> None:
    import pypdfium2  # noqa: PLC0415 - needed by PDFs only

    try:
        document = pypdfium2.PdfDocument(file, autoclose=False)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower() and not bounds.encrypted:
            raise Suspicious("encrypted", "It is protected by a password; save a copy without and send that.") from None
        return  # damaged: whoever reads it says so
    try:
        pages = len(document)
    finally:
        document.close()
    if pages > bounds.pages:
        raise Suspicious("too_many_pages", f"It has {pages:,} pages; {bounds.pages:,} are taken. Split it.")


def _look_into_xml(file: IO[bytes], budget: Budget) -> None:
    depth = 0
    parser = expat.ParserCreate()

    def refuse(*_: Any) -> None:
        raise Suspicious("xml_entities", "It declares XML entities; send it without.")

    def enter(*_: Any) -> None:
        nonlocal depth
        depth += 1
        if depth > budget.bounds.nesting:
            raise Suspicious("xml_depth", f"Its elements lie more than {budget.bounds.nesting} deep; send it simpler.")

    def leave(*_: Any) -> None:
        nonlocal depth
        depth -= 1

    parser.EntityDeclHandler = refuse
    parser.UnparsedEntityDeclHandler = refuse
    parser.StartElementHandler = enter
    parser.EndElementHandler = leave
    try:
        while block := file.read(_BLOCK):
            budget.spend(len(block))
            parser.Parse(block, False)  # noqa: FBT003 - its own signature
    except expat.ExpatError:
        return  # not well-formed: whoever reads it says so
    except (ValueError, LookupError):
        detail = "Its XML is in an encoding that cannot be looked into here; save it as UTF-8."
        raise Suspicious("unchecked", detail) from None
