"""What a child process does with an archive or a message: what is in it, one behind the other in one file."""

import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import IO, Any, Final

from docchain.features.documents.intake import mail_explode
from docchain.features.documents.intake import signatures as kinds
from docchain.features.documents.intake.archives import Budget
from docchain.features.documents.intake.findings import Bounds, Suspicious
from docchain.features.documents.intake.inspection import look

_BLOCK: Final = 256 * 1024
_PRESSED: Final = frozenset({kinds.GZIP, kinds.BZIP2, kinds.XZ, kinds.TAR})

Member = tuple[str, Callable[[], IO[bytes] | None]]


def run(given: str, made: str, name: str, only: list[str], bounds: dict[str, Any]) -> dict[str, Any]:
    """Take an archive or a message apart; `bounds` says also how many `files` may come out."""
    most = bounds.pop("files")
    try:
        parts = _parts(Path(given), Path(made), name, only, (most, Bounds(**bounds)))
    except Suspicious as finding:
        return {"code": finding.code, "detail": finding.detail, "parts": []}
    return {"code": "", "detail": "", "parts": parts}


def _parts(given: Path, made: Path, name: str, only: list[str], limits: tuple[int, Bounds]) -> list[dict[str, Any]]:
    most, bounds = limits
    budget = Budget(replace(bounds, runnable=True))  # each file passes intake by itself
    with given.open("rb") as file:
        media_type = look(file, name, budget)
        file.seek(0)
        if media_type == kinds.MAIL or (media_type == kinds.TEXT and name.lower().endswith(".eml")):
            parts = [part for part in mail_explode.run(str(given), str(made))["parts"] if _wanted(part["name"], only)]
            _check_count(len(parts), most)
            return parts
        if media_type != kinds.ZIP and media_type not in _PRESSED:
            raise Suspicious("not_an_archive", f"It is {media_type}; give a ZIP or TAR archive, or a message.")
        members = _zipped if media_type == kinds.ZIP else _tarred
        with made.open("r+b") as out:
            return _written(members(file), out, only, (most, Budget(bounds)))


def _written(
    members: Iterator[Member], out: IO[bytes], only: list[str], limits: tuple[int, Budget]
) -> list[dict[str, Any]]:
    most, budget = limits
    parts: list[dict[str, Any]] = []
    for name, opened in members:
        if not _wanted(name, only):
            continue
        _check_count(len(parts) + 1, most)
        start = out.tell()
        content = opened()
        while content and (block := content.read(_BLOCK)):
            budget.spend(len(block))
            out.write(block)
        parts.append({"name": name, "media_type": None, "start": start, "size": out.tell() - start})
    return parts


def _zipped(file: IO[bytes]) -> Iterator[Member]:
    with zipfile.ZipFile(file) as archive:
        for info in archive.infolist():
            if info.flag_bits & 1:
                raise Suspicious("encrypted", "It is protected by a password; pack it again without.")
            if not info.is_dir() and not stat.S_ISLNK(info.external_attr >> 16) and not _hidden(info.filename):
                yield info.filename, lambda info=info: archive.open(info)  # type: ignore[misc] # read at once


def _tarred(file: IO[bytes]) -> Iterator[Member]:
    try:
        with tarfile.open(fileobj=file, mode="r:*") as archive:
            for member in archive:
                if member.isfile() and not _hidden(member.name):
                    yield member.name, lambda member=member: archive.extractfile(member)  # type: ignore[misc] # the same
    except tarfile.ReadError:
        raise Suspicious("not_an_archive", "One file is compressed in it; send that file as it is.") from None


def _wanted(name: str, only: list[str]) -> bool:
    low = name.lower()
    return not only or any(fnmatchcase(low, f"*/{wanted}") or fnmatchcase(low, wanted) for wanted in only)


def _hidden(name: str) -> bool:
    """What systems put beside the files of people."""
    return name.startswith("__MACOSX/") or name.rpartition("/")[2] in {".DS_Store", "Thumbs.db", "desktop.ini"}


def _check_count(count: int, most: int) -> None:
    if count > most:
        raise Suspicious("too_many_files", f"More than {most:,} files would come out of it; name fewer with `only`.")
