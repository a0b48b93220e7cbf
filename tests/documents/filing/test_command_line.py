"""Filing on the command line."""

import json

from typer.testing import CliRunner

from docchain.entrypoints.cli.program import app


def docchain(folder, *words):
    told = CliRunner().invoke(app, ["document", *words, "--data-dir", str(folder / "data")])
    return told.exit_code, told.output + str(told.exception or "")


def test_a_document_is_filed_held_and_thrown_away(tmp_path):
    letter = tmp_path / "carta.txt"
    letter.write_text("Estimado cliente")
    assert docchain(tmp_path, "add", str(letter))[0] == 0
    code, told = docchain(tmp_path, "file", "document_1", "tag=urgent", "status=done")
    assert (code, json.loads(told)["tags"], json.loads(told)["status"]) == (0, ["urgent"], "done")
    assert json.loads(docchain(tmp_path, "list", "--only", "tag=urgent", "--json")[1])[0]["handle"] == "document_1"
    assert json.loads(docchain(tmp_path, "list", "--only", "tag=none", "--json")[1]) == []
    assert docchain(tmp_path, "hold", "document_1", "--reason", "Case 7")[0] == 0
    code, told = docchain(tmp_path, "delete", "document_1")
    assert (code != 0, "is held: Case 7" in told) == (True, True)
    assert docchain(tmp_path, "release", "document_1")[0] == 0
    assert docchain(tmp_path, "delete", "document_1")[0] == 0
    assert json.loads(docchain(tmp_path, "list", "--only", "deleted=true", "--json")[1])[0]["name"] == "carta.txt"
    assert json.loads(docchain(tmp_path, "retention", "--json")[1]) == {"items": []}
    assert docchain(tmp_path, "restore", "document_1")[0] == 0
    assert json.loads(docchain(tmp_path, "duplicates", "document_1", "--json")[1])["items"] == []
