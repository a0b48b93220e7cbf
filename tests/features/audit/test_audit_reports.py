"""Reports as an auditor gets them: lines with their evidence, in three formats."""

import csv
import io

import pypdfium2
import pytest

REPORTS = "/security/audit/reports"
GREETING = {"workflow": "greet", "steps": [{"id": "text", "use": "text.template", "with": {"template": "Hi"}}]}


async def test_lines_name_who_did_what_and_the_entry_that_shows_it(world):
    await world.http.post("/workflows", json={"definition": GREETING})
    report = (await world.http.get(f"{REPORTS}/changes")).json()
    assert report["columns"] == ["at", "actor", "type", "resource", "outcome", "from", "evidence"]
    (line,) = [line for line in report["lines"] if line[2] == "workflow.created"]
    (entry,) = (await world.http.get("/security/audit/logs", params={"type": "workflow.created"})).json()["items"]
    assert line[1:] == [
        "admin",
        "workflow.created",
        "workflow greet",
        "done",
        "192.0.2.7",
        f"entry {entry['position']}",
    ]
    assert report["cut"] is False
    assert (await world.http.get(f"{REPORTS}/changes", params={"before": "2020-01-01T00:00:00Z"})).json()["lines"] == []


async def test_access_and_permissions(world):
    access = (await world.http.get(f"{REPORTS}/access")).json()
    assert [line[2] for line in access["lines"]] == ["session.started"]
    permissions = (await world.http.get(f"{REPORTS}/permissions")).json()
    assert [line[2] for line in permissions["lines"]] == ["membership.added"]
    assert (await world.http.get(f"{REPORTS}/retention")).json()["lines"] == []


@pytest.mark.parametrize(("view", "line"), [("soc2", "PI1.5"), ("iso27001", "A.5.28"), ("gdpr", "Art. 5(2)")])
async def test_a_view_says_what_is_met_and_what_is_not(world, view, line):
    async def found():
        report = (await world.http.get(f"{REPORTS}/{view}")).json()
        return {control: (status, evidence) for control, _, status, evidence in report["lines"]}

    assert (await found())[line] == ("not met", "no checkpoint yet: the sealer has to run")
    await world.services.audit.sealer.catch_up()
    assert (await found())[line] == ("met", "1 signed checkpoints; docchain audit verify")


async def test_evidence_is_an_entry(world):
    report = (await world.http.get(f"{REPORTS}/soc2")).json()
    (signed_in,) = (await world.http.get("/security/audit/logs", params={"type": "session.started"})).json()["items"]
    told = {control: (status, evidence) for control, _, status, evidence in report["lines"]}
    assert told["CC6.1"] == ("met", f"1 entries (session.started); the last: entry {signed_in['position']}")
    assert told["CC6.8"] == ("not met", "no entry of intake.refused in this time")
    assert told["CC6.7"] == ("met", "stored content is encrypted; GET /storage/usage")


async def test_csv_and_pdf(world):
    await world.http.post("/workflows", json={"definition": GREETING | {"workflow": "greet_csv"}})
    answer = await world.http.get(f"{REPORTS}/changes", params={"format": "csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0] == ["at", "actor", "type", "resource", "outcome", "from", "evidence"]
    assert "workflow greet_csv" in [row[3] for row in rows]

    answer = await world.http.get(f"{REPORTS}/changes", params={"format": "pdf"})
    assert answer.headers["content-disposition"] == 'attachment; filename="changes.pdf"'
    text = pypdfium2.PdfDocument(answer.content)[0].get_textpage().get_text_range()
    assert "Changes" in text
    assert "greet_csv" in text


async def test_an_unknown_report_is_refused(world):
    assert (await world.http.get(f"{REPORTS}/sox")).status_code == 422
