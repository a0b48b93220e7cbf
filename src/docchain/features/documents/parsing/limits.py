"""How much one file may cost; everything that reads foreign bytes asks here."""

import msgspec

from docchain.features.documents.parsing.failures import Unreadable

MEGABYTE = 1024 * 1024


class ParseLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Caps on one parse. `expanded` bounds what compressed members may grow to, all together."""

    bytes: int = 256 * MEGABYTE
    expanded: int = 512 * MEGABYTE
    pages: int = 2000
    ocr_pages: int = 200
    pixels: int = 60_000_000
    characters: int = 20_000_000
    cells: int = 2_000_000
    attachments: int = 50
    depth: int = 3
    einvoice: int = 20 * MEGABYTE

    def check_size(self, name: str, size: int) -> None:
        """Raise `Unreadable` for a file that is too large."""
        if size > self.bytes:
            most = self.bytes // MEGABYTE
            raise Unreadable("too_large", f"{name} is larger than {most} MB; split it and send the parts.")
