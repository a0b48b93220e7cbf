"""Plain text and CSV as lines and tables."""

import csv
import io

from docchain.features.documents.parsing.failures import Unreadable
from docchain.features.documents.parsing.grid import Rows
from docchain.features.documents.parsing.limits import ParseLimits

SAMPLE = 64 * 1024
BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def decode_text(data: bytes, name: str, limits: ParseLimits) -> str:
    """Text by its byte order mark, as UTF-8, or else as Windows writes it."""
    encodings = [encoding for mark, encoding in BOMS if data.startswith(mark)] or ["utf-8", "cp1252"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        break
    else:
        text = data.decode("latin-1")
    if len(text) > limits.characters:
        raise Unreadable("too_large", f"{name} holds more text than this server reads; split it and send the parts.")
    visible = (c if c.isprintable() or c in "\n\t" else " " for c in text.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(visible)


def csv_rows(text: str, name: str, limits: ParseLimits) -> Rows:
    csv.field_size_limit(limits.characters)
    try:
        dialect: type[csv.Dialect] | csv.Dialect = csv.Sniffer().sniff(text[:SAMPLE], delimiters=",;\t|")
    except csv.Error:
        dialect = csv.excel
    try:
        rows = [row for row in csv.reader(io.StringIO(text), dialect) if any(row)]
    except csv.Error:
        raise Unreadable("damaged", f"{name} is not a readable CSV table; export it again.") from None
    if sum(map(len, rows)) > limits.cells:
        raise Unreadable("too_large", f"{name} has more than {limits.cells} cells; split it and send the parts.")
    return [[" ".join(cell.split()) for cell in row] for row in rows]
