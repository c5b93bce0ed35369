"""Real host names that lead to local servers in this very process, and to nowhere else.

`socket.getaddrinfo` is replaced, for it is where requests, httpx, asyncio and plain sockets all
ask; an answer carries a port, so 443 leads to whatever port the server has. TLS still checks the
real name against the certificate. It reaches neither other processes (those want a network of
their own, `names.run_names`) nor DNS look-ups by dnspython.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest import mock

# (name, port) -> (address, port)
Routes = Mapping[tuple[str, int], tuple[str, int]]


@contextmanager
def reroute(routes: Routes) -> Iterator[None]:
    """Until the block ends, these names and ports lead to local ones.

    Another port of such a name does not exist, so nothing gets out by mistake; all other names are
    looked up as before. `routes` may change meanwhile.
    """
    original = socket.getaddrinfo

    def look_up(
        host: bytes | str | None,
        port: bytes | str | int | None,
        family: int = 0,
        type: int = 0,
        proto: int = 0,
        flags: int = 0,
    ) -> list[Any]:
        name = host.decode("ascii") if isinstance(host, bytes) else host or ""
        name = name.rstrip(".").casefold()
        if name not in {known for known, _ in routes}:
            return original(host, port, family, type, proto, flags)
        if port is None or (name, int(port)) not in routes or family == socket.AF_INET6:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        address, local = routes[name, int(port)]
        return original(address, local, family, type, proto, flags)

    with mock.patch("socket.getaddrinfo", look_up):
        yield
