"""The frozen invoices: nothing changes after tuning began, and every answer is really printed."""

import hashlib
import json
import re
import sys
from decimal import Decimal
from pathlib import Path

import pypdfium2
import pytest

EVALS = Path(__file__).parents[2] / "evals"
LAYOUTS = EVALS / "layouts"
ANSWERS = sorted(LAYOUTS.glob("*.json"))

sys.path.insert(0, str(EVALS))


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def test_nothing_changed_since_the_freeze():
    locked = dict(line.split("  ")[::-1] for line in (EVALS / "layouts.lock").read_text().splitlines())
    present = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in LAYOUTS.iterdir()}
    assert present == locked


def test_there_are_45_layouts_more_than_half_of_them_spanish():
    assert len(ANSWERS) == 45
    assert sum(path.name.startswith("es") for path in ANSWERS) == 24


@pytest.mark.parametrize("path", ANSWERS, ids=lambda path: path.stem)
def test_the_answers_add_up(path):
    answers = json.loads(path.read_text("utf-8"))
    money = {name: Decimal(answers["fields"].get(name, {}).get("value") or 0) for name in ("net", "tax", "total")}
    if answers["fields"].get("net", {}).get("value") is None:
        assert sum(Decimal(line["amount"]) for line in answers["lines"]) == money["total"]
        return
    withheld, other = (Decimal(answers.get(name, 0)) for name in ("withheld", "other_charges"))
    assert money["net"] + money["tax"] - withheld + other == money["total"]


@pytest.mark.parametrize("path", sorted(LAYOUTS.glob("*.typ")), ids=lambda path: path.stem)
def test_every_answer_is_printed_on_the_page(path):
    from paper import pdf_of  # noqa: PLC0415  # the folder is on the path only now

    if path.name == "prelude.typ":
        return
    pages = [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf_of(path))]
    text, answers = _squeezed(" ".join(pages)), json.loads(path.with_suffix(".json").read_text("utf-8"))
    printed = [field["printed"] for field in answers["fields"].values() if field["printed"]]
    descriptions = [line["description"] for line in answers["lines"]]
    assert [item for item in printed + descriptions if _squeezed(item) not in text] == []


def test_making_twice_gives_the_same_bytes():
    from make_layouts import made  # noqa: PLC0415

    for name in ("es19_limpieza", "es22_traductora", "en20_attached_pdf"):
        assert made(LAYOUTS / f"{name}.json")[1] == made(LAYOUTS / f"{name}.json")[1]
