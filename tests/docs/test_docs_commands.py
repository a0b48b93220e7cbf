"""Commands, targets and paths of the API that the documentation shows are the real ones."""

import re
import shlex
from types import SimpleNamespace
from typing import Any

import pytest
import typer
from doc_pages import ROOT, Block, Page, blocks
from fastapi import FastAPI
from starlette.routing import Match

from docchain.entrypoints.cli.program import app as commands
from docchain.entrypoints.web.app import create_app
from docchain.platform.settings import LimitSettings

SHELL = blocks("sh")
_COMMAND = re.compile(r"^(?:\.venv/bin/)?(?:python -m )?docchain\b(.*)$", re.MULTILINE)
_INLINE = re.compile(r"`docchain ([^`]+)`")
_MAKE = re.compile(r"(?:^|`)make ([a-z-]+)", re.MULTILINE)
_CALL = re.compile(r"\bcurl\b[^|;\n]*?\$BASE(/[^\s\"'|)]*)[^|;\n]*")


def shown_commands() -> list[tuple[str, str]]:
    found = []
    for block in SHELL:
        text = block.text.replace("\\\n", " ")
        found += [(str(block), match.partition(" #")[0]) for match in _COMMAND.findall(text)]
    for name in ("README.md", "README.es.md", "CONTRIBUTING.md", "SECURITY.md"):
        found += [(name, match) for match in _INLINE.findall(Page(ROOT / name).text)]
    return found


@pytest.mark.parametrize(("where", "line"), shown_commands())
def test_a_shown_command_exists_with_its_options(where: str, line: str):
    command: Any = typer.main.get_command(commands)
    words = shlex.split(line)
    context = command.make_context("docchain", [], resilient_parsing=True)
    while hasattr(command, "commands") and words and not words[0].startswith("-"):
        assert words[0] in command.commands, f"{where}: there is no command {words[0]!r}"
        _, command, words = command.resolve_command(context, words)
    known = {option for parameter in command.params for option in parameter.opts} | {"--help", "-h"}
    assert {word for word in words if re.match(r"--?[a-z]", word)} <= known, where


def test_every_shown_make_target_exists():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    shown = {name for page in ("README.md", "README.es.md", "CONTRIBUTING.md") for name in _MAKE.findall(_text(page))}
    assert shown - targets == set()
    assert {"run", "test", "check", "bench", "docs"} <= shown


def _text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def api() -> FastAPI:
    return create_app(SimpleNamespace(probes={}, database=None), LimitSettings())


@pytest.mark.parametrize("block", [block for block in SHELL if "$BASE/" in block.text], ids=str)
def test_every_shown_call_of_the_api_has_a_route(block: Block, api: FastAPI):
    calls = list(_CALL.finditer(block.text.replace("\\\n", " ")))
    assert calls
    for call in calls:
        method = "POST" if re.search(r" (-d|-F|--data\S*|-X POST) ", call[0]) else "GET"
        path = "/api/v3" + call[1].partition("?")[0]
        scope = {"type": "http", "method": method, "path": path, "root_path": "", "headers": []}
        assert any(route.matches(scope)[0] is Match.FULL for route in api.routes), f"{block}: {method} {path}"
