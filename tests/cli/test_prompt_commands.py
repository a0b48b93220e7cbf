"""The library of prompts on the command line: saved from files, published, rendered, with faults by their paths."""

import json

TEXT = "Write to {{ reader }}: the total is {{ total }}.\n"
WHOLE = """
text: "Write to {{ reader }}, shortly."
variables:
  reader: {type: text, default: the manager}
temperature: 0.2
"""


def test_a_prompt_from_a_file_to_what_a_model_would_be_told(docchain, approval):
    docchain("workflow", "import", str(approval))
    file = docchain.write("offer.md", TEXT)
    saved = docchain("prompt", "save", "offer", file, "--variable", "total=number", "--notes", "First")
    assert saved.out == "offer has version 1. Publish it: docchain prompt publish offer\n", saved.err
    again = docchain("prompt", "save", "offer", file, "--variable", "total=number")
    assert (again.code, again.out) == (0, "Version 1 of offer says the same; nothing was saved.\n")
    unpublished = docchain("prompt", "render", "offer")
    assert (unpublished.code, "No version of offer is published." in unpublished.err) == (2, True)
    assert docchain("prompt", "publish", "offer").out == "production of offer is version 1.\n"
    wrong = docchain("prompt", "render", "offer", "--variable", "total=many", "--json")
    assert (wrong.code, {fault["path"] for fault in json.loads(wrong.err)["errors"]}) == (
        2,
        {"variables.reader", "variables.total"},
    )
    told = docchain("prompt", "render", "offer", "--variable", "reader=Ana", "--variable", "total=7.5")
    assert told.out == "Write to Ana: the total is 7.5.\n\n"

    assert docchain("prompt", "save", "offer", docchain.write("offer.yaml", WHOLE)).code == 0
    shown = docchain("prompt", "show", "offer@latest").out
    assert "offer, version 2" in shown
    assert "reader: text, else 'the manager'" in shown
    (kept,) = json.loads(docchain("prompt", "list", "--json").out)["items"]
    assert (kept["handle"], kept["versions"], kept["labels"], kept["revision"]) == (
        "prompt_1",
        2,
        {"production": 1},
        4,
    )


def test_faults_of_a_file_are_told_with_their_paths(docchain, approval):
    docchain("workflow", "import", str(approval))
    bad = docchain("prompt", "save", "offer", docchain.write("bad.yaml", "text: '{{ who }}'\n"), "--json")
    assert (bad.code, [fault["path"] for fault in json.loads(bad.err)["errors"]]) == (2, ["variables.who"])
    loop = docchain("prompt", "save", "offer", docchain.write("bad.md", "{% for a in b %}{% endfor %}"))
    assert (loop.code, "only names stand here" in loop.err) == (2, True), loop.err
    assert "A reason" not in docchain("prompt", "publish", "offer", "--force").out
    assert json.loads(docchain("prompt", "list", "--json").out)["items"] == []
