"""Network addresses: which are public, the only ones that a workflow may reach by default, and in which network."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

_NAT64 = IPv6Network("64:ff9b::/96")
_COMPATIBLE = IPv6Network("::/96")


_SITE: Final = {4: 24, 6: 48}
_LINE: Final = 64


def network_of(address: str) -> str:
    """The network of an address: 256 addresses of IPv4, a site of IPv6; empty for what is no address."""
    try:
        return str(ip_network(f"{address}/{_SITE[ip_address(address).version]}", strict=False))
    except ValueError:
        return ""


def counted_as(address: str) -> str:
    """As whom to count a caller: one of IPv6 has a whole /64 to come from; what is no address stays as it is."""
    try:
        found = ip_address(address.split("%", 1)[0])
    except ValueError:
        return address
    if isinstance(found, IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or ip_network((found, _LINE), strict=False))


def is_public(address: str) -> bool:
    """Tell whether an address is on the public internet, however an IPv4 address is wrapped."""
    found = ip_address(address.split("%", 1)[0])
    inner = _inside(found) if isinstance(found, IPv6Address) else None
    if inner is not None:
        return is_public(str(inner))
    return found.is_global and not found.is_multicast and not found.is_reserved


def _inside(address: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that traffic to this one would end at."""
    if address.ipv4_mapped:
        return address.ipv4_mapped
    if address.sixtofour:
        return address.sixtofour
    if address.teredo:
        return address.teredo[1]
    if address in _NAT64 or address in _COMPATIBLE:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return None
