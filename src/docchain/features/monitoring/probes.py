"""The probes of every process that serves or executes: its database, its engine, its storage; none of them waits."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final, Protocol

from docchain.features.monitoring.repository import answers
from docchain.features.monitoring.service import Finding, Probe
from docchain.platform.database import Database
from docchain.platform.work import SYSTEM

_BROKEN: Final = (
    "{count} run(s) stand still because the engine broke on them; the others go on. The log names them and the fault "
    "(run_broke): report it. They are tried again when the engine is started again."
)


class Engine(Protocol):
    """What health asks of an engine, or of a seat for one."""

    @property
    def trouble(self) -> Exception | None:
        """Why runs do not get on now."""
        ...

    @property
    def broken(self) -> int:
        """Runs that stand still until the next start."""
        ...

    @property
    def role(self) -> str:
        """Whether this process executes runs, stands by, or only serves."""
        ...

    @property
    def holder(self) -> str | None:
        """Which process executes runs; nobody, if `None`."""
        ...


def probes_of(
    database: Database, engine: Engine, data_dir: Path, look: Callable[[], Awaitable[object]]
) -> Mapping[str, Probe]:
    """By the names that the answer shows; `look` asks the store of contents for anything."""

    async def ask_database() -> None:
        await database.read(lambda work: answers(work.session), SYSTEM)

    async def ask_engine() -> Finding:
        if engine.trouble is not None:
            raise RuntimeError("Runs do not get on: free disk space, or look after PostgreSQL.") from engine.trouble
        degraded = _BROKEN.format(count=engine.broken) if engine.broken else ""
        shown = {"role": engine.role, "executed_by": engine.holder, "broken_runs": engine.broken}
        return Finding(degraded, shown)

    async def ask_storage() -> None:
        await asyncio.to_thread(_touch, data_dir / ".health")
        await look()

    return {"database": ask_database, "engine": ask_engine, "storage": ask_storage}


def _touch(path: Path) -> None:
    path.write_bytes(b"ok")
    path.unlink(missing_ok=True)  # other processes may share the folder
