"""Passwords: hashed with Argon2 in a few threads of their own, so that sign-ins never starve the rest."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from pwdlib import PasswordHash  # brings Argon2, which no start needs but the first

T = TypeVar("T")


class Passwords:
    """Hashes and verifies passwords.

    Args:
        threads: how many are worked on at the same time; each takes 64 MiB for a moment.
    """

    def __init__(self, threads: int = 2) -> None:
        self._threads = ThreadPoolExecutor(threads, "password")

    @cached_property
    def _hasher(self) -> "PasswordHash":
        from pwdlib import PasswordHash  # noqa: PLC0415 (as above)

        return PasswordHash.recommended()

    async def hash(self, password: str) -> str:
        return await self._run(lambda: self._hasher.hash(password))

    async def verify(self, password: str, hashed: str) -> bool:
        """Tell whether the password is right; an unreadable hash matches nothing."""
        from pwdlib.exceptions import PwdlibError  # noqa: PLC0415 (as above)

        def check() -> bool:
            try:
                return self._hasher.verify(password, hashed)
            except PwdlibError:
                return False

        return await self._run(check)

    def close(self) -> None:
        self._threads.shutdown()

    async def _run(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)
