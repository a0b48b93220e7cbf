"""Writes the frozen invoices and their answers to a folder: `python evals/make_layouts.py OUT [layouts|holdout]`."""

import json
import sys
from pathlib import Path
from typing import Any

import pypdfium2
from office import docx_of, letter_of, xlsx_of
from paper import Box, boxes_of, pdf_of, scan_of, turned

LAYOUTS = Path(__file__).parent / "layouts"
HOLDOUT = LAYOUTS.with_name("holdout")
BOXED = ("number", "date", "total")


def _boxes(pdf: bytes, answers: dict[str, Any]) -> dict[str, list[Box]]:
    """The true boxes, turned with the page when it is scanned."""
    angle = answers.get("made_as", {}).get("angle", 0)
    size = pypdfium2.PdfDocument(pdf)[0].get_size()
    found = {name: boxes_of(pdf, answers["fields"][name]["printed"]) for name in BOXED}
    return {name: [turned(box, size, angle) for box in boxes] for name, boxes in found.items()}


def _from_typst(source: Path, answers: dict[str, Any]) -> tuple[str, bytes, dict[str, list[Box]]]:
    pdf, name = pdf_of(source), source.stem
    match answers.get("made_as", {}):
        case {"kind": "scan", **how}:
            data = scan_of(pdf, **how, name=name)
            return f"{name}.pdf", data, _boxes(pdf, answers)
        case {"kind": "letter"}:
            return f"{name}.eml", letter_of(pdf, name, answers["made_as"]), {}
        case _:
            return f"{name}.pdf", pdf, _boxes(pdf, answers)


def made(answers_file: Path) -> tuple[str, bytes, dict[str, Any]]:
    """File name, bytes and answers (with boxes where there is a page) of one layout."""
    name = answers_file.stem
    answers = json.loads(answers_file.read_text("utf-8"))
    source = next(path for path in sorted(answers_file.parent.glob(f"{name}.*")) if path != answers_file)
    if source.suffix == ".typ":
        file_name, data, boxes = _from_typst(source, answers)
        return file_name, data, {**answers, "boxes": boxes}
    if source.name.endswith(".docx.txt"):
        return f"{name}.docx", docx_of(source.read_text("utf-8")), answers
    if source.name.endswith(".xlsx.txt"):
        return f"{name}.xlsx", xlsx_of(source.read_text("utf-8")), answers
    return source.name, source.read_bytes(), answers


def make(out: Path, layouts: Path = LAYOUTS) -> list[Path]:
    """All documents of one set, each beside its `.answers.json`; returns the documents."""
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for answers_file in sorted(layouts.glob("*.json")):
        file_name, data, answers = made(answers_file)
        (out / file_name).write_bytes(data)
        text = json.dumps({"file": file_name, **answers}, ensure_ascii=False, indent=1)
        (out / f"{answers_file.stem}.answers.json").write_text(text, "utf-8")
        written.append(out / file_name)
    return written


def main() -> int:
    match sys.argv[1:]:
        case [out] | [out, "layouts"]:
            written = make(Path(out))
        case [out, "holdout"]:
            written = make(Path(out), HOLDOUT)
        case _:
            sys.stderr.write("Say where to write: python evals/make_layouts.py OUT [layouts|holdout]\n")
            return 2
    sys.stdout.write(f"{len(written)} documents in {out}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
