"""The other commands, without a server and beside one."""

import json

import httpx
from command_line import EXAMPLE, eventually, sign_in


def test_workflow_validate_show_schema_and_steps(docchain):
    example = EXAMPLE / "workflow.yaml"
    valid = docchain("workflow", "validate", example)
    assert (valid.code, valid.out) == (0, "✓ invoice_intake: 5 steps, 3 inputs\n")
    shown = docchain("workflow", "show", example)
    assert "fields extract.fields after text" in shown.out
    assert "approve human.approval after fields when" in shown.out
    schema = json.loads(docchain("workflow", "schema").out)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["required"] == ["workflow"]
    steps = docchain("workflow", "steps").out
    for kind in ("document.parse", "extract.fields", "human.approval", "deliver.folder", "value.set"):
        assert kind in steps
    assert not (docchain.folder / "data").exists()  # who only looks leaves no data behind


def test_every_fault_of_a_definition_is_told(docchain):
    text = "workflow: a\nsteps:\n  - {id: x, use: nope}\n  - {id: y, use: fail, with: {}}\noutput: ${steps.z}\n"
    refused = docchain("workflow", "validate", docchain.write("bad.yaml", text))
    assert (refused.code, refused.out) == (2, "")
    assert [line.split()[1] for line in refused.err.splitlines()] == ["steps[0].use", "steps[1].with.message", "output"]


def test_documents_are_added_listed_shown_and_fetched(docchain):
    first = docchain.write("nota [1].txt", "Hola, ¿qué tal?\n")
    docchain.write("copia.txt", "Hola, ¿qué tal?\n")
    added = docchain("document", "add", first, "copia.txt")
    assert added.out.splitlines() == [
        "document_1  nota [1].txt",
        "document_2  copia.txt (the same bytes are stored already)",
    ]
    assert [item["handle"] for item in docchain("document", "list", "--json").lines[0]] == ["document_2", "document_1"]
    shown = json.loads(docchain("document", "show", "document_1").out)
    assert (shown["name"], shown["current"]["size"]) == ("nota [1].txt", 18)
    fetched = docchain("document", "get", "document_1", "-o", "out.txt")
    assert fetched.out == "out.txt\n"
    assert (docchain.folder / "out.txt").read_text() == "Hola, ¿qué tal?\n"
    full = docchain("document", "get", "document_1", "-o", "/dev/full")
    assert (full.code, full.out, full.err) == (2, "", "✗ No space left on device.\n")


def test_a_folder_without_data_is_told_and_left_alone(docchain):
    for command in (
        ("runs", "list"),
        ("runs", "show", "run_1"),
        ("runs", "cancel", "run_1"),
        ("runs", "resolve", "run_1", "pay", "failed"),
        ("approvals", "list"),
        ("approvals", "answer", "approval_1", "approve"),
        ("document", "list"),
        ("document", "show", "document_1"),
        ("document", "get", "document_1"),
    ):
        refused = docchain(*command, "--data-dir", "typo")
        assert (refused.code, refused.out) == (2, ""), command
        assert refused.err == (
            "✗ There is no data in typo. Name its folder with --data-dir or DOCCHAIN_DATA_DIR; "
            "`docchain run` and `docchain serve` make a new one.\n"
        )
    assert list(docchain.folder.iterdir()) == []


def test_what_is_not_there_is_told(docchain, approval):
    docchain("document", "add", approval)
    for command in (
        ("document", "show", "document_9"),
        ("document", "add", "nowhere.txt"),
        ("runs", "show", "run_9"),
        ("runs", "resolve", "run_9", "pay", "confirmed"),
        ("approvals", "answer", "approval_9", "approve"),
        ("approvals", "answer", "approval_9", "approve", "--values", "[]"),
    ):
        refused = docchain(*command)
        assert (refused.code, refused.out) == (2, ""), command
        assert refused.err.startswith("✗ "), command


def test_a_word_that_is_none_of_the_choices_is_told(docchain):
    refused = docchain("runs", "resolve", "run_1", "pay", "perhaps")
    assert (refused.code, refused.out) == (2, "")
    assert "'confirmed', 'failed', 'resend'" in refused.err
    assert "sleeping is none of queued, running" in docchain("runs", "list", "--status", "sleeping").err


def test_a_cancelled_run_ends_at_the_next_start(docchain, approval):
    assert docchain("run", approval).code == 3
    assert docchain("runs", "cancel", "run_1", "--reason", "Not needed").out == "run_1: cancelling\n"
    with docchain.serving() as url:
        ended = eventually(lambda: _ended(url, "run_1"))
    assert ended["status"] == "cancelled"
    assert "Not needed" in ended["message"]


def test_an_answer_given_without_a_server_counts_at_its_start(docchain, approval):
    assert docchain("run", approval, "-i", "amount=7").code == 3
    docchain("approvals", "answer", "approval_1", "approve")
    with docchain.serving() as url:
        assert eventually(lambda: _ended(url, "run_1"))["output"] == 7


def test_commands_work_beside_a_server(docchain, approval):
    with docchain.serving() as url, httpx.Client(base_url=f"{url}/api/v3", headers=sign_in(url)) as client:
        client.post("/workflows", json={"definition": approval.read_text()})
        run = client.post("/workflows/1/execute", json={"wait": 5}).json()
        eventually(lambda: client.get("/approvals").json()["items"])
        assert "Pay 5?" in docchain("approvals", "list").out
        assert json.loads(docchain("runs", "show", run["handle"], "--json").out)["waits"] == {"ask": "approval"}
        docchain("approvals", "answer", "approval_1", "approve")
        assert eventually(lambda: _ended(url, "run_1"))["status"] == "succeeded"
        docchain("document", "add", approval)
        assert client.get("/documents/document_1/content").text == approval.read_text()


def _ended(url: str, run: str):
    found = httpx.get(f"{url}/api/v3/runs/{run}", headers=sign_in(url)).json()
    return found if found["ended_at"] else None
