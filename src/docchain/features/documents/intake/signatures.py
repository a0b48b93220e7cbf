"""What content is, told by its first bytes and never by its name."""

import re
from pathlib import PurePath
from typing import Final

HEAD: Final = 64 * 1024
BINARY: Final = "application/octet-stream"
PDF: Final = "application/pdf"
ZIP: Final = "application/zip"
GZIP: Final = "application/gzip"
BZIP2: Final = "application/x-bzip2"
XZ: Final = "application/x-xz"
TAR: Final = "application/x-tar"
OLE: Final = "application/x-ole-storage"
XML: Final = "application/xml"
SVG: Final = "image/svg+xml"
HTML: Final = "text/html"
MAIL: Final = "message/rfc822"
TEXT: Final = "text/plain"
SEVEN_ZIP: Final = "application/x-7z-compressed"
RAR: Final = "application/vnd.rar"
PROGRAM: Final = "application/x-executable"
_OFFICE: Final = "application/vnd.openxmlformats-officedocument."
DOCX: Final = f"{_OFFICE}wordprocessingml.document"
XLSX: Final = f"{_OFFICE}spreadsheetml.sheet"
PPTX: Final = f"{_OFFICE}presentationml.presentation"

_SIGNATURES: Final = (
    (rb"\x89PNG\r\n\x1a\n", "image/png"),
    (rb"\xff\xd8\xff", "image/jpeg"),
    (rb"GIF8[79]a", "image/gif"),
    (rb"II\*\x00|MM\x00\*", "image/tiff"),
    (rb"RIFF.{4}WEBP", "image/webp"),
    (rb".{4}ftyp(heic|heix|mif1|avif)", "image/heif"),
    (rb"PK\x03\x04|PK\x05\x06", ZIP),
    (rb"\x1f\x8b\x08", GZIP),
    (rb"BZh[1-9]1AY&SY", BZIP2),
    (rb"\xfd7zXZ\x00", XZ),
    (rb"\x28\xb5\x2f\xfd", "application/zstd"),
    (rb"7z\xbc\xaf\x27\x1c", SEVEN_ZIP),
    (rb"Rar!\x1a\x07", RAR),
    (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OLE),
    (rb"\x7fELF[\x01\x02]", PROGRAM),
    (rb"(\xfe\xed\xfa[\xce\xcf]|[\xce\xcf]\xfa\xed\xfe)", PROGRAM),
    (rb"\xca\xfe\xba\xbe\x00\x00", PROGRAM),
    (rb"\x4c\x00\x00\x00\x01\x14\x02\x00", PROGRAM),
    (rb"\x00asm\x01\x00\x00\x00", PROGRAM),
    (rb"#!\s*/", PROGRAM),
    (rb"\{\\rtf", "application/rtf"),
    (rb"%!PS", "application/postscript"),
)
_COMPILED: Final = tuple((re.compile(pattern, re.DOTALL), kind) for pattern, kind in _SIGNATURES)
_HTML: Final = re.compile(rb"\s*+(?><!--.*?-->\s*+)*+<(!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_XML: Final = re.compile(rb"\s*+(?><!--.*?-->\s*+)*+(<\?xml\b|<!DOCTYPE\b|<!ENTITY\b)", re.IGNORECASE | re.DOTALL)
_SVG: Final = re.compile(rb"<(\w+:)?svg\b", re.IGNORECASE)
_MAIL: Final = re.compile(
    rb"(received|return-path|from|to|subject|date|message-id|mime-version|delivered-to)\s*:", re.IGNORECASE
)
_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
_TAR_AT: Final = 257

OF_NAMES: Final = {
    ".pdf": PDF, ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif",
    ".tif": "image/tiff", ".tiff": "image/tiff", ".webp": "image/webp", ".heic": "image/heif", ".docx": DOCX,
    ".xlsx": XLSX, ".pptx": PPTX, ".zip": ZIP, ".gz": GZIP, ".tgz": GZIP, ".bz2": BZIP2, ".xz": XZ, ".tar": TAR,
    ".7z": SEVEN_ZIP, ".rar": RAR, ".xls": OLE, ".ppt": OLE, ".msg": OLE, ".rtf": "application/rtf",
    ".txt": TEXT, ".md": TEXT, ".csv": TEXT, ".tsv": TEXT, ".log": TEXT, ".json": TEXT, ".html": TEXT, ".htm": TEXT,
    ".xml": TEXT, ".svg": TEXT, ".eml": TEXT,
}  # fmt: skip
"""What a name promises; texts of all kinds promise only to be text."""
_TEXTS: Final = frozenset({TEXT, HTML, MAIL, XML, SVG})
_DECLARED: Final = frozenset(set(OF_NAMES.values()) - {TEXT, ZIP, OLE})


def seen_type(head: bytes) -> str:
    """The media type of what begins with these bytes; archives are looked into by others."""
    if head.startswith(b"MZ") and _is_program(head):
        return PROGRAM
    for pattern, kind in _COMPILED:
        if pattern.match(head):
            return kind
    if head[_TAR_AT : _TAR_AT + 5] == b"ustar":
        return TAR
    if head.startswith(b"%PDF") or b"%PDF-" in head[:1024]:
        return PDF
    return _text_type(head)


def _text_type(head: bytes) -> str:
    start = head[:4096]
    plain = start.removeprefix(b"\xef\xbb\xbf")
    if start.startswith(_MARKS):
        plain = start.decode("utf-16", "replace").encode()
    elif _is_unmarked_utf16(start):
        return TEXT
    elif b"\0" in start or _controls(start) * 50 > len(start):
        return BINARY
    if _HTML.match(plain):
        return HTML
    if _SVG.search(plain[:1024]) and plain.lstrip().startswith(b"<"):
        return SVG
    if _XML.match(plain):
        return XML
    if _MAIL.match(plain) and b"\nsubject:" in b"\n" + plain.lower():
        return MAIL
    return TEXT


def is_text(media_type: str) -> bool:
    return media_type in _TEXTS


def promised(name: str) -> str | None:
    """What the ending of a name promises."""
    return OF_NAMES.get(PurePath(name).suffix.lower())


def declared_type(declared: str | None) -> str | None:
    """What a declaration promises; only types that say something, for browsers call much a stream of bytes."""
    plain = (declared or "").partition(";")[0].strip().lower()
    return plain if plain in _DECLARED else None


def agree(promise: str, seen: str) -> bool:
    """Whether content is what was promised."""
    if promise == seen:
        return True
    if promise == TEXT:
        return is_text(seen)
    if promise == ZIP:
        return seen.startswith("application/") and seen not in (PDF, OLE, BINARY, PROGRAM)
    return promise == GZIP and seen == TAR


def _controls(start: bytes) -> int:
    return sum(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in start)  # noqa: PLR2004 - ASCII controls


def _is_unmarked_utf16(start: bytes) -> bool:
    """Text of Latin letters, two bytes each: one of the two is nearly always zero, the other never."""
    pairs = len(start) // 2
    zeros = sorted((start[::2].count(0), start[1::2].count(0)))
    return pairs > 0 and zeros[0] == 0 and zeros[1] * 10 >= pairs * 9


def _is_program(head: bytes) -> bool:
    at = int.from_bytes(head[60:64], "little")
    return head[at : at + 4] in (b"PE\0\0", b"NE", b"LE\0\0") if 0 < at < len(head) - 4 else False
