"""The example of a step kind in a package of one's own works as the guide shows it."""

import importlib
import sys
from pathlib import Path

import pytest
from doc_pages import ROOT, Page

from docchain.bootstrap import open_services
from docchain.engine.simulation import Simulation
from docchain.platform.settings import StorageSettings, load_settings

WORKFLOW = """
workflow: uses_it
steps:
  - {id: short, use: acme.slug, with: {text: "Factura nº 5, copia"}}
output: "${steps.short.slug}"
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package as an installer leaves it: the module, and its entry points beside it."""
    page = Page(ROOT / "CONTRIBUTING.md")
    module = next(block.text for block in page.blocks("python") if "acme_steps" in block.text)
    group, _, entry = next(page.blocks("toml")).text.strip().partition("\n")
    name = group.split('"')[1]
    about = tmp_path / "acme_steps-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-steps\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[{name}]\n{entry.replace(chr(34), '')}\n")
    (tmp_path / "acme_steps.py").write_text(module)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "acme_steps", raising=False)
    importlib.invalidate_caches()


@pytest.mark.usefixtures("installed")
async def test_an_installed_package_offers_its_step_kind(tmp_path: Path):
    settings = load_settings(storage=StorageSettings(data_dir=tmp_path / "data", database_url="", blob_url=""))
    async with open_services(settings, run_engine=False) as services:
        run = await Simulation(services.kinds).start(WORKFLOW)
    assert (run.state.status, run.state.output) == ("succeeded", "factura-nº-5-copia")
