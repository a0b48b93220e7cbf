"""A program for the recovery test: an engine whose effects append to a file; it prints each run it promises."""

import asyncio
import os
import sys
from pathlib import Path
from uuid import UUID, uuid4

from drivers import WORKSPACE
from scripted import Pure, Script, Send, kinds_of

from docchain.engine.definition import canonical, compile_plan, read_spec
from docchain.engine.doors import StartRun
from docchain.engine.journal import SqliteJournal
from docchain.engine.kinds import InDoubt, StepContext
from docchain.engine.local import LocalEngine

DEFINITION = {
    "workflow": "w",
    "steps": [
        {"id": "a", "use": "t.pure", "with": {"value": "${run.id}"}},
        {"id": "parked", "use": "t.append", "needs": ["a"]},
        {"id": "again", "use": "t.append", "in_doubt": "resend", "needs": ["a"]},
        {"id": "last", "use": "t.pure", "with": {"value": "${steps.a.value}"}, "needs": ["parked", "again"]},
    ],
    "output": "${steps.last.value}",
}


class Append(Send):
    """Appends its key to a file; the answer dawdles."""

    name = "t.append"
    in_doubt = InDoubt.PARK
    path = Path()

    async def run(self, params, context: StepContext):
        await asyncio.sleep(0.002)
        file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.write(file, f"{context.effect_key}\n".encode())
        os.close(file)
        await asyncio.sleep(0.002)
        return await Pure.run(self, params, context)


async def main(folder: Path) -> None:
    Append.path = folder / "effects.txt"
    script = Script()
    kinds = kinds_of(script)
    kinds.add(Append(script))
    spec = read_spec(DEFINITION)
    plan = compile_plan(spec, kinds)
    engine = LocalEngine(SqliteJournal(folder / "journal.db"), kinds)
    await engine.start()
    print("started", flush=True)  # noqa: T201 (read by the test)
    while line := await asyncio.to_thread(sys.stdin.readline):
        if line == "ask\n":
            await tell(engine, [UUID(part) for part in sys.stdin.readline().split()])
            continue
        for _ in range(20):
            run_id = uuid4()
            engine.submit(StartRun(0, run_id, WORKSPACE, plan.digest, {}), plan, canonical(spec))
            while not await engine.history(run_id):  # noqa: ASYNC110 (a program without listeners)
                await asyncio.sleep(0)
            print(run_id, flush=True)  # noqa: T201 (the promise)
    await engine.stop()


async def tell(engine: LocalEngine, runs: list[UUID]) -> None:
    """Print what became of each run, once it has ended or is parked."""
    for run_id in runs:
        state = await engine.wait(run_id, 20, or_asked=True)
        parked = [] if state is None else [name for name, step in state.steps.items() if step.status == "unknown"]
        print(run_id, state and state.status, state and state.output, *parked, flush=True)  # noqa: T201


asyncio.run(main(Path(sys.argv[1])))
