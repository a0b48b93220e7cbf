"""How it starts: fast, from a plain checkout too, and never with secrets that everybody knows."""

import json
import os
import resource
import shutil
import socket
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from command_line import ROOT

EVERYWHERE = "0.0.0.0"  # noqa: S104 - what is refused


@pytest.mark.parametrize(("option", "said"), [("--version", "docchain 0."), ("--help", "approvals")])
def test_version_and_help_load_next_to_nothing(docchain, option, said):
    docchain(option)  # the second start finds compiled code
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert said in docchain(option).out
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime) < 1
    loaded = subprocess.run(  # noqa: S603 - the product itself
        [sys.executable, "-X", "importtime", "-m", "docchain", option], capture_output=True, text=True, check=True
    )
    modules = {line.rpartition("|")[2].strip() for line in loaded.stderr.splitlines()}
    assert "docchain.entrypoints.cli.main" in modules
    assert modules.isdisjoint({"sqlalchemy", "pydantic", "fastapi", "docchain.bootstrap", "httpx"})


def test_a_data_folder_that_cannot_be_made_is_named(docchain):
    blocked = docchain.write("blocked", "a file")
    refused = docchain("runs", "list", "--data-dir", blocked / "data")
    assert (refused.code, refused.out) == (2, "")
    assert f"{blocked}" in refused.err


def test_a_misspelt_command_is_guessed(docchain):
    refused = docchain("aprovals")
    assert refused.code == 2
    assert "Did you mean 'approvals'?" in refused.err


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """The files of the repository, installed nowhere."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("src", "examples"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("docchain.py", "alembic.ini", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    return folder


def _in(checkout: Path, *command: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run Python there; without `site` it finds the requirements, but not this package as it is installed."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("DOCCHAIN_")}
    own["PYTHONPATH"] = sysconfig.get_path("purelib")
    return subprocess.run(  # noqa: S603 - the product itself
        [sys.executable, "-S", *command], cwd=checkout, env=own | variables, capture_output=True, text=True, check=False
    )


def test_a_checkout_runs_with_only_the_requirements_installed(checkout):
    nowhere = _in(checkout.parent, "-m", "docchain", "--version")
    assert "No module named docchain" in nowhere.stderr
    version = _in(checkout, "-m", "docchain", "--version")
    assert (version.returncode, version.stdout[:9]) == (0, "docchain ")

    invoice = "examples/invoice_intake/documents/factura_jardineria.pdf"
    done = _in(checkout, "-m", "docchain", "run", "examples/invoice_intake/workflow.yaml", invoice, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["fields"]["number"]["value"] == "JM-2026/0148"
    assert (checkout / "data" / "app.db").exists()


def test_alembic_makes_the_schema_that_the_server_wants(checkout, docchain):
    data = str(docchain.folder / "data")
    made = _in(checkout, "-m", "alembic", "upgrade", "head", DOCCHAIN_DATA_DIR=data)
    assert made.returncode == 0, made.stderr
    current = _in(checkout, "-m", "alembic", "check", DOCCHAIN_DATA_DIR=data)
    assert "No new upgrade operations detected" in current.stdout
    assert docchain("runs", "list", "--json").out == "[]\n"


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"DOCCHAIN_PROFILE": "production"}, "DOCCHAIN_SECRET_KEY must be your own"),
        (
            {"DOCCHAIN_PROFILE": "production", "DOCCHAIN_SECRET_KEY": "k" * 40},
            "DOCCHAIN_ADMIN_PASSWORD must not be the default in production.",
        ),
        ({"DOCCHAIN_HOST": EVERYWHERE}, "Not listening on 0.0.0.0 with the default password."),
        ({"DOCCHAIN_PORT": "http"}, "DOCCHAIN_PORT"),
        ({"DOCCHAIN_PROFILE": "prod"}, "DOCCHAIN_PROFILE"),
    ],
)
def test_a_start_that_is_not_safe_is_refused(docchain, variables, told):
    docchain.variables.update(variables)
    refused = docchain("serve")
    assert refused.code == 2
    assert told in refused.err


def test_production_does_not_start_with_the_password_of_a_first_start_in_development(docchain):
    path = docchain.folder / "w.json"
    path.write_text(json.dumps({"workflow": "w", "steps": [{"id": "a", "use": "value.set", "with": {"values": {}}}]}))
    docchain("run", path)  # the first start
    assert docchain("runs", "list").code == 0
    own = {
        "DOCCHAIN_PROFILE": "production",
        "DOCCHAIN_SECRET_KEY": "k" * 40,
        "DOCCHAIN_ADMIN_PASSWORD": "of-our-own-1",
        "DOCCHAIN_ENCRYPTION": "none",
        "DOCCHAIN_PORT": "0",
    }
    docchain.variables.update(own)
    refused = docchain("serve")
    assert refused.code == 2
    assert "The user admin still has the default password" in refused.err
    assert "docchain user password admin" in refused.err


def test_a_busy_port_is_named(docchain):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = docchain("serve", "--port", port)
    assert refused.code == 2
    assert f"Cannot listen on 127.0.0.1:{port}: Address already in use." in refused.err
    assert "DOCCHAIN_PORT" in refused.err
