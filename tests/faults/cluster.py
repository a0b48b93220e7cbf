"""The system under test on PostgreSQL: one process that serves, workers of which one executes, a real database."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import asyncpg
from audit import Books, PostgresBooks
from disk import Disk
from system import START_SECONDS, Nursery, Program, environment, free_port, healthy

from postgres_server import PostgresServer

LEASE_SECONDS = "1.5"
HOLDER = "SELECT epoch, holder, expires > clock_timestamp() FROM journal.lease"


class Cluster:
    """`pauses` are the seconds from a strike at who executes until another one does."""

    def __init__(self, folder: Path, receiver: str, *, disk: bool = False, workers: int = 3) -> None:
        self.folder = folder
        self.deliveries = folder / "deliveries"
        self.deliveries.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.pauses: list[float] = []
        self.gave_up = 0
        self._database = PostgresServer(durable=True)
        self.disk = Disk(self._database.folder, self._database.folder / "data" / "base") if disk else None
        with self._filled_by_us():
            self._database.start()
        self._dsn = self._database.new_database()
        told = {
            **environment(self.port, folder, self.deliveries, receiver),
            "DOCCHAIN_DATABASE_URL": self._dsn,
            "DOCCHAIN_LEASE_SECONDS": LEASE_SECONDS,
        }
        self._nursery = Nursery(folder, {})
        self._web = Program(self._nursery, ["serve"], {**told, "DOCCHAIN_EXECUTE": "false"})
        self._workers = [Program(self._nursery, ["worker"], told) for _ in range(workers)]

    @property
    def books(self) -> Books:
        return PostgresBooks(self._dsn)

    def start(self) -> None:
        self._web.start()
        self._until(lambda: healthy(self.url, "/health/live"), "the server to answer")
        for worker in self._workers:
            worker.start()
        self._until(lambda: self._executing()[1] is not None, "a worker to execute")

    def kill(self) -> None:
        """Kill who executes; a stand-by takes over, and the killed one comes back as a stand-by."""
        epoch, worker = self._wait_for_worker()
        worker.kill()
        worker.start()
        self._taken_over(epoch)

    def stand(self) -> None:
        """Who executes stands still until another one does, and then goes on as if nothing had been."""
        epoch, worker = self._wait_for_worker()
        worker.signal(signal.SIGSTOP)
        try:
            self._taken_over(epoch)
        finally:
            worker.signal(signal.SIGCONT)

    def restart_database(self) -> None:
        """The database dies as in a power cut, and recovers."""
        with self._filled_by_us():
            self._database.restart(signal.SIGQUIT)
        self._wait_for_worker()

    def ask(self) -> None:
        """Have the processes tell the log what they do."""
        for program in (*self._workers, self._web):
            program.signal(signal.SIGUSR1)

    def end(self) -> None:
        for program in (*self._workers, self._web):
            program.signal(signal.SIGCONT)
            program.kill()
        self._nursery.end()
        self._database.remove()

    @contextmanager
    def _filled_by_us(self) -> Iterator[None]:
        """What is started within has a disk that we can fill."""
        told = self.disk.environment if self.disk else {}
        before = dict(os.environ)
        os.environ.update(told)
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)

    def _supervise(self) -> None:
        """As a service manager does: a worker that gave up (the database was away when it started) is started again."""
        for worker in self._workers:
            if worker.pid and worker.ended():
                self.gave_up += 1
                worker.start()

    def _taken_over(self, epoch: int) -> None:
        began = time.monotonic()
        self._until(lambda: self._executing()[0] > epoch and self._executing()[1] is not None, "a take-over")
        self.pauses.append(time.monotonic() - began)

    def _wait_for_worker(self) -> tuple[int, Program]:
        self._until(lambda: self._executing()[1] is not None, "a worker to execute")
        epoch, worker = self._executing()
        return (epoch, worker) if worker is not None else self._wait_for_worker()

    def _executing(self) -> tuple[int, Program | None]:
        """The epoch, and the worker that holds the lease."""
        try:
            epoch, holder, valid = asyncio.run(self._holder())
        except (OSError, asyncpg.PostgresError):
            return 0, None
        pid = int(str(holder).rpartition(":")[2] or 0)
        found = [worker for worker in self._workers if worker.pid == pid and not worker.ended()]
        return int(epoch), found[0] if found and valid else None

    async def _holder(self) -> tuple[int, str, bool]:
        connection = await asyncpg.connect(self._dsn, timeout=5)
        try:
            row = await connection.fetchrow(HOLDER)
            return row[0], row[1], row[2]
        finally:
            await connection.close()

    def _until(self, test, what: str) -> None:
        end = time.monotonic() + START_SECONDS
        while not test():
            self._supervise()
            if time.monotonic() > end:
                raise RuntimeError(f"waited in vain for {what}; read {self.folder / 'server.log'}")
            time.sleep(0.02)
