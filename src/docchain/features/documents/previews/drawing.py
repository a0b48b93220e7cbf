"""What child processes do for pictures: a page of a file as an image, and files without pages set on paper first."""

import io
from itertools import islice
from pathlib import Path
from typing import Any, Final

import msgspec

from docchain.features.documents.parsing import pictures
from docchain.features.documents.parsing.failures import Unreadable
from docchain.features.documents.parsing.kinds import IMAGES, Kind, detect
from docchain.features.documents.parsing.limits import ParseLimits
from docchain.features.documents.parsing.pdf import open_pdf
from docchain.features.documents.previews.wanted import Wanted

_QUALITY: Final = 80
_FRAMES: Final = 10_000


def draw(given: str, made: str, name: str, media_type: str, wanted: Wanted, limits: ParseLimits) -> dict[str, Any]:
    """Draw a page.

    Returns:
        `width` and `height` of the picture, or what is missing: `paper`, for a file without pages, or the page itself
        from a document of so many `pages`.
    """
    data = Path(given).read_bytes()
    limits.check_size(name, len(data))
    kind = detect(data, name, media_type)
    if kind is Kind.PDF:
        image, pages = _of_pdf(data, name, wanted)
    elif kind in IMAGES:
        image, pages = _of_image(data, name, kind, wanted, limits)
    else:
        return {"missing": "paper"}
    if image is None:
        return {"missing": "page", "pages": pages}
    stream = io.BytesIO()
    image.save(stream, wanted.form, **({"quality": _QUALITY, "method": 2} if wanted.form == "webp" else {}))
    with Path(made).open("r+b") as file:
        file.write(stream.getvalue())
    return {"width": image.width, "height": image.height}


def _of_pdf(data: bytes, name: str, wanted: Wanted) -> tuple[Any, int]:
    from pypdfium2 import PdfiumError  # noqa: PLC0415 - heavy

    document = open_pdf(data, name)
    if wanted.page > len(document):
        return None, len(document)
    try:
        page = document[wanted.page - 1]
        width, height = page.get_size()
        return page.render(scale=_scale(width, height, wanted)).to_pil().convert("RGB"), len(document)
    except PdfiumError:
        raise Unreadable("damaged", f"{name}: page {wanted.page} cannot be shown; export the PDF again.") from None


def _of_image(data: bytes, name: str, kind: Kind, wanted: Wanted, limits: ParseLimits) -> tuple[Any, int]:
    frames = pictures.frames(data, name, kind, msgspec.structs.replace(limits, ocr_pages=_FRAMES))
    shown = next(islice(frames, wanted.page - 1, None), None)
    if shown is None:
        return None, sum(1 for _ in pictures.frames(data, name, kind, limits))
    image = shown[0]
    scale = min(_scale(image.width, image.height, wanted), 1.0)
    size = (max(round(image.width * scale), 1), max(round(image.height * scale), 1))
    return image.resize(size, reducing_gap=2.0), 0


def _scale(width: float, height: float, wanted: Wanted) -> float:
    """Within the box, and within the pixels."""
    if width < 1 or height < 1:
        raise Unreadable("damaged", "The page has no size; export the file again.")
    scale = min(wanted.width / width, wanted.height / height)
    most: float = (wanted.pixels / (width * height)) ** 0.5
    return min(scale, most) * (1 - 1e-9)  # sizes are rounded up
