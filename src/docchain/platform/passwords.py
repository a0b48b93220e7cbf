"""Passwords: hashed with Argon2 in a few threads of their own, so that sign-ins never starve the rest."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from pwdlib import PasswordHash
from pwdlib.exceptions import PwdlibError

T = TypeVar("T")


class Passwords:
    """Hashes and verifies passwords.

    Args:
        threads: how many are worked on at the same time; each takes 64 MiB for a moment.
    """

    def __init__(self, threads: int = 2) -> None:
        self._hasher = PasswordHash.recommended()
        self._threads = ThreadPoolExecutor(threads, "password")

    async def hash(self, password: str) -> str:
        return await self._run(lambda: self._hasher.hash(password))

    async def verify(self, password: str, hashed: str) -> bool:
        """Tell whether the password is right; an unreadable hash matches nothing."""

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
