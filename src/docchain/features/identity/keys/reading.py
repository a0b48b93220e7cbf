"""Whom an API key stands for: looked up once, then known until an event tells that something about it changed."""

import asyncio
import ipaddress
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog

from docchain.features.identity.authorization.repository import RightsRepository
from docchain.features.identity.authorization.rights import Rights
from docchain.features.identity.keys import secrecy
from docchain.features.identity.keys.errors import BadKey, ForeignNetwork, KeyElsewhere
from docchain.features.identity.keys.narrowing import narrowed
from docchain.features.identity.keys.repository import KeyRepository
from docchain.features.identity.keys.tables import ApiKeyRow
from docchain.platform.addresses import network_of
from docchain.platform.database import Database
from docchain.platform.freshness import Kept
from docchain.platform.provenance import present_caller
from docchain.platform.work import SYSTEM, Actor, Work

_KEYS: Final = 10_000
_TOLD_EVERY: Final = timedelta(minutes=1)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Known:
    actor: Actor
    workspace: str
    networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]


class KeyReader:
    """Believes keys. That one was used is noted at most once a minute, beside the request."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._keys: Kept[str, _Known] = Kept(database.freshness, _KEYS)
        self._noted: OrderedDict[UUID, datetime] = OrderedDict()
        self._noting: set[asyncio.Task[None]] = set()

    async def authenticate(self, key: str, workspace: str | None) -> Actor:
        """Return the maker of the key with no more rights than it has, in its workspace.

        Raises:
            BadKey: it is wrong, over, or its maker may not act there any more.
            ForeignNetwork: it does not work from the caller's address.
            KeyElsewhere: another workspace was named.
        """
        known = await self._known(key)
        if workspace is not None and workspace != known.workspace:
            raise KeyElsewhere(hint="Leave the header X-Workspace out.")
        address = present_caller().address
        if known.networks and not _is_in(address, known.networks):
            raise ForeignNetwork(address)
        self._note(known.actor, address)
        return known.actor

    async def _known(self, key: str) -> _Known:
        now = self._database.clock.now()
        if self._keys.get(key) is not None and await self._database.freshness.reach():
            known = self._keys.get(key)
            if known is not None and (known.actor.until is None or known.actor.until > now):
                return known
        while True:
            since = await self._database.freshness.known()
            known = await self._database.read(lambda work: _found(work, key), SYSTEM)
            assert known.actor.key_id is not None and known.actor.user_id is not None  # noqa: S101, PT018 - of a key
            subjects = [("api_key", known.actor.key_id.bytes), ("user", known.actor.user_id.bytes)]
            self._keys.put(key, known, 1, subjects, since)
            if since is None or self._keys.get(key) is known:  # else something changed meanwhile
                return known

    def _note(self, actor: Actor, address: str) -> None:
        assert actor.key_id is not None  # noqa: S101 - the actor of a key
        now = self._database.clock.now()
        before = self._noted.get(actor.key_id)
        if before is not None and now - before < _TOLD_EVERY:
            return
        self._noted[actor.key_id] = now
        self._noted.move_to_end(actor.key_id)
        if len(self._noted) > _KEYS:
            self._noted.popitem(last=False)
        task = asyncio.create_task(self._write(actor.key_id, now, address))
        self._noting.add(task)
        task.add_done_callback(self._noting.discard)

    async def _write(self, key_id: UUID, now: datetime, address: str) -> None:
        try:
            await self._database.write(lambda work: _noted(work, key_id, now, address), SYSTEM)
        except Exception as error:  # noqa: BLE001 - whoever only reads is not kept out by a full disk
            _log.warning("api_key_not_noted", error=str(error))


def _noted(work: Work, key_id: UUID, now: datetime, address: str) -> None:
    """A key that comes from another network than the last time says so."""
    before = KeyRepository(work.session).used(key_id, now, address)
    network = network_of(address)
    if before is not None and before[1] and network_of(before[1]) != network:
        with work.inside(before[0]):
            work.emit("api_key.moved", "api_key", key_id, {"key_id": str(key_id), "network": network})


def _found(work: Work, key: str) -> _Known:
    found = KeyRepository(work.session).by_prefix(secrecy.prefix_of(key))
    until = None if found is None else _end_of(work, found[0], key)
    if found is None or until is None:
        raise BadKey
    row, user, workspace = found
    membership = RightsRepository(work.session).membership(workspace.id, user.id)
    if membership is None:
        raise BadKey
    actor = Rights(work).actor(user.id, user.username, workspace.id, membership[1])
    acting = replace(narrowed(actor, row), until=until)
    networks = tuple(ipaddress.ip_network(network) for network in row.networks)
    return _Known(acting, workspace.slug, networks)


def _end_of(work: Work, row: ApiKeyRow, key: str) -> datetime | None:
    """Until when the key is good; None if it is not."""
    end = row.expires_at or datetime.max.replace(tzinfo=work.now.tzinfo)
    if secrecy.is_digest_of(row.former_digest, key) and row.former_until is not None:
        end = min(end, row.former_until)
    elif not secrecy.is_digest_of(row.digest, key):
        return None
    return end if end > work.now else None


def _is_in(address: str, networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return any((mapped or found) in network for network in networks)
