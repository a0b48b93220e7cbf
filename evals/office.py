"""Office files and letters from plain text sources, with fixed dates so that bytes repeat."""

import io
import re
import zipfile
from email.message import EmailMessage
from email.policy import SMTP
from itertools import groupby
from xml.sax.saxutils import escape

_EPOCH = (2026, 1, 1, 0, 0, 0)
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = (
    f'<?xml version="1.0" encoding="UTF-8"?><Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/word/document.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_SHEET_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_SHEET_TYPES = (
    f'<?xml version="1.0" encoding="UTF-8"?><Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_SHEET_KIND}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_SHEET_KIND}.worksheet+xml"/></Types>'
)
_BORDERS = "".join(
    f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="999999"/>'
    for side in ("top", "left", "bottom", "right", "insideH", "insideV")
)


def _relation(kind: str, target: str) -> str:
    link = f'<Relationship Id="rId1" Type="{_OFFICE}/{kind}" Target="{target}"/>'
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="{_PACKAGE}/relationships">{link}</Relationships>'
    )


def _paragraph(line: str) -> str:
    bold = line.startswith(("# ", "**"))
    size = '<w:sz w:val="36"/>' if line.startswith("# ") else ""
    text = escape(line.removeprefix("# ").strip("*"))
    style = f"<w:rPr>{'<w:b/>' if bold else ''}{size}</w:rPr>"
    return f'<w:p><w:r>{style}<w:t xml:space="preserve">{text}</w:t></w:r></w:p>'


def _table(lines: list[str]) -> str:
    rows = [[cell.strip() for cell in line[1:].split("|")] for line in lines]
    grid = "<w:gridCol/>" * max(len(row) for row in rows)
    body = "".join(f"<w:tr>{''.join(f'<w:tc>{_paragraph(cell)}</w:tc>' for cell in row)}</w:tr>" for row in rows)
    looks = f'<w:tblPr><w:tblW w:w="9000" w:type="dxa"/><w:tblBorders>{_BORDERS}</w:tblBorders></w:tblPr>'
    return f"<w:tbl>{looks}<w:tblGrid>{grid}</w:tblGrid>{body}</w:tbl>"


def _zipped(files: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), text, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def docx_of(source: str) -> bytes:
    """`# ` opens a title, `**` a bold line, `| a | b` lines in a row make a table."""
    parts: list[str] = []
    for tabular, group in groupby(source.splitlines(), key=lambda line: line.startswith("|")):
        lines = list(group)
        parts += [_table(lines)] if tabular else [_paragraph(line) for line in lines]
    body = f'<w:document xmlns:w="{_WORD}"><w:body>{"".join(parts)}</w:body></w:document>'
    document = f'<?xml version="1.0" encoding="UTF-8"?>{body}'
    files = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _relation("officeDocument", "word/document.xml"),
        "word/document.xml": document,
    }
    return _zipped(files)


def _row(number: int, line: str) -> str:
    cells = []
    for column, cell in zip("ABCDEFGHIJ", (part.strip() for part in line.split("|")), strict=False):
        if re.fullmatch(r"-?\d+(\.\d+)?", cell):
            cells.append(f'<c r="{column}{number}"><v>{cell}</v></c>')
        elif cell:
            cells.append(f'<c r="{column}{number}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>')
    return f'<row r="{number}">{"".join(cells)}</row>'


def xlsx_of(source: str) -> bytes:
    """One sheet: a line is a row, `|` parts the cells, plain numbers are numbers."""
    rows = "".join(_row(number, line) for number, line in enumerate(source.splitlines(), 1))
    sheet = f'<worksheet xmlns="{_SHEET}"><sheetData>{rows}</sheetData></worksheet>'
    book = (
        f'<workbook xmlns="{_SHEET}" xmlns:r="{_OFFICE}"><sheets><sheet name="1" sheetId="1" r:id="rId1"/></sheets>'
        "</workbook>"
    )
    files = {
        "[Content_Types].xml": _SHEET_TYPES,
        "_rels/.rels": _relation("officeDocument", "xl/workbook.xml"),
        "xl/workbook.xml": book,
        "xl/_rels/workbook.xml.rels": _relation("worksheet", "worksheets/sheet1.xml"),
        "xl/worksheets/sheet1.xml": sheet,
    }
    return _zipped(files)


def letter_of(pdf: bytes, name: str, head: dict[str, str]) -> bytes:
    """An e-mail with the PDF attached; `head` has sender, recipient, subject, date and text."""
    letter = EmailMessage(policy=SMTP)
    letter["From"], letter["To"], letter["Subject"] = head["sender"], head["recipient"], head["subject"]
    letter["Date"], letter["Message-ID"] = head["date"], f"<{name}@mail.example>"
    letter.set_content(head["text"])
    letter.add_attachment(pdf, maintype="application", subtype="pdf", filename=f"{name}.pdf")
    letter.set_boundary(f"=={name}==")
    return letter.as_bytes()
