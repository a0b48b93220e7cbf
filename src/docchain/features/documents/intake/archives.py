"""Archives, walked within a budget: entries, bytes, depth; what an archive says of itself is not believed."""

import bz2
import gzip
import lzma
import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import chain
from tempfile import TemporaryFile
from typing import IO, Any, Final

from docchain.features.documents.intake import signatures as kinds
from docchain.features.documents.intake.findings import MIB, Bounds, Suspicious
from docchain.features.documents.intake.programs import refuse_program

Look = Callable[[IO[bytes], str, "Budget"], str]

_BLOCK: Final = 256 * 1024
_SMALL: Final = 16 * MIB
_HEAD: Final = 4096
_UNPACKERS: Final[dict[str, Callable[[IO[bytes]], Any]]] = {
    kinds.GZIP: lambda file: gzip.GzipFile(fileobj=file),
    kinds.BZIP2: bz2.BZ2File,
    kinds.XZ: lzma.LZMAFile,
}
_BROKEN: Final = (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, tarfile.TarError)
_LOOKED_INTO: Final = frozenset({kinds.ZIP, kinds.GZIP, kinds.BZIP2, kinds.XZ, kinds.TAR, kinds.OLE})
_PROLOG: Final = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
_OFFICE: Final = {
    "word/document.xml": kinds.DOCX,
    "xl/workbook.xml": kinds.XLSX,
    "xl/workbook.bin": kinds.XLSX,
    "ppt/presentation.xml": kinds.PPTX,
}


class Budget:
    """What is left for one file and all that is in it."""

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self.bytes = bounds.expanded
        self.entries = bounds.entries
        self.depth = 0

    def spend(self, size: int) -> None:
        self.bytes -= size
        if self.bytes < 0:
            most = self.bounds.expanded // MIB
            raise Suspicious("archive_bomb", f"It unpacks to more than {most} MiB; send the files by themselves.")

    def enter(self, count: int) -> None:
        self.entries -= count
        if self.entries < 0:
            raise Suspicious("archive_bomb", f"It has more than {self.bounds.entries:,} files in it; send fewer.")

    def check_ratio(self, unpacked: int, packed: int) -> None:
        if unpacked > _SMALL and unpacked > self.bounds.ratio * max(1, packed):
            raise Suspicious(
                "archive_bomb",
                f"It unpacks to more than {self.bounds.ratio} times its size; send the files themselves.",
            )


def look_into_zip(file: IO[bytes], size: int, budget: Budget, look: Look) -> str:
    """Walk a ZIP archive or an office file; return what it is."""
    try:
        with zipfile.ZipFile(file) as archive:
            infos = archive.infolist()
            budget.enter(len(infos))
            _check_zip(infos, size, budget)
            media_type = _kind_of(archive, infos)
            _check_office(archive, infos, budget.bounds)
            for info in infos:
                _look_at_member(archive, info, budget, look, is_office=media_type != kinds.ZIP)
            return media_type
    except (*_BROKEN, NotImplementedError, ValueError, RuntimeError) as error:
        raise Suspicious("archive_damaged", f"It cannot be unpacked ({str(error)[:120]}); pack it again.") from None


def _check_zip(infos: list[zipfile.ZipInfo], size: int, budget: Budget) -> None:
    if not budget.bounds.encrypted and any(info.flag_bits & 1 for info in infos):
        raise Suspicious("encrypted", "It is protected by a password; send it without.")
    packed, unpacked = sum(info.compress_size for info in infos), sum(info.file_size for info in infos)
    if packed > size:
        raise Suspicious("archive_bomb", "Files in it lie over each other, as they do only in traps.")
    budget.check_ratio(unpacked, packed)
    for info in infos:
        parts = re.split(r"[/\\]", info.filename)
        if ".." in parts or info.filename.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", info.filename):
            raise Suspicious("archive_names", f"It would write outside of its folder ({info.filename[:80]!r}).")


def _kind_of(archive: zipfile.ZipFile, infos: list[zipfile.ZipInfo]) -> str:
    names = {info.filename for info in infos}
    for part, media_type in _OFFICE.items():
        if part in names:
            return media_type
    if "mimetype" in names:
        with suppress(*_BROKEN, RuntimeError), archive.open("mimetype") as said:
            told = said.read(100).decode("ascii", "replace").strip()
            if re.fullmatch(r"application/[\w.+-]+", told):
                return told
    return kinds.PROGRAM if "META-INF/MANIFEST.MF" in names else kinds.ZIP


def _check_office(archive: zipfile.ZipFile, infos: list[zipfile.ZipInfo], bounds: Bounds) -> None:
    if bounds.macros:
        return
    for info in infos:
        name = info.filename.lower()
        if name.rpartition("/")[2].startswith("vbaproject") or "/macrosheets/" in name or name.startswith("basic/"):
            raise Suspicious("macros", "It has macros in it; save a copy without macros, as DOCX, XLSX or PPTX.")
    if any(info.filename == "[Content_Types].xml" for info in infos):
        with archive.open("[Content_Types].xml") as types:
            if b"macroenabled" in types.read(MIB).lower():
                raise Suspicious("macros", "It is of a type for macros; save it as DOCX, XLSX or PPTX.")


def _look_at_member(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: Budget, look: Look, *, is_office: bool
) -> None:
    if info.is_dir() or info.flag_bits & 1:
        return
    with archive.open(info) as member:
        head = member.read(_HEAD)
        if is_office and info.filename.endswith((".xml", ".rels")) and _PROLOG.search(head.replace(b"\0", b"")):
            raise Suspicious(
                "xml_entities", f"{info.filename[:80]} in it declares XML entities, as no office file does."
            )
        look_at_part(head, _blocks(member), "" if is_office else info.filename, budget, look)


def look_at_part(head: bytes, rest: Iterator[bytes], name: str, budget: Budget, look: Look) -> None:
    """Look at what is in an archive or a message: no program, and nothing worse within it."""
    budget.spend(len(head))
    media_type = kinds.seen_type(head)
    refuse_program(name, media_type, budget.bounds)
    if media_type in _LOOKED_INTO:
        _descend(chain((head,), rest), name, budget, look)
    else:
        for block in rest:
            budget.spend(len(block))


def look_into_stream(file: IO[bytes], size: int, media_type: str, budget: Budget, look: Look) -> None:
    """Unpack gzip, bzip2 or xz, and look at what comes out."""
    try:
        unpacked = _UNPACKERS[media_type](file)
        _descend(_measured(unpacked, size, budget), "", budget, look)
    except _BROKEN as error:
        raise Suspicious("archive_damaged", f"It cannot be unpacked ({str(error)[:120]}); pack it again.") from None


def look_into_tar(file: IO[bytes], budget: Budget, look: Look) -> str:
    try:
        with tarfile.open(fileobj=file, mode="r:") as archive:
            for member in archive:
                budget.enter(1)
                if ".." in member.name.split("/") or member.name.startswith("/"):
                    raise Suspicious("archive_names", f"It would write outside of its folder ({member.name[:80]!r}).")
                content = archive.extractfile(member) if member.isfile() else None
                if content is None:
                    continue
                look_at_part(content.read(_HEAD), _blocks(content), member.name, budget, look)
    except _BROKEN as error:
        raise Suspicious("archive_damaged", f"It cannot be unpacked ({str(error)[:120]}); pack it again.") from None
    return kinds.TAR


def _descend(blocks: Iterator[bytes], name: str, budget: Budget, look: Look) -> str:
    """Look at what is in an archive as at a file of its own."""
    if budget.depth >= budget.bounds.depth:
        raise Suspicious(
            "archive_depth",
            f"Archives lie more than {budget.bounds.depth} deep in it; send the inner ones by themselves.",
        )
    with TemporaryFile() as inner:
        written = 0
        for block in blocks:
            budget.spend(len(block))
            written += len(block)
            if written > budget.bounds.member:
                most = budget.bounds.member // MIB
                raise Suspicious("archive_bomb", f"A file in it is larger than {most} MiB; send it by itself.")
            inner.write(block)
        inner.seek(0)
        budget.depth += 1
        try:
            media_type = look(inner, name, budget)
        finally:
            budget.depth -= 1
    refuse_program(name, media_type, budget.bounds)
    return media_type


def _measured(unpacked: IO[bytes], size: int, budget: Budget) -> Iterator[bytes]:
    seen = 0
    while block := unpacked.read(_BLOCK):
        seen += len(block)
        budget.check_ratio(seen, size)
        yield block


def _blocks(member: IO[bytes]) -> Iterator[bytes]:
    while block := member.read(_BLOCK):
        yield block
