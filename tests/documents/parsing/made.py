"""Small documents made on the spot."""

import io
import tempfile
import zipfile
from email.message import EmailMessage
from pathlib import Path
from xml.sax.saxutils import escape

import pypdfium2
import typst

TYPES = '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">{}</Types>'
RELATIONS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    "{}</Relationships>"
)
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
XML = '<Default Extension="xml" ContentType="application/xml"/>'
RELS = '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'


def pdf(markup: str) -> bytes:
    return typst.compile(markup.encode())


def pdf_of(text: str, scan: bytes) -> bytes:
    """A page of text and a page that is only a picture."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "scan.png").write_bytes(scan)
        main = Path(folder, "main.typ")
        main.write_text(f'{text}\n#set page(margin: 0pt)\n#image("scan.png", width: 100%)', encoding="utf-8")
        return typst.compile(main, root=main.parent)


def docx(*blocks: str | list[list[str]]) -> bytes:
    """Paragraphs and tables; a paragraph that starts with `# ` is a heading."""
    body = "".join(_word_block(block) for block in blocks)
    main = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    return _zip(
        {
            "[Content_Types].xml": _types(("/word/document.xml", main)),
            "_rels/.rels": RELATIONS.format(_relation("rId1", "officeDocument", "word/document.xml")),
            "word/document.xml": '<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/'
            f'wordprocessingml/2006/main"><w:body>{body}</w:body></w:document>',
        }
    )


def xlsx(**sheets: list[list[str | float]]) -> bytes:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    names = list(sheets)
    parts = {
        f"xl/worksheets/sheet{number}.xml": f'<?xml version="1.0"?><worksheet xmlns="{main}"><sheetData>'
        + "".join(f"<row>{''.join(_sheet_cell(value) for value in row)}</row>" for row in sheets[name])
        + "</sheetData></worksheet>"
        for number, name in enumerate(names, start=1)
    }
    listed = "".join(
        f'<sheet name="{escape(name)}" sheetId="{number}" r:id="rId{number}"/>'
        for number, name in enumerate(names, start=1)
    )
    return _zip(
        {
            "[Content_Types].xml": _types(
                ("/xl/workbook.xml", f"{kind}.sheet.main+xml"),
                *((f"/{part}", f"{kind}.worksheet+xml") for part in parts),
            ),
            "_rels/.rels": RELATIONS.format(_relation("rId1", "officeDocument", "xl/workbook.xml")),
            "xl/workbook.xml": f'<?xml version="1.0"?><workbook xmlns="{main}" xmlns:r="{OFFICE}">'
            f"<sheets>{listed}</sheets></workbook>",
            "xl/_rels/workbook.xml.rels": RELATIONS.format(
                "".join(
                    _relation(f"rId{number}", "worksheet", f"worksheets/sheet{number}.xml")
                    for number in range(1, len(names) + 1)
                )
            ),
            **parts,
        }
    )


def pptx(*slides: list[str]) -> bytes:
    kind = "application/vnd.openxmlformats-officedocument.presentationml"
    main = "http://schemas.openxmlformats.org/presentationml/2006/main"
    drawing = "http://schemas.openxmlformats.org/drawingml/2006/main"
    numbers = range(1, len(slides) + 1)
    parts = {
        f"ppt/slides/slide{number}.xml": f'<?xml version="1.0"?><p:sld xmlns:p="{main}" xmlns:a="{drawing}"><p:cSld>'
        f"<p:spTree>{''.join(_shape(text) for text in slide)}</p:spTree></p:cSld></p:sld>"
        for number, slide in zip(numbers, slides, strict=True)
    }
    listed = "".join(f'<p:sldId id="{255 + number}" r:id="rId{number}"/>' for number in numbers)
    return _zip(
        {
            "[Content_Types].xml": _types(
                ("/ppt/presentation.xml", f"{kind}.presentation.main+xml"),
                *((f"/{part}", f"{kind}.slide+xml") for part in parts),
            ),
            "_rels/.rels": RELATIONS.format(_relation("rId1", "officeDocument", "ppt/presentation.xml")),
            "ppt/presentation.xml": f'<?xml version="1.0"?><p:presentation xmlns:p="{main}" xmlns:r="{OFFICE}">'
            f"<p:sldIdLst>{listed}</p:sldIdLst></p:presentation>",
            "ppt/_rels/presentation.xml.rels": RELATIONS.format(
                "".join(_relation(f"rId{number}", "slide", f"slides/slide{number}.xml") for number in numbers)
            ),
            **parts,
        }
    )


def eml(subject: str, body: str, **attachments: bytes) -> bytes:
    """Attachments are named by keyword: `factura_pdf` becomes `factura.pdf`."""
    message = EmailMessage()
    message["From"] = "Ana Muñoz <ana@example.com>"
    message["To"] = "Compras <compras@example.com>"
    message["Subject"] = subject
    message["Date"] = "Tue, 05 Mar 2024 10:00:00 +0100"
    message.set_content(body)
    for name, data in attachments.items():
        filename = ".".join(name.rsplit("_", 1))
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=filename)
    return message.as_bytes()


def image(data: bytes, kind: str = "PNG", dpi: int = 150, angle: float = 0) -> bytes:
    """The first page of a PDF as a scanned image."""
    scan = pypdfium2.PdfDocument(data)[0].render(scale=dpi / 72, grayscale=True).to_pil()
    if angle:
        scan = scan.rotate(angle, fillcolor=255, expand=angle % 90 == 0)
    stream = io.BytesIO()
    scan.save(stream, kind, dpi=(dpi, dpi))
    return stream.getvalue()


def _word_block(block: str | list[list[str]]) -> str:
    if isinstance(block, str):
        style = '<w:pPr><w:pStyle w:val="Heading1"/></w:pPr>' if block.startswith("# ") else ""
        return f"<w:p>{style}<w:r><w:t>{escape(block.removeprefix('# '))}</w:t></w:r></w:p>"
    rows = ("<w:tr>" + "".join(f"<w:tc>{_word_block(cell)}</w:tc>" for cell in row) + "</w:tr>" for row in block)
    return f"<w:tbl>{''.join(rows)}</w:tbl>"


def _sheet_cell(value: str | float) -> str:
    if isinstance(value, str):
        return f'<c t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f"<c><v>{value}</v></c>"


def _shape(text: str) -> str:
    return f"<p:sp><p:txBody><a:p><a:r><a:t>{escape(text)}</a:t></a:r></a:p></p:txBody></p:sp>"


def _types(*overrides: tuple[str, str]) -> str:
    return TYPES.format(
        RELS + XML + "".join(f'<Override PartName="{part}" ContentType="{kind}"/>' for part, kind in overrides)
    )


def _relation(name: str, kind: str, target: str) -> str:
    return f'<Relationship Id="{name}" Type="{OFFICE}/{kind}" Target="{target}"/>'


def _zip(members: dict[str, str]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return stream.getvalue()
