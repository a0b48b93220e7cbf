"""Files without pages on paper: their text, set as a PDF. Nothing in it is fetched, run or opened."""

from html import escape
from pathlib import Path
from typing import Final

import msgspec

from docchain.features.documents.parsing.kinds import Kind
from docchain.features.documents.rendering.markup import clean, from_markdown
from docchain.features.documents.rendering.paper import compile_pdf
from docchain.features.documents.rendering.typeset import typst_markup

CHARACTERS: Final = 150_000
_CUT: Final = {"es": "El documento sigue; esta vista termina aquí.", "en": "The document goes on; this view ends here."}
_MARKED_UP: Final = {Kind.DOCX, Kind.XLSX, Kind.PPTX, Kind.HTML, Kind.MARKDOWN, Kind.CSV}


class _Text(msgspec.Struct):
    media_type: str
    text: str
    language: str | None = None


def set_on_paper(parsed: str, made: str, title: str) -> None:
    """From a file with a parsed document to one with a PDF."""
    found = msgspec.json.decode(Path(parsed).read_bytes(), type=_Text)
    language = found.language or "en"
    text = _cut(found.text)
    html = from_markdown(text) if found.media_type in _MARKED_UP else _as_written(text, found.media_type)
    if len(text) < len(found.text):
        html += f"<hr><p>{_CUT.get(language, _CUT['en'])}</p>"
    pdf = compile_pdf(typst_markup(html), title, language)
    with Path(made).open("r+b") as file:
        file.write(pdf)


def _cut(text: str) -> str:
    return text if len(text) <= CHARACTERS else text[: text.rfind("\n", 0, CHARACTERS) + 1] or text[:CHARACTERS]


def _as_written(text: str, media_type: str) -> str:
    """Line by line; a mail's head stands apart from its body."""
    if media_type != Kind.EML:
        return f"<pre>{escape(text)}</pre>"
    head, _, body = text.partition("\n\n")
    fields = [line.partition(": ") for line in head.split("\n")]
    told = "<br>".join(f"<strong>{escape(name)}</strong>: {escape(value)}" for name, _, value in fields)
    paragraphs = (escape(part).replace("\n", "<br>") for part in body.split("\n\n"))
    return clean(f"<p>{told}</p><hr>" + "".join(f"<p>{part}</p>" for part in paragraphs))
