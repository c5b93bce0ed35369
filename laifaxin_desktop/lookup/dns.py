"""Asks the DNS for a domain's records; refuses to take a failure for "there are none"."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from laifaxin_desktop.model.problem import Evidence, Fault, MailError, Stage

if TYPE_CHECKING:
    import dns.name
    import dns.resolver

T = TypeVar("T")
Make = Callable[[], "dns.resolver.Resolver"]  # another resolver than the system's
_SECONDS = 10.0
_MOST = 20  # records of one answer that are looked at


@dataclass(frozen=True, slots=True)
class Service:
    """One SRV record (RFC 2782)."""

    priority: int
    weight: int
    port: int
    host: str  # lower case; empty: the service is decidedly not there


async def mx(
    domain: str, *, seconds: float = _SECONDS, resolver: Make | None = None
) -> tuple[str, ...]:
    """The hosts that take a domain's mail, the most preferred first, lower case.

    Empty when the domain does not exist, has none, or takes no mail (RFC 7505).

    :raises MailError: stage lookup: lookup_failed, offline, bad_host_name
    """

    def read(row: Any) -> tuple[int, str]:
        return row.preference, _host(row.exchange)

    rows = await _records(domain, "MX", read, seconds, resolver)
    return tuple(dict.fromkeys(host for _, host in sorted(rows) if host))


async def srv(
    name: str, *, seconds: float = _SECONDS, resolver: Make | None = None
) -> tuple[Service, ...]:
    """The servers of one service, the most preferred first (RFC 2782); weight decides the rest.

    :raises MailError: as `mx`
    """

    def read(row: Any) -> Service:
        return Service(row.priority, row.weight, row.port, _host(row.target))

    rows = await _records(name, "SRV", read, seconds, resolver)
    return tuple(sorted(rows, key=lambda row: (row.priority, -row.weight, row.host)))


async def txt(
    name: str, *, seconds: float = _SECONDS, resolver: Make | None = None
) -> tuple[str, ...]:
    """The texts at a name, each in one piece.

    :raises MailError: as `mx`
    """

    def read(row: Any) -> str:
        return b"".join(row.strings).decode("ascii", "replace")

    return tuple(await _records(name, "TXT", read, seconds, resolver))


async def cname(name: str, *, seconds: float = _SECONDS, resolver: Make | None = None) -> str:
    """The host that a name stands for; empty where it stands for none.

    :raises MailError: as `mx`
    """

    def read(row: Any) -> str:
        return _host(row.target)

    return next(iter(await _records(name, "CNAME", read, seconds, resolver)), "")


async def _records(
    name: str,
    kind: str,
    read: Callable[[Any], T],
    seconds: float,
    resolver: Make | None,
) -> list[T]:
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Fault | list[T]] = loop.create_future()

    def settle(answer: Fault | list[T]) -> None:
        if not done.done():  # cancelled, or too late
            done.set_result(answer)

    def run() -> None:
        # In a thread, for importing dnspython alone takes longer than the loop may be held up;
        # a daemon, so that quitting does not wait for a silent resolver.
        answer: Fault | list[T] = Fault.UNEXPECTED
        try:
            answer = _ask(name, kind, read, seconds, resolver)
        finally:
            with contextlib.suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(functools.partial(settle, answer))

    threading.Thread(target=run, name=f"{kind.lower()} look-up", daemon=True).start()
    try:
        async with asyncio.timeout(seconds + 1):  # the resolver has its own limit; this is ours
            answer = await done
    except TimeoutError:
        answer = Fault.LOOKUP_FAILED
    if isinstance(answer, Fault):
        raise MailError(Evidence(stage=Stage.LOOKUP, fault=answer, host=name))
    return answer


def _ask(
    domain: str,
    kind: str,
    read: Callable[[Any], T],
    seconds: float,
    make: Make | None,
) -> Fault | list[T]:
    """Blocks for at most `seconds`."""
    import dns.exception
    import dns.name
    import dns.resolver

    try:
        name = dns.name.from_text(domain)
    except (dns.exception.DNSException, UnicodeError):
        return Fault.BAD_HOST_NAME
    try:
        found = (make or dns.resolver.Resolver)().resolve(
            name, kind, lifetime=seconds, search=False
        )
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except (dns.exception.DNSException, OSError):
        return Fault.LOOKUP_FAILED if has_route() else Fault.OFFLINE
    return [read(row) for row in list(found)[:_MOST]]


def _host(name: dns.name.Name) -> str:
    return str(name.to_text(omit_final_dot=True)).lower().removeprefix(".")


def has_route() -> bool:
    """Whether this computer has a network: asks its routing table; nothing is sent."""
    # Addresses of nobody (RFC 5737, RFC 3849).
    for family, host in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as asking:
            asking.connect((host, 9))
            return True
    return False
