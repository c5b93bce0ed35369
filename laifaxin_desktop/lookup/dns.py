"""Asks the DNS for a domain's mail exchangers; refuses to take a failure for "there are none"."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import socket
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from laifaxin_desktop.model.problem import Evidence, Fault, MailError, Stage

if TYPE_CHECKING:
    import dns.resolver

_SECONDS = 10.0


async def mx(
    domain: str,
    *,
    seconds: float = _SECONDS,
    resolver: Callable[[], dns.resolver.Resolver] | None = None,
) -> tuple[str, ...]:
    """The hosts that take a domain's mail, the most preferred first, lower case.

    Empty when the domain does not exist, has none, or takes no mail (RFC 7505). `resolver` makes
    another one than the system's.

    :raises MailError: stage lookup: lookup_failed, offline, bad_host_name
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Fault | tuple[str, ...]] = loop.create_future()

    def settle(answer: Fault | tuple[str, ...]) -> None:
        if not done.done():  # cancelled, or too late
            done.set_result(answer)

    def run() -> None:
        # In a thread, for importing dnspython alone takes longer than the loop may be held up;
        # a daemon, so that quitting does not wait for a silent resolver.
        answer: Fault | tuple[str, ...] = Fault.UNEXPECTED
        try:
            answer = _ask(domain, seconds, resolver)
        finally:
            with contextlib.suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(functools.partial(settle, answer))

    threading.Thread(target=run, name="mx look-up", daemon=True).start()
    try:
        async with asyncio.timeout(seconds + 1):  # the resolver has its own limit; this is ours
            answer = await done
    except TimeoutError:
        answer = Fault.LOOKUP_FAILED
    if isinstance(answer, Fault):
        raise MailError(Evidence(stage=Stage.LOOKUP, fault=answer, host=domain))
    return answer


def _ask(
    domain: str, seconds: float, make: Callable[[], dns.resolver.Resolver] | None
) -> Fault | tuple[str, ...]:
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
            name, "MX", lifetime=seconds, search=False
        )
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return ()
    except (dns.exception.DNSException, OSError):
        return Fault.LOOKUP_FAILED if has_route() else Fault.OFFLINE
    rows = sorted(
        (row.preference, row.exchange.to_text(omit_final_dot=True).lower()) for row in found
    )
    return tuple(dict.fromkeys(host for _, host in rows if host not in ("", ".")))


def has_route() -> bool:
    """Whether this computer has a network: asks its routing table; nothing is sent."""
    # Addresses of nobody (RFC 5737, RFC 3849).
    for family, host in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as asking:
            asking.connect((host, 9))
            return True
    return False
