"""From an address to servers: every source asked within one deadline, the better one wins."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from laifaxin_desktop.engine.draft import settings_of
from laifaxin_desktop.engine.ports import Book, LookUpMx, LookUpTenant, Probe
from laifaxin_desktop.model.account import Discovery, Found, NotFound, Offline, Settings, Tried
from laifaxin_desktop.model.address import Address
from laifaxin_desktop.model.problem import Fault, MailError
from laifaxin_desktop.model.provider import (
    AuthWay,
    Endpoint,
    Protocol,
    Provider,
    Security,
    Side,
)

Note = Callable[[str, str, str], None]  # source, what was asked, its answer

BOOK, MX, PROBE, TENANT = "book", "mx", "probe", "tenant"  # the sources, in their order of trust

# Two clouds share their mail exchangers: only the directory tells them apart.
_SHARED_EXCHANGERS = ("gcc_high", "dod")

# What small providers call their servers, the most secure first.
_GUESSES: dict[Side, tuple[tuple[str, Protocol, int, Security], ...]] = {
    Side.RECEIVE: (
        ("imap", Protocol.IMAP, 993, Security.TLS),
        ("mail", Protocol.IMAP, 993, Security.TLS),
        ("imap", Protocol.IMAP, 143, Security.STARTTLS),
        ("mail", Protocol.IMAP, 143, Security.STARTTLS),
    ),
    Side.SEND: (
        ("smtp", Protocol.SMTP, 465, Security.TLS),
        ("mail", Protocol.SMTP, 465, Security.TLS),
        ("smtp", Protocol.SMTP, 587, Security.STARTTLS),
        ("mail", Protocol.SMTP, 587, Security.STARTTLS),
    ),
}


async def no_tenant(domain: str) -> str | None:
    """Where Microsoft is not to be asked."""
    return None


@dataclass(frozen=True, slots=True)
class Discoverer:
    """Asks the sources; sends no secret and not even the address to anybody."""

    book: Book
    mx: LookUpMx
    probe: Probe
    clock: Callable[[], float]  # seconds, monotonic
    tenant: LookUpTenant = no_tenant
    deadline: float = 8.0  # seconds, for all sources together

    async def discover(
        self,
        address: Address,
        on_tried: Callable[[Tried], None] = lambda tried: None,
        *,
        offline: bool = False,
    ) -> Discovery:
        """Find the servers of an address; `offline` asks the built-in directory only."""
        tried: list[Tried] = []
        began = self.clock()

        def note(source: str, url: str, answer: str) -> None:
            entry = Tried(source, url, round((self.clock() - began) * 1000), answer)
            tried.append(entry)
            on_tried(entry)

        if provider := self.book.by_domain(address.domain):
            note(BOOK, address.domain, "found")
            settings = settings_of(provider, provider.ways[0])
            return Found(settings, provider, BOOK, trusted=True, tried=tuple(tried))
        note(BOOK, address.domain, "nothing")
        if offline:
            return NotFound(tuple(tried))

        guesses = _Guesses(address.domain, self.probe, note)
        guessing = asyncio.create_task(guesses.look())
        asking = asyncio.create_task(self._by_tenant(address.domain, note))
        cut_off = False
        try:
            async with asyncio.timeout(self.deadline):
                provider, cut_off = await self._by_mx(address.domain, note)
                if provider and provider.cloud in _SHARED_EXCHANGERS:
                    provider = await asyncio.shield(asking) or provider
                if provider:
                    return _found(provider, MX, tried)
                await asyncio.shield(guessing)
                if not guesses.settings() and (provider := await asyncio.shield(asking)):
                    return _found(provider, TENANT, tried)
        except TimeoutError:
            note(PROBE, address.domain, "timeout")  # what answered in time is still used
        finally:
            for task in (guessing, asking):
                task.cancel()
            await asyncio.gather(guessing, asking, return_exceptions=True)
        if guessed := guesses.settings():
            return Found(guessed, None, PROBE, trusted=False, tried=tuple(tried))
        return Offline(tuple(tried)) if cut_off else NotFound(tuple(tried))

    async def _by_tenant(self, domain: str, note: Note) -> Provider | None:
        """The Microsoft cloud that holds the domain's directory, as a provider."""
        try:
            found = await self.tenant(domain)
        except MailError as error:
            note(TENANT, domain, error.evidence.fault)
            return None
        note(TENANT, domain, found or "nothing")
        return self.book.by_id(found)

    async def _by_mx(self, domain: str, note: Note) -> tuple[Provider | None, bool]:
        """The provider that receives this domain's mail; and whether there is no network."""
        try:
            hosts = await self.mx(domain)
        except MailError as error:
            note(MX, domain, error.evidence.fault)
            return None, error.evidence.fault is Fault.OFFLINE
        for host in hosts:
            if provider := self.book.by_mx(host):
                note(MX, domain, host)
                return provider, False
        note(MX, domain, hosts[0] if hosts else "nothing")
        return None, False


def _found(provider: Provider, source: str, tried: list[Tried]) -> Found:
    settings = settings_of(provider, provider.ways[0])
    return Found(settings, provider, source, trusted=False, tried=tuple(tried))


class _Guesses:
    """Servers under usual names that greeted us over verified encryption; no secret is sent."""

    def __init__(self, domain: str, probe: Probe, note: Note) -> None:
        self._probe, self._note = probe, note
        self._wanted = {
            side: [Endpoint(p, f"{name}.{domain}", port, s) for name, p, port, s in rows]
            for side, rows in _GUESSES.items()
        }
        self._answered: dict[Endpoint, bool] = {}
        self._settled = asyncio.Event()

    async def look(self) -> None:
        """Ask all at once; over as soon as no better answer can come."""
        async with asyncio.TaskGroup() as looks:
            tasks = [
                looks.create_task(self._look_at(end))
                for ends in self._wanted.values()
                for end in ends
            ]
            await self._settled.wait()
            for task in tasks:
                task.cancel()

    async def _look_at(self, endpoint: Endpoint) -> None:
        try:
            await self._probe(endpoint, None, lambda result: None)
        except MailError as error:
            self._note(PROBE, str(endpoint), error.evidence.fault)
            self._answered[endpoint] = False
        else:
            self._note(PROBE, str(endpoint), "found")
            self._answered[endpoint] = True
        if all(self._decided(ends) for ends in self._wanted.values()):
            self._settled.set()

    def _decided(self, ends: list[Endpoint]) -> bool:
        for end in ends:
            if end not in self._answered:
                return False
            if self._answered[end]:
                return True
        return True

    def settings(self) -> Settings | None:
        """The best of what has answered; None when nothing has."""
        best = {
            side: next((end for end in ends if self._answered.get(end)), None)
            for side, ends in self._wanted.items()
        }
        if not any(best.values()):
            return None
        return Settings(best[Side.RECEIVE], best[Side.SEND], AuthWay.PASSWORD)
