"""An export that proves itself: contents, their PROV and a manifest of hashes, in a folder; verified with nothing else.

The manifest lists every file with its SHA-256 and size; `ROOT` has the manifest's own. Whoever keeps the root hash
elsewhere (the event `document.exported` does) can tell that nothing at all was altered.
"""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from docchain.features.documents.proving.prov import prov_of
from docchain.features.documents.proving.schemas import DocumentLineage

MANIFEST: Final = "manifest.json"
ROOT: Final = "ROOT"
PROV: Final = "prov.json"
LINEAGE: Final = "lineage.json"
CONTENT: Final = "content"
_FORMAT: Final = "docchain document export 1"
_CHUNK: Final = 1024 * 1024
Open = Callable[[str], AsyncIterator[bytes]]


class NotAnExport(Exception):
    """The folder has no readable manifest."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The first thing that is not as it was exported; `path` is empty when all is."""

    path: str = ""
    problem: str = ""
    files: int = 0
    root: str = ""


async def write_export(folder: Path, lineage: DocumentLineage, open_: Open) -> str:
    """Write contents first, the manifest last; return the root hash.

    Args:
        folder: where to; made here.
        lineage: what is exported: every version in it with its content.
        open_: reads content by its SHA-256.

    Raises:
        FileExistsError: there is something already.
    """
    await asyncio.to_thread((folder / CONTENT).mkdir, parents=True)
    for sha256 in sorted({version.sha256 for version in lineage.versions}):
        with await asyncio.to_thread((folder / CONTENT / sha256).open, "xb") as file:
            async for chunk in open_(sha256):
                await asyncio.to_thread(file.write, chunk)
    return await asyncio.to_thread(_seal, folder, lineage)


def _seal(folder: Path, lineage: DocumentLineage) -> str:
    _write(folder / LINEAGE, lineage.model_dump(mode="json"))
    _write(folder / PROV, prov_of(lineage))
    files = [
        {"path": path, "sha256": hash_of(folder / path), "size": (folder / path).stat().st_size}
        for path in _files(folder)
    ]
    _write(folder / MANIFEST, {"format": _FORMAT, "version_id": str(lineage.version_id), "files": files})
    root = hash_of(folder / MANIFEST)
    (folder / ROOT).write_text(root + "\n", encoding="ascii")
    return root


def verify_export(folder: Path, root: str = "") -> Finding:
    """Recompute every hash; name the first thing that was altered.

    Args:
        folder: the export.
        root: the root hash as it was told when the export was made, if it was kept elsewhere.

    Raises:
        NotAnExport: the folder is no export.
    """
    manifest = _read(folder)
    found = hash_of(folder / MANIFEST)
    kept = (folder / ROOT).read_text(encoding="ascii", errors="replace").strip() if (folder / ROOT).is_file() else ""
    if root and found != root.strip().lower():
        return Finding(MANIFEST, f"its hash is {found}, not {root}")
    if found != kept:
        return Finding(MANIFEST, f"its hash is {found}, but {ROOT} says {kept or 'nothing'}")
    problem = next(_problems(folder, manifest), None)
    return problem or Finding(files=len(manifest["files"]), root=found)


def hash_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _problems(folder: Path, manifest: dict[str, Any]) -> Iterator[Finding]:
    known = {ROOT, MANIFEST}
    for told in manifest["files"]:
        path = str(told["path"])
        known.add(path)
        if Path(path).is_absolute() or ".." in Path(path).parts:
            yield Finding(path, "it is outside of the folder")
        elif not (folder / path).is_file():
            yield Finding(path, "it is missing")
        elif (found := hash_of(folder / path)) != told["sha256"]:
            yield Finding(path, f"its SHA-256 is {found}, and was {told['sha256']}")
        elif path.startswith(f"{CONTENT}/") and path != f"{CONTENT}/{told['sha256']}":
            yield Finding(path, "its name is not the hash of its content")
    for version in json.loads((folder / LINEAGE).read_bytes())["versions"]:
        if f"{CONTENT}/{version['sha256']}" not in known:
            yield Finding(f"{CONTENT}/{version['sha256']}", f"it is missing: version {version['id']} has this content")
    for path in _files(folder):
        if path not in known:
            yield Finding(path, "it was not part of the export")


def _files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def _read(folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_bytes())
        if manifest["format"] == _FORMAT and all({"path", "sha256"} <= told.keys() for told in manifest["files"]):
            return manifest
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass
    raise NotAnExport(f"{folder} has no readable {MANIFEST}; name the folder that `docchain document export` made.")


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
