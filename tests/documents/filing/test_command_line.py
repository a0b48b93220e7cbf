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


def test_a_document_is_fetched_whole_or_not_at_all_and_never_over_another_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    letter = tmp_path / "carta.txt"
    letter.write_text("Estimado cliente")
    assert docchain(tmp_path, "add", "carta.txt")[0] == 0
    letter.write_text("Otra cosa")

    code, told = docchain(tmp_path, "get", "document_1")
    assert code != 0
    assert "carta.txt is there already; write elsewhere with --out, or over it with --force." in told
    assert letter.read_text() == "Otra cosa"
    assert docchain(tmp_path, "get", "document_1", "--force")[0] == 0
    assert letter.read_text() == "Estimado cliente"

    (blob,) = [file for file in (tmp_path / "data" / "blobs").rglob("*") if file.is_file() and len(file.name) >= 64]
    blob.write_bytes(b"x" * 16)
    code, told = docchain(tmp_path, "get", "document_1", "--force")
    assert code != 0
    assert letter.read_text() == "Estimado cliente"
    assert docchain(tmp_path, "get", "document_1", "--out", "nueva.txt")[0] != 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["carta.txt", "data"]


def test_a_folder_is_no_file_to_add(tmp_path):
    code, told = docchain(tmp_path, "add", str(tmp_path))

    assert code != 0
    assert f"{tmp_path} is a folder; name the files in it, as in {tmp_path}/*." in told
