"""`docchain intake` on the command line."""

import json
import os
import subprocess
import sys


def docchain(folder, *args):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DOCCHAIN_")}
    return subprocess.run(  # noqa: S603 - the product itself
        [sys.executable, "-m", "docchain", "intake", *args],
        env=kept | {"DOCCHAIN_DATA_DIR": str(folder / "data")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_files_of_a_folder_are_taken_once_and_listed(tmp_path):
    scans = tmp_path / "scans"
    scans.mkdir()
    (scans / "a.txt").write_text("nota")
    (scans / "b.sh").write_text("#!/bin/sh\n")
    done = docchain(tmp_path, "add", "--folder", str(scans), "--json")
    assert done.returncode == 1, done.stderr
    first = json.loads(done.stdout)
    assert [(item["name"], item["outcome"], item["reason"]) for item in first] == [
        ("a.txt", "accepted", None),
        ("b.sh", "refused", "program"),
    ]
    again = docchain(tmp_path, "add", str(scans / "a.txt"), "--json")
    assert (again.returncode, json.loads(again.stdout)) == (0, first[:1])
    listed = docchain(tmp_path, "list", "--outcome", "refused")
    assert "b.sh" in listed.stdout
    assert "a.txt" not in listed.stdout
    assert docchain(tmp_path, "sources", "--json").stdout.strip() == "[]"


def test_a_missing_file_is_told(tmp_path):
    done = docchain(tmp_path, "add", "nowhere.pdf")
    assert (done.returncode, "There is no file nowhere.pdf." in done.stderr) == (2, True)
