"""Bad input is told precisely, with its place, and leaves nothing behind."""

import json
import re
from pathlib import Path

import httpx
import pytest


def _refused(admin, definition, status=422):
    before = admin.get("/workflows", params={"total": "true", "limit": 1}).json()["total"]
    answer = admin.post("/workflows", json={"definition": definition})
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert admin.get("/workflows", params={"total": "true", "limit": 1}).json()["total"] == before
    return [(fault["path"], fault["code"], fault["message"]) for fault in answer.json()["errors"]]


def _step(**more):
    return {"id": "one", "use": "value.set", "with": {"values": {}}} | more


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("workflow: a\nsteps:\n  - id: [\n", "line 4"),
        ("workflow: a\nsteps:\n  - id: x\n use: fail\n", "line 4"),
        ("workflow: a\n\tsteps: []\n", "line 2"),
        ("workflow: a\nsteps: []\nsteps: []\n", "line 3"),
        ("workflow: a\nx: &one [1]\ny: *one\n", "line 3"),
        ("workflow: a\nx: " + "[" * 200 + "]" * 200, "line 2"),
        ("- a\n- b\n", ""),
        ("", ""),
    ],
)
def test_broken_yaml_names_the_line(admin, text, path):
    faults = _refused(admin, text)
    assert [(fault[0], fault[1]) for fault in faults] == [(path, "syntax")]


def test_all_faults_of_a_definition_are_told_at_once(admin):
    steps = [
        {"id": "one", "use": "docment.parse"},
        {"id": "two", "use": "value.set", "with": {"values": {"x": "${steps.nobody.y}"}}},
        {"id": "three", "use": "text.template", "with": {"template": 5, "colour": "red"}},
        {"id": "one", "use": "fail", "with": {"message": "m"}, "needs": ["nobody"]},
    ]
    faults = _refused(admin, {"workflow": "bad", "steps": steps, "output": "${inputs.missing}"})
    paths = {path for path, _, _ in faults}
    assert {
        "steps[0].use",
        "steps[1].with.values.x",
        "steps[2].with.template",
        "steps[2].with.colour",
        "steps[3].id",
        "steps[3].needs[0]",
        "output",
    } <= paths
    suggestion = next(message for path, _, message in faults if path == "steps[0].use")
    assert "document.parse" in suggestion


def test_a_cycle_names_its_steps(admin):
    steps = [_step(id="a", needs=["c"]), _step(id="b", needs=["a"]), _step(id="c", needs=["b"])]
    faults = _refused(admin, {"workflow": "ring", "steps": steps})
    assert [code for _, code, _ in faults] == ["cycle"]
    assert all(step in faults[0][2] for step in "abc")


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ("${steps.later.x}", "reference"),
        ("${inputs.total +}", "expression"),
        ("${nothing}", "expression"),
        ("${" + "(" * 2_000 + "1" + ")" * 2_000 + "}", "expression"),
        ("${" + "1+" * 20_000 + "1}", "expression"),
        ("${[1,2,3].map(a, [1,2,3].map(b, " * 30 + "1" + "))" * 30 + "}", "expression"),
    ],
)
def test_a_wrong_expression_is_found_before_anything_runs(admin, expression, code):
    faults = _refused(admin, {"workflow": "bad", "steps": [_step(**{"with": {"values": {"x": expression}}})]})
    assert [(path, found) for path, found, _ in faults] == [("steps[0].with.values.x", code)]
    assert len(faults[0][2]) < 500


def test_an_expression_bomb_is_told_to_split_up(admin):
    big = "${" + "[1,2,3,4,5,6,7,8,9,10].map(a," * 6 + "a" + ")" * 6 + "}"
    faults = _refused(admin, {"workflow": "bomb", "steps": [_step(**{"with": {"values": {"x": big}}})]})
    assert "split it over several steps" in faults[0][2]


def test_an_expression_that_grows_with_its_input_fails_alone(admin):
    steps = [_step(**{"with": {"values": {"x": "${inputs.n.map(a, inputs.n.map(b, a + b))}"}}})]
    workflow = admin.workflow(steps, inputs={"n": {"type": "list"}})
    run = admin.run(workflow, {"n": list(range(20_000))})
    assert (run["status"], run["failed_step"], run["failure"]) == ("failed", "one", "bad_input")
    assert admin.get("/health").json()["status"] == "ok"


@pytest.mark.parametrize(
    ("inputs", "path"),
    [
        ({}, "inputs.total"),
        ({"total": "a lot"}, "inputs.total"),
        ({"total": 1, "invoice": "document_999999"}, "inputs.invoice"),
        ({"total": 1, "invoice": {"sha256": "../../etc/passwd"}}, "inputs.invoice"),
        ({"total": 1, "day": "2026-02-30"}, "inputs.day"),
    ],
)
def test_wrong_inputs_are_refused_before_a_run_exists(admin, inputs, path):
    declared = {
        "total": {"type": "number"},
        "invoice": {"type": "document", "required": False},
        "day": {"type": "date", "required": False},
    }
    workflow = admin.workflow([], inputs=declared)
    answer = admin.post(f"/workflows/{workflow}/execute", json={"inputs": inputs})
    assert answer.status_code == 422
    assert [fault["path"] for fault in answer.json()["errors"]] == [path]
    assert admin.get("/runs", params={"workflow": workflow}).json()["items"] == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"name": "x"', 400),
        (b'{"name": "\xff\xfe"}', 400),
        (b'{"name": ' + b"[" * 5_000 + b"]" * 5_000 + b"}", 400),
        (b'{"definition": ' + b'{"a":' * 60 + b"1" + b"}" * 60 + b"}", 422),
        (b'{"name": 1e999}', 400),
        (b'{"name": NaN}', 400),
        (b'{"name": "a\\u0000b"}', 400),
        (b'{"name": "\\ud800"}', 400),
        (b"[]", 422),
        (b'"text"', 422),
        (b"", 422),
    ],
)
def test_a_body_that_is_no_proper_json_is_refused(admin, body, status):
    answer = admin.post("/workflows", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == status, answer.text
    assert answer.json()["status"] == status
    assert answer.json()["detail"]


def test_a_number_that_no_computer_adds_is_refused(admin):
    body = b'{"inputs": {"n": 1' + b"0" * 5_000 + b"}}"
    answer = admin.post("/workflows/1/execute", content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_body")


def test_a_number_too_large_to_add_fails_the_run_not_the_server(admin):
    workflow = admin.workflow([], inputs={"n": {"type": "integer"}}, output="${inputs.n + 1}")
    run = admin.run(workflow, {"n": 10**400})
    assert (run["status"], run["failure"]) == ("failed", "bad_input")


@pytest.mark.parametrize("name", ["../../etc/passwd", "..\\..\\boot.ini", "/etc/shadow", "a/b.txt", "..", "con\n.txt"])
def test_a_file_name_is_never_a_path(shared, admin, name):
    stored = admin.post("/documents", params={"name": name}, content=b"harmless").json()
    assert not set("/\\\x00\n") & set(stored["name"])
    assert stored["name"] not in {".", "..", ""}
    header = admin.get(f"/documents/{stored['handle']}/content").headers["content-disposition"]
    assert header.startswith("attachment; filename=")
    assert not (shared.folder / "etc").exists()


def test_a_refusal_tells_of_a_file_by_its_safe_name(admin):
    refused = admin.post("/documents", params={"name": "../con\n.pdf"}, content=b"harmless").json()
    told = "con .pdf: Its name says application/pdf, but its content is text/plain; name it right."
    assert (refused["code"], refused["detail"]) == ("file_refused", told)


def _deliver(admin, folder):
    files = [{"name": "../../escaped.txt", "text": "x"}]
    steps = [{"id": "out", "use": "deliver.folder", "with": {"folder": folder, "files": files}}]
    return admin.run(admin.workflow(steps, output="${steps.out.paths}"))


@pytest.mark.parametrize(
    ("folder", "told"),
    [
        ("../outside", "'../outside' is no plain folder"),
        ("a/../../outside", "'a/../../outside' is no plain folder"),
        ("/etc", "'/etc' is not below "),
    ],
)
def test_a_folder_outside_is_denied(shared, admin, folder, told):
    run = _deliver(admin, folder)
    assert (run["status"], run["failure"]) == ("failed", "denied")
    assert run["message"].startswith(told)
    assert not (shared.folder / "outside").exists()
    assert not (shared.data_dir / "outside").exists()


def test_a_delivered_name_is_no_path_and_home_is_no_place(shared, admin):
    run = _deliver(admin, "~/x")
    delivered = Path(run["output"][0])
    assert delivered.parent == shared.data_dir / "deliveries" / "~" / "x"
    assert re.fullmatch(r"escaped-[0-9a-f]{12}\.txt", delivered.name)
    assert delivered.read_text() == "x"


def test_the_import_of_a_file_that_is_no_text_says_which_byte(admin):
    refused = admin.post("/workflows/import", content=b"workflow: a\xff", headers={"content-type": "application/yaml"})
    assert refused.status_code == 422
    assert "byte 12" in refused.json()["errors"][0]["message"]


def test_guessing_a_password_is_slowed_down(shared):
    codes = {
        httpx.post(
            f"{shared.url}/api/v3/auth/login", json={"username": "nobody", "password": f"wrong{number}"}
        ).status_code
        for number in range(12)
    }
    assert codes == {401, 429}


def test_errors_show_nothing_of_the_inside(shared, admin):
    text = json.dumps([admin.get("/workflows/%00").text, admin.get("/runs/" + "9" * 400).text])
    assert str(shared.data_dir) not in text
    assert "Traceback" not in text
    assert "sqlite" not in text.lower()


def test_a_file_name_with_a_nul_is_refused(admin):
    refused = admin.post("/documents", params={"name": "a\x00b.txt"}, content=b"harmless")
    assert (refused.status_code, refused.json()["errors"][0]["path"]) == (400, "query.name")
