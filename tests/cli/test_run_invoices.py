"""`docchain run` on the example: every readable file has its values, the broken one exactly one clear fault."""

import json
from pathlib import Path

import pytest
from command_line import EXAMPLE, CommandLine

pytestmark = pytest.mark.xdist_group("example")  # one run for all
FIELD = {"value", "confidence", "page", "box", "text", "accepted"}
LINE = {"file", "run", "status", "waits", "accepted", "fields", "faults", "duplicate_of", "output"}


@pytest.fixture(scope="module")
def expected():
    documents = json.loads((EXAMPLE / "expected.json").read_text(encoding="utf-8"))["documents"]
    return {document["file"]: document for document in documents}


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    """One run over all documents of the example: its folder, exit code and lines."""
    folder = tmp_path_factory.mktemp("example")
    files = sorted((EXAMPLE / "documents").iterdir())
    outcome = CommandLine(folder, {})("run", EXAMPLE / "workflow.yaml", *files, "--json")
    return folder, outcome, {Path(line["file"]).name: line for line in outcome.lines}


def test_every_file_has_one_line_in_the_order_given(example, expected):
    _, outcome, lines = example
    assert list(lines) == sorted(expected)
    assert outcome.code == 1  # one file is broken
    assert outcome.err == ""
    for line in outcome.lines:
        assert line.keys() == LINE
        for field in line["fields"].values():
            assert field.keys() >= FIELD
    assert [line["run"] for line in outcome.lines] == [f"run_{number}" for number in range(1, 11)]


def test_numbers_dates_and_totals_are_as_expected(example, expected):
    _, _, lines = example
    for name, document in expected.items():
        for field in ("number", "date"):
            if field in document["fields"]:
                assert lines[name]["fields"][field]["value"] == document["fields"][field]["value"], name
        if "total" in document["fields"]:
            total = {
                part: document["fields"][key]["value"] for part, key in (("amount", "total"), ("currency", "currency"))
            }
            assert lines[name]["fields"]["total"]["value"] == total, name


def test_every_value_tells_where_it_stands(example):
    _, _, lines = example
    total = lines["factura_jardineria.pdf"]["fields"]["total"]
    assert (total["page"], total["text"]) == (1, "484,00 €")
    assert 0.9 < total["confidence"] <= 1
    left, top, right, bottom = total["box"]
    assert 0 < left < right < 596
    assert 0 < top < bottom < 842


def test_the_broken_file_has_exactly_one_clear_fault(example):
    _, _, lines = example
    broken = lines["factura_danada.pdf"]
    assert (broken["status"], broken["fields"]) == ("failed", {})
    assert [(fault["path"], fault["code"]) for fault in broken["faults"]] == [("text", "bad_input")]
    assert broken["faults"][0]["message"] == (
        "factura_danada.pdf is not a readable PDF: the file is damaged or incomplete; export it again."
    )


def test_faults_of_the_invoices_themselves_are_named(example, expected):
    _, _, lines = example
    for name in ("factura_mensajeria.html", "invoice_print_shop.pdf"):
        assert {fault["code"] for fault in lines[name]["faults"]} == set(expected[name]["faults"])
        assert lines[name]["status"] == "waiting"
        assert lines[name]["accepted"] is False


def test_a_copy_is_told_and_has_the_same_values(example):
    _, _, lines = example
    copy, original = lines["factura_jardineria_copia.pdf"], lines["factura_jardineria.pdf"]
    assert (copy["duplicate_of"], original["duplicate_of"]) == ("factura_jardineria.pdf", None)
    assert copy["fields"] == original["fields"]


def test_what_nobody_had_to_look_at_is_delivered(example):
    folder, _, lines = example
    accepted = [line for line in lines.values() if line["accepted"]]
    assert {"factura_jardineria.pdf", "invoice_hosting.eml"} <= {Path(line["file"]).name for line in accepted}
    for line in accepted:
        values, summary = map(Path, line["output"]["delivered"])
        assert values.parent == folder / "data" / "deliveries" / "invoices"
        assert json.loads(values.read_text())["value"]["number"] == line["fields"]["number"]["value"]
        assert summary.read_bytes().startswith(b"%PDF-")
    assert len(list((folder / "data" / "deliveries" / "invoices").iterdir())) == 2 * len(accepted)


def test_the_commands_afterwards_know_the_runs(example):
    folder, _, lines = example
    docchain = CommandLine(folder, {})
    runs = json.loads(docchain("runs", "list", "--json").out)
    assert {run["handle"]: run["status"] for run in runs} == {line["run"]: line["status"] for line in lines.values()}
    waiting = docchain("approvals", "list").out
    assert "Invoice OT26-003377 of Ofimática Turia, S.A." in waiting
    broken = docchain("runs", "show", lines["factura_danada.pdf"]["run"])
    assert "not a readable PDF" in broken.out
    documents = json.loads(docchain("document", "list", "--json").out)
    assert "factura_jardineria.pdf.summary.pdf" in {document["name"] for document in documents}
