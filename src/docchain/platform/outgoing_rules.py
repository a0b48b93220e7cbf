"""What a workspace may reach beyond what the operator allows: looked at where connections are made, each address."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final, Protocol
from uuid import UUID

from docchain.platform.addresses import is_public


class PrivateAddressError(Exception):
    """The host has an address that is not public and that the operator did not list."""


class OutsideRulesError(PrivateAddressError):
    """The rules of the workspace do not let it be reached."""


@dataclass(frozen=True, slots=True)
class _Places:
    """Hosts, `*.` for all below one, and networks."""

    hosts: frozenset[str]
    below: tuple[str, ...]
    networks: tuple[IPv4Network | IPv6Network, ...]

    @classmethod
    def of(cls, places: Iterable[str]) -> "_Places":
        hosts, below, networks = set(), [], []
        for place in places:
            if place.startswith("*."):
                below.append(place[1:].lower())
            elif place[:1].isdigit() or ":" in place:
                networks.append(ip_network(place, strict=False))
            else:
                hosts.add(place.lower())
        return cls(frozenset(hosts), tuple(below), tuple(networks))

    def has_name(self, host: str) -> bool:
        host = host.lower().rstrip(".")
        return host in self.hosts or host.endswith(self.below)

    def has_address(self, address: str) -> bool:
        found = ip_address(address.split("%", 1)[0])
        found = getattr(found, "ipv4_mapped", None) or found
        return any(found in network for network in self.networks)

    def __bool__(self) -> bool:
        return bool(self.hosts or self.below or self.networks)


class Rules:
    """What is allowed, where anything is; and what is denied, whatever is allowed; `closed` lets nothing leave."""

    def __init__(self, allow: Iterable[str] = (), deny: Iterable[str] = (), *, closed: bool = False) -> None:
        self.closed = closed
        self._allow = _Places.of(allow)
        self._deny = _Places.of(deny)

    def check(self, host: str, addresses: Sequence[str]) -> None:
        """Look at a host and all addresses that it has now.

        Raises:
            OutsideRulesError: it is denied, or others are allowed and it is not.
        """
        self.check_open(host)
        if self._deny.has_name(host) or any(map(self._deny.has_address, addresses)):
            raise OutsideRulesError(f"The workspace's rules deny {host}.")
        allowed = self._allow.has_name(host) or (addresses and all(map(self._allow.has_address, addresses)))
        if self._allow and not allowed:
            raise OutsideRulesError(f"The workspace's rules allow other hosts, and not {host}.")

    def check_open(self, host: str) -> None:
        """Look before a name is looked up, which would tell others of it already.

        Raises:
            OutsideRulesError: nothing may leave the workspace.
        """
        if self.closed:
            raise OutsideRulesError(f"Nothing may leave this workspace, so {host} was not even looked up.")


RULES: Final[ContextVar[Rules | None]] = ContextVar("docchain_outgoing_rules", default=None)
"""Of the workspace that calls; threads that are started for a call know them, too."""


def check_leaving(host: str) -> None:
    """The check before a name is resolved.

    Raises:
        OutsideRulesError: nothing may leave the workspace that calls.
    """
    if (rules := RULES.get()) is not None:
        rules.check_open(host)


def check_addresses(host: str, port: int, addresses: Sequence[str], listed: Iterable[str]) -> None:
    """The one check of every connection that leaves.

    Args:
        host: what was looked up.
        port: where to.
        addresses: all that was found.
        listed: `host:port` pairs that may be private.

    Raises:
        PrivateAddressError: one of them is private and not listed, or the workspace's rules are against it.
    """
    if (rules := RULES.get()) is not None:
        rules.check(host, addresses)
    private = [address for address in addresses if not is_public(address)]
    if private and f"{host}:{port}".lower() not in listed:
        raise PrivateAddressError(f"{host} has the address {private[0]}, which is not public.")


class Watch(Protocol):
    """Who knows the rules of workspaces, and writes down what was refused."""

    async def rules(self, workspace: UUID) -> Rules: ...

    async def refused(self, workspace: UUID, why: str) -> None: ...


@asynccontextmanager
async def within_rules(watch: Watch | None, workspace: UUID | None) -> AsyncIterator[None]:
    """Connections that are made meanwhile keep to the rules of a workspace; what is refused is written down."""
    if watch is None or workspace is None:
        yield
        return
    before = RULES.set(await watch.rules(workspace))
    try:
        yield
    except PrivateAddressError as error:
        await watch.refused(workspace, str(error))
        raise
    finally:
        RULES.reset(before)
