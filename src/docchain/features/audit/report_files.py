"""Reports as files: CSV that no spreadsheet takes for formulas, and PDF on A4."""

import csv
import io
import json
import tempfile
from pathlib import Path
from typing import Final

from docchain.features.audit.report_schemas import Report

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_TYPST: Final = """
#let report = json("report.json")
#set document(title: report.title, date: none)
#set page(paper: "a4", flipped: true, margin: 1.6cm,
  footer: context align(center, text(size: 7pt)[#counter(page).display() / #counter(page).final().first()]))
#set text(font: "Libertinus Serif", size: 8pt)
#text(size: 15pt, weight: "bold")[#report.title]

Made #report.made_at. #if report.after != none [From #report.after. ] #if report.before != none [Before #report.before.]
#if report.cut [ *There are more lines than fit into one report.*]

#table(columns: report.columns.len(), stroke: 0.3pt + luma(180), inset: 3pt,
  table.header(..report.columns.map(name => strong(name))),
  ..report.lines.flatten())
#if report.lines.len() == 0 [Nothing was found.]
"""


def as_csv(report: Report) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(report.columns)
    writer.writerows([_plain(cell) for cell in line] for line in report.lines)
    return text.getvalue().encode("utf-8-sig")


def _plain(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def as_pdf(report: Report) -> bytes:
    """Takes some seconds for thousands of lines: call it in a thread."""
    import typst  # noqa: PLC0415 - heavy

    with tempfile.TemporaryDirectory(prefix="docchain-report-") as folder:
        main = Path(folder, "main.typ")
        main.write_text(_TYPST, encoding="utf-8")
        Path(folder, "report.json").write_text(json.dumps(report.model_dump(mode="json")), encoding="utf-8")
        made: bytes = typst.compile(main, root=main.parent, ignore_system_fonts=True, format="pdf")
        return made
