"""Passwords: hashed with Argon2 in a few threads of their own, so that sign-ins never starve the rest."""

import asyncio
import os
import sys
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from functools import cached_property
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from docchain.platform.errors import Busy

if TYPE_CHECKING:
    from pwdlib import PasswordHash  # brings Argon2, which no start needs but the first

T = TypeVar("T")
_NICE: Final = 5
_LANES: Final = 1
"""Each lane is a thread that the library starts: more make no hash cheaper, and eight at once kept reads waiting."""


class Attempt(Protocol):
    """One guess: told when its turn comes, when it may still be refused, and how it ended."""

    def begin(self) -> None: ...

    def end(self, *, right: bool) -> None: ...


class PasswordsBusy(Busy):
    code = "passwords_busy"
    title = "Too many sign-ins at the same moment"
    retry_after = 2

    def __init__(self) -> None:
        super().__init__(hint="Try again in a few seconds.")


class Passwords:
    """Hashes and verifies passwords.

    Args:
        threads: how many are worked on at the same time; each takes 64 MiB for a moment.
        queue: how many may wait for that; more are refused.
    """

    def __init__(self, threads: int = 2, queue: int = 200) -> None:
        self._threads = ThreadPoolExecutor(threads, "password", _step_back)
        self._turns = asyncio.Semaphore(threads)
        self._most = threads + queue
        self._present = 0

    @cached_property
    def _hasher(self) -> "PasswordHash":
        from pwdlib import PasswordHash  # noqa: PLC0415 (as above)
        from pwdlib.hashers.argon2 import Argon2Hasher  # noqa: PLC0415 (as above)

        return PasswordHash((Argon2Hasher(parallelism=_LANES),))

    async def hash(self, password: str) -> str:
        async with self._turn():
            return await self._run(lambda: self._hasher.hash(password))

    async def verify(self, password: str, hashed: str, attempt: Attempt | None = None) -> bool:
        """Tell whether the password is right; an unreadable hash matches nothing.

        Raises:
            PasswordsBusy: too many wait already.
        """
        from pwdlib.exceptions import PwdlibError  # noqa: PLC0415 (as above)

        def check() -> bool:
            try:
                return self._hasher.verify(password, hashed)
            except PwdlibError:
                return False

        async with self._turn():
            if attempt is None:
                return await self._run(check)
            attempt.begin()
            right = False
            try:
                right = await self._run(check)
            finally:  # a guess counts, even if nobody waits for the answer
                attempt.end(right=right)
            return right

    def outdated(self, hashed: str) -> bool:
        """Whether a hash was made with other parameters than those of today; such take another time to verify."""
        from pwdlib.exceptions import PwdlibError  # noqa: PLC0415 (as above)

        try:
            return self._hasher.current_hasher.check_needs_rehash(hashed)
        except (PwdlibError, ValueError):
            return False

    def close(self) -> None:
        self._threads.shutdown()

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        if self._present >= self._most:
            raise PasswordsBusy
        self._present += 1
        try:
            async with self._turns:
                yield
        finally:
            self._present -= 1

    async def _run(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)


def _step_back() -> None:
    """Let everything else go first: on Linux each thread has a priority of its own, and so have those it starts."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
