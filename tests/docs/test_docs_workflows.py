"""Workflows and code that the documentation shows work."""

import ast
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from doc_pages import Block, blocks

from docchain.bootstrap import open_services
from docchain.engine.definition import compile_plan, read_spec
from docchain.engine.kinds import Kinds
from docchain.engine.simulation import Simulation
from docchain.platform.settings import StorageSettings, load_settings

WORKFLOWS = [block for block in blocks("yaml") if block.text.lstrip("# ").startswith("workflow:")]
RUN = "<!-- run "
TO_RUN = [block for block in WORKFLOWS if block.note.startswith(RUN)]


@pytest.fixture
async def kinds(tmp_path: Path) -> AsyncIterator[Kinds]:
    settings = load_settings(storage=StorageSettings(data_dir=tmp_path, database_url="", blob_url=""))
    async with open_services(settings, run_engine=False) as services:
        yield services.kinds


async def test_every_workflow_in_the_documentation_compiles(kinds: Kinds):
    assert len(WORKFLOWS) >= 12
    for block in WORKFLOWS:
        plan = compile_plan(read_spec(block.text), kinds)
        assert plan.workflow, str(block)


async def test_every_yaml_block_is_a_workflow():
    assert [str(block) for block in blocks("yaml") if block not in WORKFLOWS] == []


async def test_the_language_page_runs_as_it_says(kinds: Kinds):
    assert len(TO_RUN) >= 10
    for block in TO_RUN:
        told = json.loads(block.note.removeprefix(RUN).removesuffix("-->"))
        run = await Simulation(kinds).start(block.text, told.get("inputs"))
        for step, payload, *signal in told.get("signals", ()):
            assert await run.signal(step, payload, *signal), str(block)
        await run.advance(told.get("advance", 0))
        assert run.state.status == told["ends"], f"{block}: {run.state.message}"
        assert run.state.output == told.get("output"), str(block)
        assert run.state.message == told.get("message", ""), str(block)


@pytest.mark.parametrize("block", blocks("python"), ids=str)
async def test_every_python_block_is_valid_and_its_tests_pass(block: Block):
    """Of an example without tests only the imports are executed; it may need a whole house around it."""
    tree = ast.parse(block.text, str(block))
    tests = [
        node.name for node in tree.body if isinstance(node, ast.AsyncFunctionDef) and node.name.startswith("test_")
    ]
    body = tree.body if tests else [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    names: dict[str, Any] = {}
    exec(compile(ast.Module(body, []), str(block), "exec"), names)  # noqa: S102 - our own documentation
    for test in tests:
        await names[test]()
