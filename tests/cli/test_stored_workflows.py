"""Stored workflows on the command line: imported, shown, published, compared, executed and followed, exported."""

import json
import subprocess

from command_line import sign_in

GREETING = """\
# Says hello
workflow: greeting
inputs:
  name: {type: string, default: world}
steps:
  - id: text
    use: text.template
    with: {template: "Hello {{ name }}!", data: "${inputs}"}
output: "${steps.text.text}"
"""


def test_a_workflow_from_its_file_to_its_runs(docchain):
    file = docchain.write("greeting.yaml", GREETING)
    assert docchain("workflow", "import", file).out == "workflow_1: stored\n"
    assert docchain("workflow", "export", "workflow_1").out == GREETING
    assert docchain("workflow", "publish", "1", "--note", "first").out == "workflow_1: version 1 is published\n"
    assert docchain("workflow", "label", "1", "1", "production").out == "workflow_1: production is version 1\n"
    changed = docchain.write("changed.yaml", GREETING.replace("Hello", "Hola"))
    assert docchain("workflow", "import", changed, "--on-conflict", "update").out == "workflow_1: changed\n"
    assert docchain("workflow", "diff", "1").out == (
        "Step text: with.template changed from 'Hello {{ name }}!' to 'Hola {{ name }}!'.\n"
    )
    told = json.loads(docchain("workflow", "diff", "1", "--json").out)
    assert (told["from"]["version"], told["to"]["version"]) == (1, None)
    (listed,) = json.loads(docchain("workflow", "list", "--json").out)
    assert (listed["handle"], listed["published_version"], listed["unpublished_changes"]) == ("workflow_1", 1, True)
    (version,) = json.loads(docchain("workflow", "versions", "1", "--json").out)
    assert (version["number"], version["labels"], version["note"]) == (1, ["production"], "first")

    ran = docchain("workflow", "execute", "greeting", "-i", "name=Ana", "--version", "production", "--follow")
    assert (ran.code, ran.out.splitlines()[-1]) == (0, '"Hello Ana!"')
    ordered = json.loads(docchain("workflow", "execute", "1", "--version", "draft", "--json").out)
    assert (ordered["handle"], ordered["status"], ordered["origin"]) == ("run_2", "queued", "cli")
    watched = docchain("runs", "watch", "run_2", "--json")
    assert (watched.code, json.loads(watched.out)["output"]) == (0, "Hola world!")
    facts = json.loads(docchain("runs", "history", "run_2", "--json").out)
    assert [fact["fact"] for fact in facts] == ["started", "done", "ended"]


def test_a_run_that_waits_or_fails_says_so_by_its_exit_code(docchain, approval):
    docchain("workflow", "import", approval)
    waits = docchain("workflow", "execute", "payment", "--follow")
    assert (waits.code, waits.out) == (3, "run_1 payment: waiting\n  ask waits: approval\n")
    docchain("approvals", "answer", "approval_1", "reject")
    assert docchain("runs", "watch", "run_1").code == 1


def test_beside_a_server_the_run_is_followed_there(docchain):
    with docchain.serving() as url:
        docchain("workflow", "import", docchain.write("greeting.yaml", GREETING))
        ran = docchain("workflow", "execute", "greeting", "--follow", "--json")
        assert (ran.code, json.loads(ran.out)["output"]) == (0, "Hello world!")
        assert sign_in(url)


def test_bundles_go_from_one_folder_to_another(docchain):
    docchain("workflow", "import", docchain.write("greeting.yaml", GREETING))
    docchain("workflow", "publish", "1")
    assert docchain("workflow", "export", "--versions", "-o", "all.zip").out == "all.zip\n"
    taken = docchain("workflow", "import", "all.zip", "--data-dir", "other")
    assert (taken.code, taken.out) == (0, "workflow_1: stored\n")
    again = docchain("workflow", "import", "all.zip", "--data-dir", "other")
    assert (again.code, again.err.splitlines()[0]) == (1, "✗ workflow_1 is named 'greeting' already.")
    shown = json.loads(docchain("workflow", "show", "1", "--json", "--data-dir", "other").out)
    assert (shown["status"], shown["published_version"]) == ("active", 1)


def test_status_delete_and_restore(docchain):
    docchain("workflow", "import", docchain.write("greeting.yaml", GREETING))
    assert docchain("workflow", "status", "1", "active").out == "workflow_1: active\n"
    refused = docchain("workflow", "status", "1", "draft")
    assert (refused.code, refused.err.splitlines()[0]) == (
        2,
        "✗ workflow_1 is active; from there it can become paused or archived, not draft.",
    )
    assert docchain("workflow", "delete", "1").code == 0
    assert docchain("workflow", "list", "--json").out == "[]\n"
    assert docchain("workflow", "restore", "1").out == "workflow_1: restored\n"


def test_errors_are_problem_documents_where_json_is_wanted(docchain):
    docchain("workflow", "import", docchain.write("greeting.yaml", GREETING))
    refused = docchain("workflow", "show", "workflow_9", "--json")
    assert (refused.code, refused.out) == (2, "")
    problem = json.loads(refused.err)
    assert (problem["code"], problem["type"]) == ("workflow_not_found", "urn:docchain:problem:workflow_not_found")
    bad = json.loads(docchain("workflow", "validate", docchain.write("bad.yaml", "steps: 5"), "--json").err)
    assert (bad["code"], bad["errors"][0]["path"]) == ("definition_invalid", "workflow")
    nowhere = json.loads(docchain("workflow", "list", "--json", "--data-dir", "typo").err)
    assert nowhere["detail"].startswith("There is no data in typo.")


def complete(docchain, *words):
    """What a shell would offer for the last of the words."""
    variables = {"_DOCCHAIN_COMPLETE": "complete_bash", "COMP_WORDS": " ".join(["docchain", *words])}
    docchain.variables |= variables | {"COMP_CWORD": str(len(words))}
    try:
        return docchain().out.split()
    finally:
        docchain.variables.clear()


def test_a_shell_is_offered_commands_handles_kinds_and_statuses(docchain):
    file = docchain.write("greeting.yaml", GREETING)
    docchain("workflow", "import", file, file, "--on-conflict", "rename")
    docchain("workflow", "execute", "1")
    assert complete(docchain, "workflow", "exp") == ["export"]
    assert complete(docchain, "workflow", "execute", "workflow_") == ["workflow_2", "workflow_1"]
    assert complete(docchain, "runs", "watch", "run") == ["run_1"]
    assert complete(docchain, "runs", "list", "--status", "su") == ["succeeded"]
    assert complete(docchain, "workflow", "steps", "text") == ["text.template"]
    assert complete(docchain, "user", "add", "ana", "--role", "rev") == ["reviewer"]


def test_completion_where_there_is_no_data_offers_nothing_and_makes_nothing(docchain):
    assert complete(docchain, "runs", "watch", "run") == []
    assert list(docchain.folder.iterdir()) == []


def test_users_are_added_shut_out_and_let_in_again(docchain):
    docchain("workflow", "import", docchain.write("greeting.yaml", GREETING))
    assert _with_input(docchain, "correct horse", "user", "add", "ana", "--role", "reviewer") == (
        0,
        "ana: added to default as reviewer\n",
    )
    short = _with_input(docchain, "short", "user", "add", "ben")
    assert short == (2, "")
    assert docchain("user", "disable", "ana").out == "ana: cannot sign in any more\n"
    listed = json.loads(docchain("user", "list", "--json").out)
    assert [(user["username"], user["disabled"]) for user in listed] == [("admin", False), ("ana", True)]
    assert docchain("user", "enable", "ana").out == "ana: may sign in again\n"
    assert _with_input(docchain, "another horse", "user", "password", "ana")[0] == 0
    assert docchain("user", "disable", "admin").err.startswith("✗ admin is whom the command line acts as.")
    assert docchain("user", "password", "ana").err.startswith("✗ There is no terminal to ask for the password")
    assert docchain("user", "disable", "nobody").err.startswith("✗ There is no user nobody.")


def _with_input(docchain, typed, *command):
    process = subprocess.run(  # noqa: S603 - the product itself
        [*docchain.command, *command, "--password-stdin"],
        cwd=docchain.folder,
        env=docchain.environment(),
        input=f"{typed}\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in process.stderr
    return process.returncode, process.stdout
