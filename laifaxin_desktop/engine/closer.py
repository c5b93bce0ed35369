"""Looks closer where a server was not met as expected: at its other places, and at the clock.

Never with a secret, three seconds at most. Whatever it finds is written into the evidence.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from laifaxin_desktop.engine.hosts import mail_hosts, zone_of
from laifaxin_desktop.engine.ports import AskClock, Book, Probe
from laifaxin_desktop.model.address import Address
from laifaxin_desktop.model.microsoft import SIGNED_IN
from laifaxin_desktop.model.offer import is_within
from laifaxin_desktop.model.problem import Evidence, Fault, Look, MailError, Stage
from laifaxin_desktop.model.provider import USUAL_PORTS, Endpoint, Protocol, Provider, Security

SECONDS = 3.0  # for all looks together
_MOST = 6  # places
_ADRIFT = timedelta(days=1)  # a clock that is off by more is wrong

_DATES = (Fault.CERTIFICATE_EXPIRED, Fault.CERTIFICATE_NOT_YET_VALID)
_SILENCE = (Fault.TIMEOUT, Fault.UNREACHABLE)
# What another place may do better. Not after tampering, nor where the server itself said no.
_HELPS: dict[Stage, frozenset[Fault]] = {
    Stage.CONNECT: frozenset({Fault.REFUSED, Fault.CLOSED, Fault.PROXY_TARGET, *_SILENCE}),
    Stage.TLS: frozenset(
        {
            Fault.WRONG_MODE,
            Fault.WRONG_PROTOCOL,
            Fault.NOT_MAIL,
            Fault.STARTTLS_MISSING,
            Fault.TLS_FAILED,
            Fault.TLS_VERSION,
            Fault.CLIENT_CERTIFICATE,
            Fault.CLOSED,
            Fault.TIMEOUT,
            Fault.CERTIFICATE_WRONG_HOST,
            Fault.CERTIFICATE_SELF_SIGNED,
            Fault.CERTIFICATE_UNKNOWN_AUTHORITY,
            Fault.CERTIFICATE_UNFIT,
            Fault.CERTIFICATE_REFUSED,
            *_DATES,
        }
    ),
    Stage.GREETING: frozenset(
        {Fault.WRONG_MODE, Fault.WRONG_PROTOCOL, Fault.NOT_MAIL, Fault.CLOSED, Fault.TIMEOUT}
    ),
}
# The port is open, and only the certificate is not as it should be.
_ONLY_UNVOUCHED = (
    Fault.CERTIFICATE_SELF_SIGNED,
    Fault.CERTIFICATE_UNKNOWN_AUTHORITY,
    *_DATES,
)
_SHOWN = {"tls": Security.TLS, "plain": Security.STARTTLS}


@dataclass(frozen=True, slots=True)
class Closer:
    """Looks closer for one account."""

    probe: Probe  # by the account's own route
    book: Book
    now: Callable[[], datetime]  # UTC
    clock: Callable[[], float]  # seconds, monotonic
    ask_clock: AskClock
    address: Address
    provider: Provider | None
    seconds: float = SECONDS

    def helps(self, seen: Evidence) -> bool:
        """Whether a closer look could tell more."""
        return seen.fault in _DATES or seen.fault in _HELPS.get(seen.stage, ())

    async def look(self, endpoint: Endpoint, seen: Evidence) -> Evidence:
        """What was seen, and what was learned besides; the first fault keeps its place in it."""
        if not self.helps(seen):
            return seen
        async with asyncio.TaskGroup() as both:
            looking = both.create_task(self._look_at(self.places(endpoint, seen)))
            asking = both.create_task(self._ask_clock(seen))
        off, looks = asking.result(), looking.result()
        learned = replace(seen, looks=looks, clock_off=round(off.total_seconds()))
        fault = _renamed(learned, off, self.now())
        return learned if fault is seen.fault else replace(learned, fault=fault, first=seen.fault)

    def places(self, endpoint: Endpoint, seen: Evidence) -> tuple[Look, ...]:
        """Where else to look, the best first; nothing was asked there yet."""
        if seen.fault not in _HELPS.get(seen.stage, ()) or endpoint.protocol is Protocol.GRAPH:
            return ()
        found: dict[tuple[str, int, Security], Look] = {}
        for place in self._places(endpoint, seen):
            if place.at.security is not Security.PLAIN:  # nobody is sent where anybody listens in
                found.setdefault(_spot(place.at), place)
        found.pop(_spot(endpoint), None)
        return tuple(found.values())[:_MOST]

    def _places(self, endpoint: Endpoint, seen: Evidence) -> Iterator[Look]:
        if seen.fault is Fault.WRONG_MODE and seen.spoken in _SHOWN:
            yield Look(replace(endpoint, security=_SHOWN[seen.spoken]))
        for security in (Security.TLS, Security.STARTTLS):
            port = USUAL_PORTS[endpoint.protocol, security]
            if port != endpoint.port:
                yield Look(replace(endpoint, port=port, security=security))
        yield from map(Look, self._listed(endpoint.host, endpoint.protocol))
        own = self.provider.endpoints if self.provider else ()
        yield from (Look(at) for at in own if at.protocol is endpoint.protocol)
        # A token is for its provider's servers, whatever names a certificate has.
        named = seen.certificate if seen.way not in SIGNED_IN else None
        if seen.fault is Fault.CERTIFICATE_WRONG_HOST and named:
            yield from self._by_names(endpoint, named.names)

    def _by_names(self, endpoint: Endpoint, names: Sequence[str]) -> Iterator[Look]:
        """The names of a certificate: first those of whom the person meant, then strangers'."""
        hosts = [host for name in names for host in mail_hosts(name, endpoint.protocol)]
        ours = (zone_of(endpoint.host), self.address.domain)
        strangers: list[Look] = []
        for host in dict.fromkeys(hosts):
            if any(is_within(host, zone) for zone in ours):
                yield Look(replace(endpoint, host=host))
                continue
            known = self._listed(host, endpoint.protocol)
            yield from map(Look, known)
            if not known:
                strangers.append(Look(replace(endpoint, host=host), foreign=True))
        yield from strangers

    def _listed(self, host: str, protocol: Protocol) -> tuple[Endpoint, ...]:
        """What the directory knows of this very host."""
        ends = [end for keeper in self.book.by_host(host) for end in keeper.endpoints]
        return tuple(end for end in ends if end.host == host.lower() and end.protocol is protocol)

    async def _look_at(self, places: Sequence[Look]) -> tuple[Look, ...]:
        """Look everywhere at once; over as soon as nothing better can come."""
        tasks = [asyncio.create_task(self._look_once(place)) for place in places]
        waiting = set(tasks)
        try:
            while waiting and not _decided(tasks):
                _, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return tuple(task.result() for task in tasks if not task.cancelled())

    async def _look_once(self, place: Look) -> Look:
        began = self.clock()
        try:
            async with asyncio.timeout(self.seconds):
                await self.probe(place.at, None, lambda result: None)
        except MailError as error:
            seen = error.evidence
            place = replace(place, fault=seen.fault, stage=seen.stage, spoken=seen.spoken)
        except TimeoutError:
            place = replace(place, fault=Fault.TIMEOUT)
        return replace(place, ms=round((self.clock() - began) * 1000))

    async def _ask_clock(self, seen: Evidence) -> timedelta:
        """How far this computer's clock is ahead, asked only where dates have failed.

        Not past a proxy: whoever set one may not want anybody to be asked directly.
        """
        if seen.fault not in _DATES or seen.proxy:
            return timedelta()
        try:
            async with asyncio.timeout(self.seconds):
                return await self.ask_clock() or timedelta()
        except TimeoutError:
            return timedelta()


def _spot(at: Endpoint) -> tuple[str, int, Security]:
    return at.host.lower(), at.port, at.security


def _decided(tasks: Sequence[asyncio.Task[Look]]) -> bool:
    for task in tasks:
        if not task.done():
            return False
        look = task.result()
        if look.fault is None and not look.foreign:
            return True
    return True


def _renamed(seen: Evidence, off: timedelta, now: datetime) -> Fault:
    """The fault by the name that the closer look gives it."""
    if seen.fault in _DATES and abs(off) > _ADRIFT:
        shown, true = seen.certificate, now - off
        # Where the dates would be wrong by the right clock, too, they are what has to be mended.
        if shown is None or shown.not_before <= true <= shown.not_after:
            return Fault.CLOCK_WRONG
    if seen.stage is Stage.CONNECT and seen.fault in _SILENCE and any(map(_open(seen), seen.looks)):
        return Fault.PORT_BLOCKED
    return seen.fault


def _open(seen: Evidence) -> Callable[[Look], bool]:
    """Whether a look has found another port of the same server open."""

    def is_open(look: Look) -> bool:
        here = look.at.host == seen.host and look.at.port != seen.port
        return here and (look.fault is None or look.fault in _ONLY_UNVOUCHED)

    return is_open


async def nobody_knows() -> timedelta | None:
    """For callers without anybody to ask for the time."""
    return None


def tried(seen: Evidence) -> tuple[tuple[str, str, int], ...]:
    """What was tried, as plain rows for a report: place, result, milliseconds (-1: not measured).

    The first is the server itself; nothing in them is secret, and names of hosts come from the
    account, the directory or a certificate.
    """
    fault = seen.first or seen.fault
    rows = [(f"{seen.host}:{seen.port}/{seen.security}", f"{seen.stage}/{fault}", -1)]
    for look in seen.looks:
        result = f"{look.stage or 'look'}/{look.fault}" if look.fault else "answers"
        if look.spoken:
            result += f" {look.spoken}"
        if look.foreign:
            result += " (named by the certificate only)"
        rows.append((f"{look.at}/{look.at.security}", result, look.ms))
    if abs(seen.clock_off) >= 3600:
        rows.append(("this computer's clock", f"{seen.clock_off / 86400:+.1f} days", -1))
    return tuple(rows)
