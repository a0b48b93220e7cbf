"""A start loads only what every server needs; what some requests or steps need comes with the first of them."""

import os
import subprocess
import sys

HEAVY = {
    "PIL", "alembic", "anthropic", "argon2", "asyncpg", "cryptography", "genai_prices", "google.genai", "httpx",
    "httpx2", "jinja2", "joserfc", "jsonschema", "lxml", "markdown_it", "nh3", "numpy", "obstore", "onnxruntime",
    "openai", "pwdlib", "pydantic_ai", "pygments", "pypdfium2", "rapidocr", "rich", "stdnum", "typer", "typst",
    "xberg", "yaml",
}  # fmt: skip
SERVER = """
import asyncio
from docchain.entrypoints.serving import load
load()
from docchain.bootstrap import open_services
from docchain.entrypoints.cli.worker import work
from docchain.entrypoints.examples import load_examples
from docchain.entrypoints.web.app import create_app
from docchain.platform.settings import load_settings

async def start(settings):
    async with open_services(settings) as services:
        await load_examples(services)
        create_app(services, settings.limits)

asyncio.run(start(load_settings()))
"""
TELL = "import sys; print(*sys.modules)"


def loaded_by(code: str, folder: object) -> set[str]:
    environment = os.environ | {"DOCCHAIN_DATA_DIR": str(folder)}
    command = [sys.executable, "-c", code + "\n" + TELL]
    ran = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603 (ours)
    modules = ran.stdout.splitlines()[-1].split()
    return {*modules, *(name.partition(".")[0] for name in modules)}


def test_a_start_on_data_that_is_there_loads_nothing_heavy(tmp_path):
    assert {"alembic", "argon2"} <= loaded_by(SERVER, tmp_path)  # the first start makes the schema and a user
    assert sorted(HEAVY & loaded_by(SERVER, tmp_path)) == []


def test_help_loads_neither_the_web_nor_the_database(tmp_path):
    loaded = loaded_by("import docchain.entrypoints.cli.main", tmp_path)
    assert sorted({"fastapi", "granian", "pydantic", "sqlalchemy"} & loaded) == []


def test_doors_are_imported_when_somebody_asks_at_them(tmp_path):
    loaded_by(SERVER, tmp_path)
    doors = {name for name in loaded_by(SERVER, tmp_path) if name.startswith("docchain.features.")}
    assert sorted(name for name in doors if name.endswith("api")) == ["docchain.features.monitoring.api"]
