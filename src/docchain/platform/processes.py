"""Heavy work in a bounded pool of child processes; a crash, a memory or a time cap fails only the call it hit."""

import asyncio
import contextlib
import os
import pickle
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from docchain.platform import memory
from docchain.platform.child import HEADER
from docchain.platform.spool import Spool
from docchain.platform.turns import Turns, workspace_served

LOOK_SECONDS = 0.002
WATCH_SECONDS = 0.1
PIPE_BYTES = 32 * 1024 * 1024
"""The largest answer that comes through the pipe into our own memory; what may be larger goes through a file."""
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OMP_THREAD_LIMIT": "1", "RAYON_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


class ChildError(Exception):
    """A call that a child process did not finish."""


class ChildTimeout(ChildError):
    """The call took longer than its time cap."""


class ChildCrashed(ChildError):
    """The child process died."""


class ChildMemory(ChildError):
    """The call wanted more memory than its cap."""


class ChildAnswer(ChildMemory):
    """The result of the call is larger than its cap."""


class ChildDiskFull(ChildError):
    """The call had no room to write its result."""


class ChildBusy(ChildError):
    """Too many calls wait for a child already."""


class ChildFailed(ChildError):
    """The function raised. `code` is the exception's own `code`, if it has one."""

    def __init__(self, kind: str, message: str, code: str | None = None) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind
        self.message = message
        self.code = code


class ProcessPool:
    """At most `size` child processes, started when first needed and kept warm.

    Args:
        size: how many there are at the same time; who finds all of them busy waits, and workspaces take turns.
        memory_bytes: what a child may use, with all processes it started itself.
        recycle_after: calls after which a child is replaced.
        answer_bytes: the largest result that a call may have, in a file or as its answer; answers of more than
            `PIPE_BYTES` are refused, for they are held in our own memory.
        queue: calls of one workspace that may wait for a child.
        rest: seconds without a call after which a child is ended, and what it had loaded is free again.
        spool: where large parameters and results pass.
    """

    def __init__(
        self,
        size: int,
        memory_bytes: int = 2 * 1024**3,
        recycle_after: int = 200,
        *,
        answer_bytes: int = 256 * 1024**2,
        queue: int = 1_000,
        rest: float = 300.0,
        spool: Spool | None = None,
    ) -> None:
        self.spool = spool or Spool()
        self.bounds = f"{memory_bytes // 1024**2} MiB, {answer_bytes // 1024**2} MiB of result"
        self._turns = Turns(size)
        self._memory_bytes = memory_bytes
        self._recycle_after = recycle_after
        self._answer_bytes = answer_bytes
        self._queue = queue
        self._rest = rest
        self._idle: list[_Child] = []
        self._busy: set[_Child] = set()
        self._ending: set[asyncio.Task[None]] = set()
        self._closed = False

    async def run(
        self,
        target: str,
        *args: Any,
        timeout: float,  # noqa: ASYNC109 -- the child is killed
        before: Callable[[], Awaitable[None]] | None = None,
    ) -> Any:
        """Call `module:function` in a child. Cancelling the caller kills the child that works for it.

        Args:
            target: what to call.
            args: its parameters.
            timeout: seconds it may take.
            before: what to do when it is this call's turn, such as filling the files it reads.
        """
        async with self._place(target):
            if self._closed:
                raise ChildCrashed("The pool of child processes is closed.")
            if before is not None:
                await before()
            child = self._warm_or_new()
            self._busy.add(child)
            healthy = False
            try:
                async with asyncio.timeout(timeout):
                    answer = await child.call(target, args)
                healthy = child.alive and child.calls < self._recycle_after
            except TimeoutError:
                raise ChildTimeout(f"{target} took longer than {timeout:g} s and was stopped.") from None
            finally:
                self._busy.discard(child)
                if healthy and not self._closed:
                    self._keep(child)
                else:
                    self._end(child)
        return _result(answer, target, self._memory_bytes)

    def _warm_or_new(self) -> "_Child":
        """A child that died while it had nothing to do is nobody's failed call."""
        while self._idle:
            child = self._idle.pop()
            child.resting.cancel()
            if child.alive:
                return child
            self._end(child)
        return _Child(self._memory_bytes, self._answer_bytes)

    def _keep(self, child: "_Child") -> None:
        """For the next call; the one that was busy last is the next one that works, so that others may go."""
        self._idle.append(child)
        child.resting = asyncio.get_running_loop().call_later(self._rest, self._let_go, child)

    def _let_go(self, child: "_Child") -> None:
        if child in self._idle:
            self._idle.remove(child)
            self._end(child)

    def _place(self, target: str) -> AbstractAsyncContextManager[None]:
        whose = workspace_served()
        if self._turns.waiting(whose) >= self._queue:
            told = f"{self._queue} calls of this workspace wait for a child process already."
            raise ChildBusy(f"{target} was not called: {told}")
        return self._turns.place(whose)

    @property
    def closed(self) -> bool:
        return self._closed

    async def close(self) -> None:
        """Kill every child, working or idle."""
        self._closed = True
        for child in (*self._idle, *self._busy):
            self._end(child)
        for child in self._idle:
            child.resting.cancel()
        self._idle.clear()
        await asyncio.gather(*self._ending)
        await asyncio.to_thread(self.spool.close)

    def _end(self, child: "_Child") -> None:
        child.kill()
        ending = asyncio.create_task(child.wait())
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)


def _has_exited(pid: int) -> bool:
    """Ask the kernel: asyncio hears of a death a moment later."""
    if not hasattr(os, "waitid"):  # macOS before Python 3.13
        return False
    try:
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:
        return True


class _Child:
    """One child process and the pipe to it; it leads a process group, so that what it starts ends with it."""

    resting: asyncio.TimerHandle
    """What ends it if nobody calls; there while it is idle."""

    def __init__(self, memory_bytes: int, answer_bytes: int) -> None:
        self.calls = 0
        self._memory_bytes = memory_bytes
        self._answer_bytes = answer_bytes
        self._process: Process | None = None
        self._killed = False

    async def call(self, target: str, args: tuple[Any, ...]) -> tuple[Any, ...]:
        process = self._process or await self._start()
        self.calls += 1
        watch = asyncio.create_task(self._watch_memory(process.pid))
        try:
            return await self._exchange(process, pickle.dumps((target, args)))
        except (asyncio.IncompleteReadError, ConnectionError):
            if watch.done():
                return ("memory",)
            code = await process.wait()
            raise ChildCrashed(f"The child process that ran {target} died ({_cause(code)}).") from None
        finally:
            watch.cancel()

    @property
    def alive(self) -> bool:
        process = self._process
        return not self._killed and process is not None and process.returncode is None and not _has_exited(process.pid)

    async def wait(self) -> None:
        """The wait of Python 3.11 also waits for pipes, which a full buffer or a grandchild keeps open (gh-119710)."""
        if self._process is not None:
            while self._process.returncode is None:  # noqa: ASYNC110 -- see above
                await asyncio.sleep(LOOK_SECONDS)
            self._process._transport.close()  # type: ignore[attr-defined]  # noqa: SLF001 (nothing public closes pipes)

    def kill(self) -> None:
        self._killed = True
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS says the latter of a dead group
                os.killpg(self._process.pid, signal.SIGKILL)

    async def _start(self) -> Process:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DOCCHAIN_")}
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-P", "-m", "docchain.platform.child"),
            *map(str, (self._memory_bytes, self._answer_bytes, os.getpid())),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            env={**environment, **ONE_THREAD, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            start_new_session=True,
        )
        if self._killed:
            self.kill()
        return self._process

    async def _exchange(self, process: Process, call: bytes) -> tuple[Any, ...]:
        assert process.stdin is not None  # noqa: S101 -- PIPE was asked for
        assert process.stdout is not None  # noqa: S101 -- PIPE was asked for
        process.stdin.writelines((HEADER.pack(len(call)), call))
        await process.stdin.drain()
        (size,) = HEADER.unpack(await process.stdout.readexactly(HEADER.size))
        if size > min(self._answer_bytes, PIPE_BYTES):
            self.kill()
            return ("answer", min(self._answer_bytes, PIPE_BYTES))
        answer: tuple[Any, ...] = pickle.loads(await process.stdout.readexactly(size))  # noqa: S301 -- our own child
        return answer

    async def _watch_memory(self, pid: int) -> None:
        """Kill the child when it and what it started use more memory than the cap; ends only then."""
        while memory.of_family(pid) <= self._memory_bytes:  # noqa: ASYNC110 -- the kernel tells no one
            await asyncio.sleep(WATCH_SECONDS)
        self.kill()


def _result(answer: tuple[Any, ...], target: str, memory_bytes: int) -> Any:
    match answer:
        case ("done", result):
            return result
        case ("failed", kind, message, code):
            raise ChildFailed(kind, message, code)
        case ("full",):
            raise ChildDiskFull(f"There was no room on the disk for what {target} wrote.")
        case ("answer", limit):
            raise ChildAnswer(f"The result of {target} is larger than {limit // 1024**2} MiB.")
        case _:
            raise ChildMemory(f"{target} wanted more than {memory_bytes // 1024**2} MiB of memory.")


def _cause(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
