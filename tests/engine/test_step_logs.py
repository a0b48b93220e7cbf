"""What a step logs names its run and itself; what others log does not."""

import io
import json
import logging
from uuid import UUID

import pytest
import structlog

from docchain.engine import LocalEngine
from docchain.engine.definition import canonical, compile_plan, read_spec
from docchain.engine.doors import StartRun
from docchain.engine.journal import SqliteJournal
from docchain.engine.kinds import Kinds, Params, Result, StepKind
from docchain.platform.logging import configure_logging

RUN = UUID(int=7)


class Talk(StepKind):
    """Log a line."""

    name = "talk"
    params = Params
    result = Result

    async def run(self, params, context):  # noqa: ARG002 (the contract of a kind)
        structlog.get_logger().info("said")
        return Result()


@pytest.fixture
def lines():
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    out = io.StringIO()
    configure_logging("info", "json", out)
    yield lambda: [json.loads(line) for line in out.getvalue().splitlines()]
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


async def test_a_line_of_a_step_names_run_and_step(tmp_path, lines):
    kinds = Kinds([Talk()])
    engine = LocalEngine(SqliteJournal(tmp_path / "journal.db"), kinds)
    await engine.start()
    spec = read_spec({"workflow": "w", "steps": [{"id": "a", "use": "talk"}]})
    plan = compile_plan(spec, kinds)
    engine.submit(StartRun(0, RUN, UUID(int=1), plan.digest, {}), plan, canonical(spec))
    await engine.wait(RUN)
    structlog.get_logger().info("later")
    await engine.stop()

    said, later = [line for line in lines() if line["event"] in {"said", "later"}]
    assert (said["run_id"], said["step"]) == (str(RUN), "a")
    assert "run_id" not in later
