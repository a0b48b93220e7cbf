"""What a file is: decided by its content, and the name must agree."""

import io
import re
import zipfile
from enum import StrEnum
from pathlib import PurePath

from docchain.features.documents.parsing.failures import Unreadable

HEAD = 4096


class Kind(StrEnum):
    """A readable kind of file; the value is its media type."""

    PDF = "application/pdf"
    PNG = "image/png"
    JPEG = "image/jpeg"
    TIFF = "image/tiff"
    WEBP = "image/webp"
    DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
    HTML = "text/html"
    MARKDOWN = "text/markdown"
    TEXT = "text/plain"
    CSV = "text/csv"
    XML = "application/xml"
    EML = "message/rfc822"


IMAGES = {Kind.PNG, Kind.JPEG, Kind.TIFF, Kind.WEBP}
TEXTS = {Kind.HTML, Kind.MARKDOWN, Kind.TEXT, Kind.CSV, Kind.XML, Kind.EML}
EXTENSIONS = {
    ".pdf": Kind.PDF, ".png": Kind.PNG, ".jpg": Kind.JPEG, ".jpeg": Kind.JPEG, ".tif": Kind.TIFF, ".tiff": Kind.TIFF,
    ".webp": Kind.WEBP, ".docx": Kind.DOCX, ".xlsx": Kind.XLSX, ".pptx": Kind.PPTX, ".html": Kind.HTML,
    ".htm": Kind.HTML, ".md": Kind.MARKDOWN, ".markdown": Kind.MARKDOWN, ".txt": Kind.TEXT, ".text": Kind.TEXT,
    ".log": Kind.TEXT, ".csv": Kind.CSV, ".tsv": Kind.CSV, ".eml": Kind.EML, ".xml": Kind.XML, ".xsig": Kind.XML,
}  # fmt: skip
NAMES = {
    Kind.PDF: "PDF", Kind.PNG: "PNG image", Kind.JPEG: "JPEG image", Kind.TIFF: "TIFF image", Kind.WEBP: "WebP image",
    Kind.DOCX: "Word document", Kind.XLSX: "Excel workbook", Kind.PPTX: "PowerPoint presentation",
    Kind.HTML: "HTML page", Kind.MARKDOWN: "Markdown text", Kind.TEXT: "plain text", Kind.CSV: "CSV table",
    Kind.EML: "e-mail", Kind.XML: "XML file",
}  # fmt: skip
SIGNATURES = (
    (rb"\x89PNG\r\n\x1a\n", Kind.PNG),
    (rb"\xff\xd8\xff", Kind.JPEG),
    (rb"II\*\x00|MM\x00\*", Kind.TIFF),
    (rb"RIFF.{4}WEBP", Kind.WEBP),
)
OFFICE_PARTS = {"word/document.xml": Kind.DOCX, "xl/workbook.xml": Kind.XLSX, "ppt/presentation.xml": Kind.PPTX}
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED_OFFICE = "EncryptedPackage".encode("utf-16-le")
HTML_START = re.compile(
    rb"\s*+(<\?xml[^>]*>\s*+)?(?><!--.*?-->\s*+)*+<(!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
XML_START = re.compile(rb"(\xef\xbb\xbf)?\s*<\?xml\s")
MAIL_START = re.compile(
    rb"((received|return-path|from|to|subject|date|message-id|mime-version|delivered-to)\s*:)", re.IGNORECASE
)
SUPPORTED = "Send PDF, DOCX, XLSX, PPTX, HTML, Markdown, text, CSV, XML, EML, PNG, JPEG, TIFF or WebP."


def detect(data: bytes, name: str, declared: str | None = None) -> Kind:
    """The file's kind by content; refuses kinds nobody reads here and names that say something else."""
    if not data.strip(b"\0 \t\r\n"):
        raise Unreadable("empty", f"{name} is empty; export it again.")
    extension = PurePath(name).suffix.lower()
    named = EXTENSIONS.get(extension)
    found = _by_signature(data, name) or _by_text(data, named)
    if found is None:
        raise _unknown(data, name, named, extension)
    for says, who in ((named, f"its name ends in {extension}"), (_declared(declared), f"it was sent as {declared}")):
        if says is not None and _family(says) != _family(found):
            if found in TEXTS or says in TEXTS - {Kind.TEXT, Kind.MARKDOWN}:
                raise _damaged(name, says)
            raise Unreadable(
                "mismatch",
                f"{name} is of another kind ({NAMES[found]}), but {who}; name it right and send it again.",
            )
    if found in TEXTS and named is None and extension:
        raise Unreadable("unsupported", f"{name}: files ending in {extension} cannot be read. {SUPPORTED}")
    return found


def is_hopeless(head: bytes) -> bool:
    """Whether nobody here reads what begins like this, whatever comes after it."""
    marked = any(re.match(pattern, head[:16], re.DOTALL) for pattern, _ in SIGNATURES)
    return not (marked or b"%PDF-" in head[:1024] or head.startswith(b"PK\x03\x04")) and _by_text(head, None) is None


def _by_signature(data: bytes, name: str) -> Kind | None:
    if b"%PDF-" in data[:1024]:
        return Kind.PDF
    for pattern, kind in SIGNATURES:
        if re.match(pattern, data[:16], re.DOTALL):
            return kind
    if data.startswith(b"PK\x03\x04"):
        return _by_parts(data)
    if data.startswith(OLE) and ENCRYPTED_OFFICE in data:
        raise Unreadable(
            "encrypted", f"{name} is protected by a password; save a copy without a password and send it again."
        )
    return None


def _by_parts(data: bytes) -> Kind | None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, EOFError):
        return None
    return next((kind for part, kind in OFFICE_PARTS.items() if part in names), None)


def _by_text(data: bytes, named: Kind | None) -> Kind | None:
    head = data[:HEAD]
    if not head.startswith((b"\xff\xfe", b"\xfe\xff")) and b"\0" in head:
        return None
    controls = sum(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in head)  # noqa: PLR2004 -- ASCII controls
    if not head.startswith((b"\xff\xfe", b"\xfe\xff")) and controls * 50 > len(head):
        return None
    if named in TEXTS:
        return named
    if HTML_START.match(head):
        return Kind.HTML
    if XML_START.match(head):
        return Kind.XML
    if MAIL_START.match(head) and b"\nsubject:" in b"\n" + head.lower():
        return Kind.EML
    return Kind.TEXT


def _declared(media_type: str | None) -> Kind | None:
    """Only types that say something: browsers call CSV a spreadsheet and much else a stream of bytes."""
    plain = (media_type or "").partition(";")[0].strip().lower()
    return next((kind for kind in Kind if kind.value == plain and kind not in TEXTS), None)


def _family(kind: Kind) -> str:
    if kind in IMAGES:
        return "image"
    return "text" if kind in TEXTS else kind.value


def _unknown(data: bytes, name: str, named: Kind | None, extension: str) -> Unreadable:
    if data.startswith(OLE):
        return Unreadable(
            "unsupported", f"{name} is an old Office file; save it as DOCX, XLSX or PPTX and send it again."
        )
    if named is not None:
        return _damaged(name, named)
    what = f"files ending in {extension}" if extension else "files of this kind"
    return Unreadable("unsupported", f"{name}: {what}{_guess(data)} cannot be read. {SUPPORTED}")


def _guess(data: bytes) -> str:
    import puremagic  # noqa: PLC0415 -- rarely needed

    try:
        found = puremagic.from_string(data[: 64 * 1024], mime=True)
    except (puremagic.PureError, ValueError):
        return ""
    return f" ({found})" if found else ""


def _damaged(name: str, kind: Kind) -> Unreadable:
    return Unreadable(
        "damaged", f"{name} is not a readable {NAMES[kind]}: the file is damaged or of another kind; export it again."
    )
