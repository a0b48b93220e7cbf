"""Paper: typst sources become PDFs, PDFs become scans; the same source always gives the same bytes."""

import io
import math
import random
import zlib
from importlib.util import find_spec
from pathlib import Path

import pypdfium2
import typst
from PIL import Image, ImageChops, ImageFilter

DPI = 200
Box = tuple[int, float, float, float, float]


def _font_paths() -> list[str]:
    """Fonts of installed wheels only: what the machine happens to have must not change a page."""
    specs = [find_spec(name) for name in ("font_lato", "font_source_sans_pro")]
    folders = [str(Path(spec.origin).parent / "files") for spec in specs if spec and spec.origin]
    if len(folders) != len(specs):
        raise SystemExit(
            "Fonts are missing: install `font-lato` and `font-source-sans-pro` (they are in requirements-dev)."
        )
    return folders


def pdf_of(source: Path) -> bytes:
    root = str(source.parents[1])  # one set of layouts may import what another has
    data: bytes = typst.compile(
        str(source), root=root, format="pdf", font_paths=_font_paths(), ignore_system_fonts=True, pdf_tags=False
    )
    return data


def photo_of(pdf: bytes, *, angle: float, noise: int, name: str, page: int = 0, dpi: int = DPI) -> Image.Image:
    """One page as a scanner sees it: a little rotated, soft and noisy; `name` seeds the noise."""
    image = pypdfium2.PdfDocument(pdf)[page].render(scale=dpi / 72, grayscale=True).to_pil().convert("L")
    image = image.rotate(angle, resample=Image.Resampling.BICUBIC, fillcolor=255).filter(ImageFilter.GaussianBlur(0.6))
    grains = random.Random(zlib.crc32(name.encode())).randbytes(image.width * image.height)  # noqa: S311  # noise, no secret
    grain = Image.frombytes("L", image.size, grains).point(lambda value: value * 2 * noise // 255)
    return ImageChops.add(image, grain, 1.0, -noise)


def scan_of(pdf: bytes, *, angle: float, noise: int, quality: int, name: str, dpi: int = DPI) -> bytes:
    """A PDF that holds nothing but JPEG images of the pages."""
    pages = [
        photo_of(pdf, angle=angle, noise=noise, name=name, page=index, dpi=dpi)
        for index in range(len(pypdfium2.PdfDocument(pdf)))
    ]
    out = io.BytesIO()
    dates = {"creationDate": None, "modDate": None}
    pages[0].save(out, "PDF", resolution=dpi, quality=quality, save_all=True, append_images=pages[1:], **dates)
    return out.getvalue()


def boxes_of(pdf: bytes, printed: str) -> list[Box]:
    """Every place where the text layer prints this text: page from 1, points from the top-left corner."""
    found: list[Box] = []
    for number, page in enumerate(pypdfium2.PdfDocument(pdf), 1):
        text, height = page.get_textpage(), page.get_height()
        search = text.search(printed, match_case=True)
        while hit := search.get_next():
            chars = [text.get_charbox(index, loose=True) for index in range(hit[0], hit[0] + hit[1])]
            left, bottom, right, top = zip(*chars, strict=True)
            corners = (min(left), height - max(top), max(right), height - min(bottom))
            found.append((number, *(round(value, 1) for value in corners)))
    return found


def turned(box: Box, size: tuple[float, float], angle: float) -> Box:
    """Where the box is after the scanner rotated the page about its middle (counter-clockwise degrees)."""
    page, x0, y0, x1, y1 = box
    sine, cosine = math.sin(math.radians(angle)), math.cos(math.radians(angle))
    middle_x, middle_y = size[0] / 2, size[1] / 2
    points = [
        (
            middle_x + (x - middle_x) * cosine + (y - middle_y) * sine,
            middle_y - (x - middle_x) * sine + (y - middle_y) * cosine,
        )
        for x in (x0, x1)
        for y in (y0, y1)
    ]
    xs, ys = zip(*points, strict=True)
    return (page, round(min(xs), 1), round(min(ys), 1), round(max(xs), 1), round(max(ys), 1))
