"""Names of documents: whatever a client sends, what is kept and shown is one plain file name."""

import mimetypes
import re
import unicodedata
from pathlib import PurePosixPath
from typing import Final

from docchain.platform.ids import Handle

KIND: Final = "document"
ARRIVED: Final = "inbox"
"""The status of what was just uploaded."""
LONGEST_NAME: Final = 200
UNNAMED: Final = "document"
UNTYPED: Final = "application/octet-stream"
_RESERVED: Final = re.compile(r'[<>:"|?*]')
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_MEDIA_TYPE: Final = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,63}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")


def handle_of(number: int) -> str:
    return str(Handle(KIND, number))


def clean_name(given: str, unnamed: str = UNNAMED) -> str:
    """Make a safe file name: no folders, invisible or reserved characters, at most 200 bytes."""
    last = re.split(r"[/\\]", given.replace("\0", "/"))[-1]
    text = unicodedata.normalize("NFC", last)
    text = "".join(" " if mark in "\t\r\n" else mark for mark in text)
    text = "".join(mark for mark in text if unicodedata.category(mark) not in _INVISIBLE)
    text = re.sub(r"\s+", " ", _RESERVED.sub("_", text)).strip(" .")
    return _shortened(text) or unnamed


def media_type_of(declared: str | None, name: str) -> str:
    """The declared type without its parameters; if it says nothing, the type that the name suggests."""
    plain = (declared or "").partition(";")[0].strip().lower()
    if _MEDIA_TYPE.fullmatch(plain) and plain != UNTYPED:
        return plain
    return _TYPES.get(PurePosixPath(name).suffix.lower()) or mimetypes.guess_type(name, strict=False)[0] or UNTYPED


# Systems disagree on these, and minimal ones know none.
_TYPES: Final = {
    ".md": "text/markdown",
    ".eml": "message/rfc822",
    ".csv": "text/csv",
    ".webp": "image/webp",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}


def _shortened(name: str) -> str:
    """Cut the stem, not the extension."""
    if len(name.encode()) <= LONGEST_NAME:
        return name
    suffix = PurePosixPath(name).suffix
    if len(suffix.encode()) > LONGEST_NAME // 4:
        suffix = ""
    stem = name.removesuffix(suffix).encode()[: LONGEST_NAME - len(suffix.encode())]
    return stem.decode(errors="ignore").rstrip(" .") + suffix
