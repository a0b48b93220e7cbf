"""What the operator's settings say of parsing, wherever texts are read: the same everywhere, or texts would differ."""

from docchain.platform.settings import Settings


def parse_limits(settings: Settings) -> dict[str, int]:
    """Fields of `ParseLimits`."""
    own = settings.limits
    return {"pages": own.max_pages, "pixels": own.max_image_pixels, "ocr_pages": own.max_ocr_pages}
