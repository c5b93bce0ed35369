"""The addresses of a host that may be asked; refuses inside addresses that a public name gives."""

from __future__ import annotations

import errno
import ipaddress
import socket
from collections.abc import Callable, Sequence
from typing import Any

Target = tuple[int, tuple[Any, ...]]  # address family, socket address
Resolve = Callable[[str, int], Sequence[Target]]
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Where this computer, its link and its own network are (RFC 6890 and its registry). Missing on
# purpose: 198.18.0.0/15, from which proxies on this computer answer for every name.
_INSIDE = tuple(
    map(
        ipaddress.ip_network,
        (
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
            "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/3", "::/127", "fc00::/7", "fe80::/10",
            "fec0::/10", "ff00::/8",
        ),
    )
)  # fmt: skip
# Names that no registry sells (RFC 2606, 6761, 6762, 8375, 9476) or ever will (ICANN, 2018 and
# 2024): whoever uses them speaks of a network of their own.
_OWN = frozenset(
    (
        "alt", "arpa", "corp", "example", "home", "internal", "intranet", "invalid", "lan",
        "local", "localdomain", "localhost", "mail", "onion", "private", "test",
    )
)  # fmt: skip


def is_public_name(host: str) -> bool:
    """Whether a name is one of the world's, and not of a network of one's own."""
    first, _, last = host.rpartition(".")
    return bool(first) and last not in _OWN


def is_inside(address: str) -> bool:
    """Whether an IP address is of this computer, its link or its own network."""
    ip: _Address = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        ip = ip.ipv4_mapped or ip.sixtofour or ip
    if isinstance(ip, ipaddress.IPv6Address) and ip.packed[:12] == _NAT64:
        ip = ipaddress.IPv4Address(ip.packed[12:])
    return any(ip in network for network in _INSIDE if network.version == ip.version)


_NAT64 = bytes.fromhex("0064ff9b") + bytes(8)  # 64:ff9b::/96 (RFC 6052)


def reach(host: str, port: int) -> Sequence[Target]:
    """Where a host that this program itself names may be reached; blocks as long as it takes.

    :raises OSError: socket.gaierror
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [(family, address) for family, _, _, _, address in found]


def may_reach(host: str, port: int) -> Sequence[Target]:
    """Where a host that a mail domain names may be reached.

    :raises InsideError: it is a public name, and its addresses are all inside
    :raises OSError: socket.gaierror
    """
    targets = reach(host, port)
    if not is_public_name(host):
        return targets
    if outside := [one for one in targets if not is_inside(str(one[1][0]))]:
        return outside
    raise InsideError


class InsideError(OSError):
    """A public name leads inside: to this computer, or to its own network."""

    def __init__(self) -> None:
        super().__init__(errno.EHOSTUNREACH, "a public name with an address inside")
