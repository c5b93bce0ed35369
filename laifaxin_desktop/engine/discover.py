"""From an address to servers: every source asked within one deadline, the better one wins.

    book > autoconfig > ispdb > mx (the book, then its domain's autoconfig and ispdb) > srv > pacc
         > exchange > probe > tenant

All are asked at once. One that is silent holds the others up for a while only.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from laifaxin_desktop.engine.draft import settings_of
from laifaxin_desktop.engine.found import found_by, found_in, is_in_book
from laifaxin_desktop.engine.guesses import Guesses
from laifaxin_desktop.engine.ports import Book, LookUpMx, LookUpTenant, Probe
from laifaxin_desktop.engine.sources import Heard, NoSources, Published, Sources
from laifaxin_desktop.model.account import Discovery, Found, NotFound, Offline, Settings, Tried
from laifaxin_desktop.model.address import Address
from laifaxin_desktop.model.offer import is_within
from laifaxin_desktop.model.problem import Fault, MailError
from laifaxin_desktop.model.provider import Provider

Note = Callable[[str, str, str], None]  # source, what was asked, its answer
Asked = asyncio.Task[Found | None]

# The sources, in their order of trust.
BOOK, AUTOCONFIG, ISPDB, MX, SRV = "book", "autoconfig", "ispdb", "mx", "srv"
PACC, EXCHANGE, PROBE, TENANT = "pacc", "exchange", "probe", "tenant"

# Two clouds share their mail exchangers: only the directory tells them apart.
_SHARED_EXCHANGERS = ("gcc_high", "dod")


async def no_tenant(domain: str, heard: Heard) -> str | None:
    """Where Microsoft is not to be asked."""
    heard(domain, "skipped")
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
    sources: Sources = field(default_factory=NoSources)
    patience: float = 3.0  # seconds for the better sources, once a lesser one has servers

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
            if answer == "cut" and any((t.source, t.url) == (source, url) for t in tried):
                return  # "timeout" was said
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
        search = _Search(self, address, note)
        if found := await search.best():
            return replace(found, tried=tuple(tried))
        if search.cut_off:
            return Offline(tuple(tried))
        return NotFound(tuple(tried), search.hint)


class _Search:
    """One search for one domain that the book does not know."""

    def __init__(self, parts: Discoverer, address: Address, note: Note) -> None:
        self._parts, self._address = parts, address
        self._silent = False

        def unless_silent(source: str, asked: str, answer: str) -> None:
            if not self._silent:
                note(source, asked, answer)

        self._note = unless_silent
        self._domain = address.domain
        self._guesses = Guesses(self._domain, parts.probe, partial(note, PROBE))
        self._directory: asyncio.Task[Provider | None] | None = None
        self.cut_off = False  # this computer has no network

    @property
    def hint(self) -> Settings | None:
        """What answered under usual names, and could not be trusted."""
        return self._guesses.untrusted()

    async def best(self) -> Found | None:
        """The answer of the best source that has one."""
        sources, domain = self._parts.sources, self._domain
        self._directory = asyncio.create_task(self._in_directory())
        asks = {
            AUTOCONFIG: self._published(sources.autoconfig, AUTOCONFIG, domain, vouched=True),
            ISPDB: self._published(sources.ispdb, ISPDB, domain, vouched=True),
            MX: self._by_mx(),
            SRV: self._published(sources.srv, SRV, domain, vouched=False),
            PACC: self._published(sources.pacc, PACC, domain, vouched=True),
            EXCHANGE: self._by_exchange(),
            PROBE: self._by_probe(),
            TENANT: self._by_tenant(self._directory),
        }
        tasks = [asyncio.create_task(ask, name=source) for source, ask in asks.items()]
        try:
            return await self._first(tasks)
        except asyncio.CancelledError:
            self._silent = True  # whoever asked has gone
            raise
        finally:
            everything = (*tasks, self._directory)
            for task in everything:
                task.cancel()
            await asyncio.gather(*everything, return_exceptions=True)

    async def _first(self, tasks: Sequence[Asked]) -> Found | None:
        """The first of the tasks, by their order, that has servers; waits for those before it."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._parts.deadline) as limit:
                while waiting := [task for task in tasks if not task.done()]:
                    first = next((t for t in tasks if not t.done() or t.result()), None)
                    if first is None or first.done():
                        break
                    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                    if any(task.done() and task.result() for task in tasks):
                        soon = loop.time() + self._parts.patience
                        limit.reschedule(min(limit.when() or soon, soon))
        except TimeoutError:
            for task in tasks:
                if not task.done():
                    self._note(task.get_name(), self._domain, "timeout")
        answers = (task.result() for task in tasks if task.done())
        found = next((answer for answer in answers if answer), None)
        if found is None and (guessed := self._guesses.settings()):
            return Found(guessed, None, PROBE, trusted=False)  # what answered in time
        return found

    async def _published(
        self, ask: Published, source: str, domain: str, *, vouched: bool
    ) -> Found | None:
        """What a source publishes about a domain: the address's own, or its exchanger's."""

        def may_ask(host: str) -> bool:
            own = is_within(host, domain) or is_within(host, self._domain)
            return own or is_in_book(host, self._parts.book)

        offer = await ask(domain, partial(self._note, source), may_ask)
        if domain != self._domain:
            source = MX  # which has led there
        return found_in(offer, source, self._address, self._parts.book, vouched=vouched)

    async def _by_mx(self) -> Found | None:
        """The provider that receives the domain's mail, or what its own domain publishes."""
        parts, domain = self._parts, self._domain
        try:
            hosts = await parts.mx(domain)
        except asyncio.CancelledError:
            self._note(MX, domain, "cut")
            raise
        except MailError as error:
            self._note(MX, domain, error.evidence.fault)
            self.cut_off = error.evidence.fault is Fault.OFFLINE
            return None
        for host in hosts:
            if provider := parts.book.by_mx(host):
                self._note(MX, domain, host)
                if provider.cloud in _SHARED_EXCHANGERS and self._directory:
                    provider = await asyncio.shield(self._directory) or provider
                return found_by(provider, MX)
        self._note(MX, domain, hosts[0] if hosts else "nothing")
        base = await parts.sources.base(hosts[0]) if hosts else None
        if base is None or base == domain:
            return None
        if provider := parts.book.by_domain(base):
            return found_by(provider, MX)
        return await self._by_exchanger(base)

    async def _by_exchanger(self, base: str) -> Found | None:
        """What the domain of the mail exchanger publishes; only the DNS says that it may speak."""
        sources = self._parts.sources
        tasks = [
            asyncio.create_task(self._published(ask, source, base, vouched=False))
            for source, ask in ((AUTOCONFIG, sources.autoconfig), (ISPDB, sources.ispdb))
        ]
        try:
            for task in tasks:
                if found := await task:
                    return found
            return None
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _by_exchange(self) -> Found | None:
        """The provider that the domain's autodiscover name leads to."""
        known = await self._parts.sources.exchange(self._domain, partial(self._note, EXCHANGE))
        provider = self._parts.book.by_id(known)
        return found_by(provider, EXCHANGE) if provider else None

    async def _by_probe(self) -> Found | None:
        """Servers under usual names."""
        await self._guesses.look()
        guessed = self._guesses.settings()
        return Found(guessed, None, PROBE, trusted=False) if guessed else None

    async def _by_tenant(self, directory: asyncio.Task[Provider | None]) -> Found | None:
        """The Microsoft cloud that holds the domain's directory; its mail may be elsewhere."""
        provider = await asyncio.shield(directory)
        return found_by(provider, TENANT) if provider else None

    async def _in_directory(self) -> Provider | None:
        with contextlib.suppress(MailError):  # it was heard
            found = await self._parts.tenant(self._domain, partial(self._note, TENANT))
            return self._parts.book.by_id(found)
        return None
