"""Typst markup to a PDF on A4; the same source gives the same bytes, on every machine and day."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path

from docchain.features.documents.rendering.failures import Unrenderable
from docchain.features.documents.rendering.typeset import literal

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
PAGE_OF = {"es": ("Página", "de"), "en": ("Page", "of")}
LAYOUT = """
#let mono = "DejaVu Sans Mono"
#let ink = rgb("#14324f")
#set document(title: {title}, date: none)
#set page(
  paper: "a4",
  margin: (x: 2.2cm, top: 2.6cm, bottom: 2.4cm),
  header: text(size: 8.5pt, fill: luma(110))[#{title};#v(-6pt)#line(length: 100%, stroke: 0.4pt + luma(200))],
  footer: context align(center, text(size: 8.5pt, fill: luma(110),
    {page} + " " + counter(page).display() + " " + {of} + " " + str(counter(page).final().first()))),
)
#set text(font: "Libertinus Serif", size: 10.5pt, lang: {language}, fill: luma(25))
#set par(leading: 0.62em, spacing: 1em)
#set heading(numbering: none)
#show heading: set text(fill: ink)
#show heading: set block(above: 1.5em, below: 0.8em)
#show heading.where(level: 1): set text(size: 17pt)
#show heading.where(level: 2): set text(size: 13pt)
#show link: set text(fill: rgb("#1f5f99"))
#show raw.where(block: true): it => block(fill: luma(245), inset: 8pt, radius: 3pt, width: 100%, it)
#set quote(block: true)
#show quote: set text(fill: luma(80))
#set table(
  inset: (x: 6pt, y: 5pt),
  stroke: (x, y) => (bottom: if y == 0 {{ 0.8pt + ink }} else {{ 0.4pt + luma(205) }}),
  fill: none,
)
#show table: set text(size: 9.5pt, number-width: "tabular")
#show table: set block(above: 1em, below: 1.2em)
"""


def compile_pdf(markup: str, title: str, language: str) -> bytes:
    import typst  # noqa: PLC0415 -- heavy

    page, of = PAGE_OF.get(language, PAGE_OF["en"])
    layout = LAYOUT.format(title=literal(title), language=literal(language), page=literal(page), of=literal(of))
    with tempfile.TemporaryDirectory() as folder:
        main = Path(folder, "main.typ")
        main.write_text(layout + markup, encoding="utf-8")
        try:
            return typst.compile(main, root=main.parent, ignore_system_fonts=True, format="pdf", timestamp=EPOCH)
        except RuntimeError as error:
            reason = " ".join(str(error).split())[:200]
            raise Unrenderable("layout", f"The document cannot be set as a PDF: {reason}; make it simpler.") from None
