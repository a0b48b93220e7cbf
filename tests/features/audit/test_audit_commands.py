"""`docchain audit`, as an auditor meets it: an export on a machine that has nothing else."""

import json
import os
import stat
import subprocess
import sys
from types import SimpleNamespace

import pytest

from docchain.features.audit.keys import open_key


def docchain(folder, *arguments, **variables):
    own = {name: value for name, value in os.environ.items() if not name.startswith("DOCCHAIN_")}
    done = subprocess.run(  # noqa: S603 - the product itself
        [sys.executable, "-m", "docchain", *map(str, arguments)],
        cwd=folder,
        env=own | {"COLUMNS": "200"} | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return SimpleNamespace(code=done.returncode, out=done.stdout, err=done.stderr)


@pytest.fixture
async def exported(house, url, tmp_path):
    """An export of five entries, alone in a folder."""
    await house.happen("workflow.created", "workflow.updated", "document.uploaded", "document.deleted", "user.disabled")
    await house.sealer.catch_up()
    away = tmp_path / "away"
    away.mkdir()
    variables = {"DOCCHAIN_DATA_DIR": str(tmp_path)}
    if url.startswith("postgres"):
        variables["DOCCHAIN_DATABASE_URL"] = url
    made = docchain(tmp_path, "audit", "export", away / "log.jsonl", **variables)
    assert (made.code, made.err) == (0, "")
    return SimpleNamespace(variables=variables, folder=away, said=made.out, key=house.key.public_key, data=tmp_path)


def test_an_export_is_verified_where_there_is_nothing_else(exported):
    assert exported.said.startswith("5 entries, 1 checkpoints of 1 chains: ")
    good = docchain(exported.folder, "audit", "verify", "log.jsonl", "--public-key", exported.key)
    assert (good.code, good.err) == (0, "")
    assert "5 entries, 1 checkpoints, 0 not sealed yet: as it was sealed" in good.out
    unsure = docchain(exported.folder, "audit", "verify", "log.jsonl")
    assert unsure.code == 0
    assert f"Signed with {exported.key}" in unsure.err

    file = exported.folder / "log.jsonl"
    file.write_text(file.read_text().replace("document.deleted", "document.restored"))
    bad = docchain(exported.folder, "audit", "verify", "log.jsonl", "--json")
    assert bad.code == 1
    (chain,) = json.loads(bad.out)["chains"]
    assert chain["findings"] == [{"position": 4, "kind": "altered", "said": "entry 4 was altered"}]


def test_the_database_itself_is_verified(exported):
    told = docchain(exported.folder, "audit", "verify", "--database", "--json", **exported.variables)
    assert told.code == 0
    (chain,) = json.loads(told.out)["chains"]
    assert (chain["entries"], chain["findings"], chain["public_keys"]) == (5, [], [exported.key])
    shown = docchain(exported.folder, "audit", "key", **exported.variables)
    assert shown.out.strip() == exported.key
    other = open_key(exported.folder / "other.key").public_key
    told = docchain(exported.folder, "audit", "verify", "--database", "--public-key", other, **exported.variables)
    assert told.code == 1
    assert "checkpoint 1 was signed with another key" in told.out
    assert stat.S_IMODE((exported.data / "audit.key").stat().st_mode) == 0o600


def test_what_is_no_export_is_said(exported):
    (exported.folder / "notes.txt").write_text("hello\n")
    told = docchain(exported.folder, "audit", "verify", "notes.txt")
    assert told.code == 2
    assert "Line 1 is no JSON object" in told.err
    told = docchain(exported.folder, "audit", "verify")
    assert told.code == 2
    assert "Name an export, or say --database." in told.err
