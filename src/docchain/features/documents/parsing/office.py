"""Word, Excel, PowerPoint and HTML to Markdown, page by page where the format has slides or sheets."""

import asyncio
import io
import re
import zipfile
import zlib
from typing import Any

from docchain.features.documents.parsing.failures import Unreadable
from docchain.features.documents.parsing.kinds import NAMES, Kind
from docchain.features.documents.parsing.limits import ParseLimits

CHUNK = 1024 * 1024
MEMBERS = 20_000


def to_markdown(data: bytes, name: str, kind: Kind, limits: ParseLimits) -> tuple[list[str], str | None]:
    """Markdown of each slide or sheet (one text for other formats) and the document's title."""
    if kind is not Kind.HTML:
        check_archive(data, name, kind, limits)
    result = _extracted(data, name, kind)
    parts = [page.content for page in result.pages or []] if kind in {Kind.XLSX, Kind.PPTX} else []
    if kind is Kind.XLSX:
        parts = _with_sheet_names(parts, result.content)
    return parts or [result.content], result.metadata.title


def check_archive(data: bytes, name: str, kind: Kind, limits: ParseLimits) -> None:
    """Unpack every member once, counting: a bomb is refused before anything keeps what it unpacks."""
    total = 0
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if len(members) > MEMBERS:
                raise _too_large(name)
            for member in members:
                with archive.open(member) as stream:
                    while block := stream.read(CHUNK):
                        total += len(block)
                        if total > limits.expanded:
                            raise _too_large(name)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError, NotImplementedError):
        raise Unreadable(
            "damaged", f"{name} is not a readable {NAMES[kind]}: the file is damaged or incomplete; export it again."
        ) from None


def _extracted(data: bytes, name: str, kind: Kind) -> Any:
    try:
        found = asyncio.run(_extract(data, name, kind))
        if found.results and not found.errors:
            return found.results[0]
        reason = found.errors[0].message if found.errors else "nothing in it can be read"
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # noqa: BLE001 -- native code raises its panics past Exception
        reason = str(error)
    reason = " ".join(reason.split())[:200].rstrip(".")
    raise Unreadable(
        "damaged", f"{name} is not a readable {NAMES[kind]}: {reason}; open it, save it again and send that."
    )


async def _extract(data: bytes, name: str, kind: Kind) -> Any:
    import xberg  # noqa: PLC0415 -- heavy

    config = xberg.ExtractionConfig(
        use_cache=False,
        disable_ocr=True,
        output_format=xberg.OutputFormat("markdown"),
        content_filter=xberg.ContentFilterConfig(
            strip_repeating_text=False, include_headers=True, include_footers=True, include_footnotes=True
        ),
        pages=xberg.PageConfig(extract_pages=True),
        html_options=xberg.ConversionOptions(extract_metadata=False),
    )
    source = xberg.ExtractInput(kind=xberg.ExtractInputKind.BYTES, bytes=data, filename=name, mime_type=kind.value)
    return await xberg.extract(source, config)


def _with_sheet_names(parts: list[str], content: str) -> list[str]:
    names = re.findall(r"^## (.+)$", content, re.MULTILINE)
    if len(names) != len(parts):
        return parts
    return [f"## {name}\n\n{part}" for name, part in zip(names, parts, strict=True)]


def _too_large(name: str) -> Unreadable:
    return Unreadable("too_large", f"{name} unpacks to more than this server accepts; split it and send the parts.")
