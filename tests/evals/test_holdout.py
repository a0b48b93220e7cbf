"""The invoices that no rule was tuned on: nothing changes after the freeze, and every answer is really printed."""

import hashlib
import html
import json
import re
import sys
from decimal import Decimal
from pathlib import Path

import pypdfium2
import pytest

EVALS = Path(__file__).parents[2] / "evals"
HOLDOUT = EVALS / "holdout"
ANSWERS = sorted(HOLDOUT.glob("*.json"))

sys.path.insert(0, str(EVALS))

from make_layouts import made  # noqa: E402  # the folder is on the path only now
from paper import pdf_of  # noqa: E402


def _page(answers_file: Path) -> str:
    """What a reader of the document sees, without white space."""
    source = next(path for path in HOLDOUT.glob(f"{answers_file.stem}.*") if path != answers_file)
    text = html.unescape(source.read_text("utf-8"))
    if source.suffix == ".typ":
        text = " ".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf_of(source)))
    return re.sub(r"\s+", "", text)


def test_nothing_changed_since_the_freeze():
    locked = dict(line.split("  ")[::-1] for line in (EVALS / "holdout.lock").read_text().splitlines())
    present = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in HOLDOUT.iterdir()}
    assert present == locked


def test_there_are_32_layouts_and_none_has_the_name_of_a_tuned_one():
    assert len(ANSWERS) == 32
    assert sum(path.name.startswith("es") for path in ANSWERS) == 16
    assert [path.name for path in ANSWERS if (EVALS / "layouts" / path.name).exists()] == []


@pytest.mark.parametrize("path", ANSWERS, ids=lambda path: path.stem)
def test_the_answers_add_up(path):
    answers = json.loads(path.read_text("utf-8"))
    fields = answers["fields"]
    net = Decimal(fields["net"]["value"] or fields["total"]["value"])
    tax, total = Decimal(fields["tax"]["value"] or 0), Decimal(fields["total"]["value"])
    withheld, other = (Decimal(answers.get(name, 0)) for name in ("withheld", "other_charges"))
    assert sum(Decimal(line["amount"]) for line in answers["lines"]) == net
    assert net + tax - withheld + other == total


@pytest.mark.parametrize("path", ANSWERS, ids=lambda path: path.stem)
def test_every_answer_is_printed_on_the_page(path):
    text, answers = _page(path), json.loads(path.read_text("utf-8"))
    printed = [field["printed"] for field in answers["fields"].values() if field["printed"]]
    descriptions = [line["description"] for line in answers["lines"]]
    assert [item for item in printed + descriptions if re.sub(r"\s+", "", item) not in text] == []


def test_the_pages_and_kinds_are_what_the_readme_says():
    pages = {path.stem: pypdfium2.PdfDocument(pdf_of(path)) for path in HOLDOUT.glob("*.typ")}
    assert {name: len(pdf) for name, pdf in pages.items() if len(pdf) > 1} == {
        "en40_carried_forward": 3,
        "es37_suma_y_sigue": 3,
    }
    scans = [path.stem for path in ANSWERS if json.loads(path.read_text("utf-8")).get("made_as")]
    assert scans == ["en41_scanned_leaders", "es43_gestoria_escaneada", "es44_neumaticos_150ppp"]


def test_making_twice_gives_the_same_bytes():
    for name in ("es44_neumaticos_150ppp", "es45_interpretes", "en44_workbook"):
        assert made(HOLDOUT / f"{name}.json")[1] == made(HOLDOUT / f"{name}.json")[1]
