"""Keys of workspaces: kept beside the blobs, wrapped by the master key; old ones stay, so old blobs stay readable."""

import asyncio
import base64
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from docchain.platform.storage.ciphers import KEY, Changed
from docchain.platform.storage.damage import MasterKeyMissing, MasterKeyOutdated, WorkspaceKeyMissing
from docchain.platform.storage.masters import Master, MasterKeys
from docchain.platform.storage.shelf import Shelf

KEYS: Final = "keys"
_MASTER: Final = f"{KEYS}/master"
_FRESH: Final = 60.0
"""Seconds after which a process looks whether another one has rotated a workspace's key."""


@dataclass(frozen=True, slots=True)
class WorkspaceKey:
    number: int
    key: bytes


class Keyring:
    """Finds and makes the keys of workspaces.

    Args:
        shelf: where they are kept.
        masters: what they are wrapped by.
    """

    def __init__(self, shelf: Shelf, masters: MasterKeys) -> None:
        self._shelf = shelf
        self.masters = masters
        self._known: dict[tuple[UUID, int], WorkspaceKey] = {}
        self._present: dict[UUID, tuple[float, int]] = {}

    async def present(self, workspace_id: UUID) -> WorkspaceKey:
        """The newest key of a workspace, which new blobs are sealed under; its first one is made here."""
        at, number = self._present.get(workspace_id, (0.0, 0))
        if not number or time.monotonic() - at > _FRESH:
            number = max(await self._numbers(workspace_id), default=0) or await self._add(workspace_id, 1)
            self._present[workspace_id] = (time.monotonic(), number)
        return await self.numbered(workspace_id, number)

    async def numbered(self, workspace_id: UUID, number: int) -> WorkspaceKey:
        known = self._known.get((workspace_id, number))
        if known is None:
            known = WorkspaceKey(number, await self._read(workspace_id, number))
            self._known[workspace_id, number] = known
        return known

    async def rotate(self, workspace_id: UUID) -> int:
        """Give a workspace a new key, which seals what is stored from now on."""
        number = max(await self._numbers(workspace_id), default=0) + 1
        number = await self._add(workspace_id, number)
        self._present[workspace_id] = (time.monotonic(), number)
        return number

    async def rewrap(self, workspace_id: UUID) -> int:
        """Wrap a workspace's keys under the present master key; how many were under another one."""
        changed, master = 0, self.masters.present
        for number in await self._numbers(workspace_id):
            if (await self._record(workspace_id, number))["master"] == master.id and not master.external:
                continue  # a service may have a new key under its old name
            key = await self._read(workspace_id, number)
            await self._shelf.replace(_name(workspace_id, number), await _wrapped(workspace_id, number, key, master))
            changed += 1
        return changed

    async def master_changed(self) -> None:
        """Tell every process that still has an earlier master key, before it wraps another key under it."""
        await self._shelf.replace(_MASTER, self.masters.present.id.encode())

    async def workspaces(self) -> list[UUID]:
        """Those that have keys."""
        found: dict[UUID, None] = {}
        async for item in self._shelf.items(KEYS):
            if item.name != _MASTER:
                found[UUID(item.name.split("/")[1])] = None
        return list(found)

    async def _numbers(self, workspace_id: UUID) -> list[int]:
        return [int(item.name.rpartition("/")[2]) async for item in self._shelf.items(f"{KEYS}/{workspace_id}")]

    async def _add(self, workspace_id: UUID, number: int) -> int:
        """Another process that makes the same one first is as good."""
        if await self._present_master() not in ("", self.masters.present.id):
            raise MasterKeyOutdated
        made = await _wrapped(workspace_id, number, os.urandom(KEY), self.masters.present)
        await self._shelf.create(_name(workspace_id, number), made)
        return number

    async def _present_master(self) -> str:
        """The id of the one that keys were wrapped under last; empty while none was ever rotated."""
        size = await self._shelf.size(_MASTER)
        return "" if size is None else (await self._shelf.part(_MASTER, 0, size)).decode()

    async def _record(self, workspace_id: UUID, number: int) -> dict[str, Any]:
        name = _name(workspace_id, number)
        try:
            size = await self._shelf.size(name) or 0
            record: dict[str, Any] = msgspec.json.decode(await self._shelf.part(name, 0, size))
        except (FileNotFoundError, msgspec.DecodeError):
            raise WorkspaceKeyMissing(workspace_id, number) from None
        return record

    async def _read(self, workspace_id: UUID, number: int) -> bytes:
        record = await self._record(workspace_id, number)
        master = self.masters.find(str(record.get("master")))
        if master is None:
            raise MasterKeyMissing(str(record.get("master")))
        try:
            wrapped, about = base64.b64decode(record["wrapped"]), _about(workspace_id, number)
            return await _off_loop(master, master.unwrap, wrapped, about)
        except (Changed, KeyError, ValueError):
            raise WorkspaceKeyMissing(workspace_id, number) from None


def _name(workspace_id: UUID, number: int) -> str:
    return f"{KEYS}/{workspace_id}/{number:08}"


def _about(workspace_id: UUID, number: int) -> bytes:
    return b"workspace key" + workspace_id.bytes + number.to_bytes(4, "big")


async def _off_loop(master: Master, function: Callable[[bytes, bytes], bytes], *given: bytes) -> bytes:
    """Who is asked outside of this process takes a while."""
    return await asyncio.to_thread(function, *given) if master.external else function(*given)


async def _wrapped(workspace_id: UUID, number: int, key: bytes, master: Master) -> bytes:
    wrapped = await _off_loop(master, master.wrap, key, _about(workspace_id, number))
    return msgspec.json.encode(
        {
            "workspace": str(workspace_id),
            "number": number,
            "master": master.id,
            "wrapped": base64.b64encode(wrapped).decode(),
            "at": datetime.now(UTC).isoformat(),
        }
    )
