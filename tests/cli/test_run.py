"""`docchain run` in general: exit codes, inputs, and refusals that say what to do."""

import json

import pytest

HELLO = """\
workflow: hello
inputs:
  name: {type: string, default: world}
  times: {type: integer, default: 1}
steps:
  - id: text
    use: text.template
    with: {template: "Hello {{ name }} x{{ times }}", data: "${inputs}"}
output: "${steps.text.text}"
"""
FAILING = "workflow: broke\nsteps:\n  - {id: stop, use: fail, with: {message: 'No [money] left'}}\n"


def test_success_is_0_and_inputs_keep_their_type(docchain):
    done = docchain("run", docchain.write("hello.yaml", HELLO), "-i", "name=Ana", "--input", "times=3", "--json")
    assert (done.code, done.lines[0]["status"], done.lines[0]["output"]) == (0, "succeeded", "Hello Ana x3")
    assert done.lines[0]["file"] is None


def test_a_failed_run_is_1(docchain):
    done = docchain("run", docchain.write("broke.yaml", FAILING))
    assert done.code == 1
    assert "stop: No [money] left" in done.out  # brackets are shown as they are


def test_a_run_that_waits_is_3_until_it_is_answered(docchain, approval):
    done = docchain("run", approval)
    assert done.code == 3
    assert "waits for a person: docchain approvals list" in done.out
    assert "Pay 5?" in docchain("approvals", "list").out
    answered = docchain("approvals", "answer", "approval_1", "approve", "--comment", "Fine")
    assert (answered.code, answered.out) == (0, "approval_1: approved\n")
    assert docchain("approvals", "answer", "approval_1", "reject").code == 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("workflow: a\nsteps:\n  - id: [\n", "line 4"),
        (
            "workflow: a\nsteps:\n  - {id: x, use: docment.parse}\n",
            "steps[0].use no step kind is named 'docment.parse'",
        ),
        ("workflow: a\nsteps:\n  - {id: x, use: fail, with: {message: m}, needs: [x]}\n", "wait for each other"),
        ("workflow: a\noutput: " + "[" * 500, "nests deeper"),
        ("workflow: a\noutput: '${" + "(" * 1000 + "}'\n", "output "),
    ],
)
def test_a_definition_with_faults_is_2_and_tells_where(docchain, text, told):
    refused = docchain("run", docchain.write("bad.yaml", text))
    assert (refused.code, refused.out) == (2, "")
    assert told in refused.err
    assert len(refused.err) < 1000


def test_what_cannot_be_read_is_2(docchain):
    hello = docchain.write("hello.yaml", HELLO)
    missing = docchain("run", hello, "nowhere.pdf")
    assert (missing.code, missing.err) == (2, "✗ There is no file nowhere.pdf.\n")
    no_workflow = docchain("run", "nowhere.yaml")
    assert (no_workflow.code, no_workflow.out) == (2, "")
    assert "Cannot read the workflow nowhere.yaml" in no_workflow.err
    (docchain.folder / "latin.yaml").write_bytes("workflow: año".encode("latin-1"))
    assert "Cannot read the workflow latin.yaml" in docchain("run", "latin.yaml").err


def test_wrong_inputs_are_2(docchain):
    hello = docchain.write("hello.yaml", HELLO)
    wrong = docchain("run", hello, "-i", "times=often")
    assert (wrong.code, wrong.err) == (2, "✗ inputs.times must be a whole number\n")
    assert "write it as name=value" in docchain("run", hello, "-i", "times").err
    no_document = docchain("run", hello, hello)
    assert no_document.code == 2
    assert "no input has the type document" in no_document.err
    assert docchain("runs", "list", "--json").lines == [[]]


def test_a_workspace_that_is_not_there_is_2(docchain):
    refused = docchain("run", docchain.write("hello.yaml", HELLO), "-w", "elsewhere")
    assert (refused.code, refused.out) == (2, "")
    assert "elsewhere" in refused.err


def test_two_processes_do_not_execute_on_one_folder(docchain, approval):
    with docchain.serving():
        refused = docchain("run", approval)
    assert (refused.code, refused.out) == (2, "")
    assert f"Another docchain process works on {docchain.folder / 'data'}." in refused.err
    assert "--data-dir" in refused.err


def test_what_a_run_waits_for_is_told(docchain):
    paid = "  - {id: paid, use: wait, needs: [], with: {signal: paid}}\n"
    later = "  - {id: later, use: wait, needs: [], with: {for: 1h}}\n"
    waits = docchain.write("waits.yaml", f"workflow: waits\nsteps:\n{paid}{later}")
    done = docchain("run", waits)
    assert (done.code, "waits for a person" in done.out) == (3, False)
    assert "paid waits for the signal paid" in done.out
    assert "later waits for its time" in done.out
    assert docchain("run", waits, "--json").lines[0]["waits"] == {"paid": "paid", "later": "time"}
    unknown = docchain("runs", "resolve", "run_1", "nope", "failed")
    assert (unknown.code, unknown.err) == (2, "✗ The run has no step 'nope'. Its steps are paid, later.\n")
    assert "is not parked" in docchain("runs", "resolve", "run_1", "paid", "failed").err


def test_names_of_files_change_nothing_on_the_screen(docchain):
    takes = docchain.write("takes.yaml", "workflow: takes\ninputs:\n  document: {type: document}\n")
    done = docchain("run", takes, docchain.write("a\x1b[31m\x9b\u202eb.txt", "hello"))
    assert (done.code, "│ a[31mb.txt │" in done.out) == (0, True)


def test_what_others_wrote_changes_nothing_on_the_screen(docchain):
    stop = {"id": "stop", "use": "fail", "with": {"message": "No\x1b]0;money\x07 left"}}
    broke = docchain.write("broke.json", json.dumps({"workflow": "broke", "title": "B\x1b[2Jroke", "steps": [stop]}))
    done = docchain("run", broke)
    assert (done.code, "stop: No]0;money left" in done.out, "B[2Jroke" in done.out) == (1, True, True)
    assert "No]0;money left" in docchain("runs", "show", "run_1").out
    wrong = docchain.write("wrong.json", json.dumps({"workflow": "w", "a\x1b[31m": 1}))
    assert docchain("workflow", "validate", wrong).err.startswith("✗ a[31m ")


def test_a_folder_is_no_file(docchain):
    refused = docchain("run", docchain.write("hello.yaml", HELLO), ".")
    assert (refused.code, refused.err) == (2, "✗ .: a folder; name the files in it.\n")


@pytest.mark.parametrize("name", ["app.db", "journal.db"])
def test_databases_that_cannot_be_used_are_told(docchain, name):
    hello = docchain.write("hello.yaml", HELLO)
    docchain("run", hello)
    file = docchain.folder / "data" / name
    for path in file.parent.glob(f"{name}*"):
        path.unlink()
    file.write_text("nothing that SQLite wrote " * 100)
    for command in (("runs", "show", "run_1"), ("run", hello)):
        refused = docchain(*command)
        assert (refused.code, refused.err) == (2, "✗ The database cannot be used: file is not a database.\n")
    file.unlink()
    file.mkdir()
    refused = docchain("runs", "show", "run_1")
    assert (refused.code, refused.err) == (2, "✗ The database cannot be used: unable to open database file.\n")


def test_a_file_that_is_not_taken_stays_out_alone(docchain):
    takes = docchain.write("takes.yaml", "workflow: takes\ninputs:\n  document: {type: document}\n")
    program = docchain.folder / "factura.pdf"
    program.write_bytes(b"MZ" + bytes(58) + (64).to_bytes(4, "little") + b"PE\0\0" + bytes(200))
    note = docchain.write("nota.txt", "nota")
    done = docchain("run", takes, program, note, note, "--json")
    assert [(line["status"], line["duplicate_of"]) for line in done.lines] == [
        ("refused", None),
        ("succeeded", None),
        ("succeeded", "nota.txt"),
    ]
    fault = {"path": "", "code": "program", "severity": "error"}
    assert done.lines[0]["faults"] == [fault | {"message": "factura.pdf: It is a program; programs are not taken."}]
    assert (done.code, done.lines[0]["run"]) == (1, None)
    (items,) = docchain("intake", "list", "--json").lines
    assert [(item["source"], item["outcome"], item["name"]) for item in items] == [
        ("cli", "accepted", "nota.txt"),
        ("cli", "accepted", "nota.txt"),
        ("cli", "refused", "factura.pdf"),
    ]
    shown = docchain("run", takes, program)
    assert (shown.code, "refused" in shown.out) == (1, True)
