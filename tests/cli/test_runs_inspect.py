"""What a run logged and its course in time, on the command line."""

import json

import pytest


@pytest.fixture
def run(docchain, tmp_path):
    parse = {"id": "text", "use": "document.parse", "with": {"document": "${inputs.document}"}}
    ask = {"id": "ask", "use": "human.approval", "with": {"title": "Pay?"}}
    path = tmp_path / "intake.json"
    inputs = {"document": {"type": "document"}}
    path.write_text(json.dumps({"workflow": "intake", "inputs": inputs, "steps": [parse, ask]}))
    (tmp_path / "invoice.txt").write_text("Total: 12,00")
    assert docchain("run", path, tmp_path / "invoice.txt").code == 3
    return "run_1"


def test_lines_are_told_with_their_step_and_fields(docchain, run):
    told = docchain("runs", "logs", run)
    assert told.code == 0
    assert 'info    text  Read invoice.txt: 1 page.  pages=1 media_type="text/plain" bytes=12' in told.out
    assert docchain("runs", "logs", run, "--level", "error").out == "Nothing was logged.\n"
    (line,) = json.loads(docchain("runs", "logs", run, "--step", "text", "--json").out)
    assert (line["number"], line["step"], line["fields"]["pages"]) == (1, "text", 1)


def test_the_timeline_is_a_chart(docchain, run):
    told = docchain("runs", "timeline", run)
    assert told.code == 0
    rows = {line.split()[1]: line for line in told.out.splitlines() if line.startswith("│")}
    assert "█" in rows["text"]
    assert "░" in rows["ask"]
    bars = json.loads(docchain("runs", "timeline", run, "--json").out)["bars"]
    assert [(bar["name"], bar["status"], bar["critical"]) for bar in bars] == [
        ("text", "done", True),
        ("ask", "waiting", True),
    ]


def test_an_unknown_step_is_refused(docchain, run):
    told = docchain("runs", "logs", run, "--step", "pay")
    assert told.code == 2
    assert "The run has no step 'pay'. Its steps are text, ask." in told.err
