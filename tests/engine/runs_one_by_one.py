"""A program for the durability test: runs chains one after another and prints commits and acknowledged runs."""

import asyncio
import sys
from pathlib import Path
from uuid import UUID

from drivers import WORKSPACE
from scripted import Script, kinds_of

from docchain.engine.definition import canonical, compile_plan, read_spec
from docchain.engine.doors import StartRun
from docchain.engine.journal import SqliteJournal
from docchain.engine.local import LocalEngine


async def main(folder: Path, runs: int, use: str) -> None:
    kinds = kinds_of(Script())
    spec = read_spec({"workflow": "w", "steps": [{"id": "a", "use": use}, {"id": "b", "use": "t.pure"}]})
    plan = compile_plan(spec, kinds)
    engine = LocalEngine(SqliteJournal(folder / "journal.db"), kinds)
    await engine.start()
    for number in range(1, runs + 1):
        engine.submit(StartRun(0, UUID(int=number), WORKSPACE, plan.digest, {}), plan, canonical(spec))
        state = await engine.wait(UUID(int=number), 20)
        assert state is not None
        assert state.status == "succeeded"
        print(engine.commits, flush=True)  # noqa: T201 (read by the test)
    await engine.stop()


asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
