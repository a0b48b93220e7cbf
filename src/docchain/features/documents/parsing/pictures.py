"""Images as pages: each frame is read by OCR; the page's size in points comes from the picture's resolution."""

import io
import warnings
from collections.abc import Iterator
from typing import Any

from docchain.features.documents.parsing.failures import Unreadable
from docchain.features.documents.parsing.kinds import NAMES, Kind
from docchain.features.documents.parsing.limits import ParseLimits

A4_LONG, A4_SHORT = 842.0, 595.0
FAITHFUL_DPI = range(70, 1300)


def frames(data: bytes, name: str, kind: Kind, limits: ParseLimits) -> Iterator[tuple[Any, float]]:
    """Upright PIL images with their points a pixel."""
    from PIL import Image, ImageOps, ImageSequence  # noqa: PLC0415 -- only in children

    Image.MAX_IMAGE_PIXELS = limits.pixels
    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(data), formats=(kind.name,)) as image:
            warnings.simplefilter("ignore")
            for number, frame in enumerate(ImageSequence.Iterator(image)):
                _check(number, frame, name, limits)
                upright = ImageOps.exif_transpose(frame.convert("RGB"))
                yield upright, _points_a_pixel(frame, upright)
    except Image.DecompressionBombError:
        raise _too_large(name, limits) from None
    except (Unreadable, MemoryError):
        raise
    except Exception:  # noqa: BLE001 -- decoders raise whatever they like on damaged files
        raise Unreadable(
            "damaged", f"{name} is not a readable {NAMES[kind]}: the file is damaged or incomplete; scan it again."
        ) from None


def _check(number: int, frame: Any, name: str, limits: ParseLimits) -> None:
    if number >= limits.ocr_pages or frame.width * frame.height > limits.pixels:
        raise _too_large(name, limits)


def _points_a_pixel(frame: Any, upright: Any) -> float:
    dpi = float(frame.info.get("dpi", (0, 0))[0] or 0)
    if round(dpi) in FAITHFUL_DPI and round(dpi) != 72:  # noqa: PLR2004 -- cameras say 72 without meaning it
        return 72 / dpi
    width: int = upright.width
    return (A4_SHORT if upright.height >= width else A4_LONG) / width


def _too_large(name: str, limits: ParseLimits) -> Unreadable:
    return Unreadable(
        "too_large",
        f"{name} is larger than {limits.pixels // 1_000_000} megapixels or {limits.ocr_pages} pictures; "
        "scan it at 200 to 300 dpi, in parts.",
    )
