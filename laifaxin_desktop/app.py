"""Builds every part once, plugs them together, and hands out one frozen record of verbs."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from socket import socket
from typing import TYPE_CHECKING

from laifaxin_desktop.engine import mechanisms, setup
from laifaxin_desktop.engine.authorize import Authorizer
from laifaxin_desktop.engine.check import Checker
from laifaxin_desktop.engine.discover import Discoverer
from laifaxin_desktop.engine.draft import Draft, Reason, Step, start
from laifaxin_desktop.engine.found import as_published, names_in
from laifaxin_desktop.engine.ports import OAuth, Observe
from laifaxin_desktop.engine.sources import Heard
from laifaxin_desktop.engine.visit import FirstWords, ObserveSide, unobserved, unsaid
from laifaxin_desktop.engine.watch import Watch
from laifaxin_desktop.engine.ways import (
    ByRoute,
    by_route,
    look,
    may_except,
    proxy_secret_for,
    sign_in_route,
)
from laifaxin_desktop.knowledge.clouds import CloudBook
from laifaxin_desktop.knowledge.diagnoses import DiagnosisTable
from laifaxin_desktop.knowledge.providers import ProviderBook
from laifaxin_desktop.knowledge.time_sources import time_sources
from laifaxin_desktop.knowledge.words import Words
from laifaxin_desktop.log import LIVE
from laifaxin_desktop.lookup.addresses import may_reach
from laifaxin_desktop.lookup.clock import clock_off
from laifaxin_desktop.lookup.dns import mx
from laifaxin_desktop.lookup.search import Search
from laifaxin_desktop.lookup.system_proxy import read_system_proxies, system_proxies
from laifaxin_desktop.mail.dial import Dialler
from laifaxin_desktop.mail.probe import MailProbe
from laifaxin_desktop.mail.tls import client_context
from laifaxin_desktop.model.account import Account, Capabilities, Discovery, Login, Settings, Tried
from laifaxin_desktop.model.address import Address
from laifaxin_desktop.model.microsoft import SIGNED_IN, SignIn
from laifaxin_desktop.model.problem import Evidence, MailError
from laifaxin_desktop.model.provider import AuthWay, Endpoint, Protocol, Provider, Security
from laifaxin_desktop.model.report import Report
from laifaxin_desktop.model.route import DIRECT, Route, through_system_proxy
from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.oauth.microsoft import Microsoft
from laifaxin_desktop.places import Places
from laifaxin_desktop.store.accounts import FILE, AccountStore

if TYPE_CHECKING:
    from laifaxin_desktop.knowledge.lookalikes import Resemblance

_log = logging.getLogger(__name__)

_GRACE = 3.0  # seconds
_NOWHERE = Settings(None, None, AuthWay.PASSWORD)
RETURN_PAGE = "return_page.html"  # what the browser shows at the end of a sign-in


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What the program knows before it has any account: read from resources/, changes nothing."""

    words: Words
    clouds: CloudBook
    book: ProviderBook
    table: DiagnosisTable
    time_sources: tuple[str, ...]  # hosts that are asked for the time

    @classmethod
    def load(cls, places: Places) -> Knowledge:
        """Read the files; a broken one is a bug of ours and raises."""
        words = Words.load(places.resources / "words.toml")
        clouds = CloudBook.load(
            places.resources / "microsoft.toml", places.config / "microsoft.toml", os.environ
        )
        book = ProviderBook.load(
            places.resources / "providers", clouds, own=places.config / "providers"
        )
        table = DiagnosisTable.load(places.resources / "diagnoses.toml", book, words)
        return cls(words, clouds, book, table, time_sources(places.resources / "clock.toml"))


@dataclass(frozen=True, slots=True)
class App:
    """Everything the window and the command line can do."""

    places: Places
    words: Words
    clouds: CloudBook
    book: ProviderBook
    table: DiagnosisTable
    accounts: AccountStore
    checker: Checker
    discoverer: Discoverer
    watch: Watch
    oauth: OAuth

    @property
    def other(self) -> Provider:
        """The provider that is set up by hand."""
        provider = self.book.by_id("other")
        if provider is None:
            raise LookupError("resources/providers has no file for 'other'")
        return provider

    def provider_of(self, account: Account) -> Provider:
        """The provider of a stored account; `other` when its file is gone."""
        return self.book.by_id(account.provider) or self.other

    def begin(
        self, reason: Reason, account: Account | None = None, *, begin: Step | None = None
    ) -> Draft:
        """The draft that a wizard opens with; `begin` is its first page, where not the reason's."""
        if account is None:
            return start(reason)
        provider, app = self.provider_of(account), account.settings.sign_in
        known = self.one_click(provider)
        own = app is not None and (known is None or known.client_id != app.client_id)
        return start(reason, account, provider, begin=begin, own_app=own)

    def one_click(self, provider: Provider | None) -> SignIn | None:
        """How to sign in at this provider without an app of one's own; None where none is there."""
        return self.clouds.one_click_at(provider) if provider else None

    async def client_secret(self, draft: Draft) -> Secret | None:
        """The app's own secret for a sign-in: as typed, else what is stored with the account.

        :raises MailError: stage vault
        """
        if draft.client_secret or draft.editing is None or not setup.stores_app_secret(draft):
            return draft.client_secret
        return await self.accounts.secret(draft.editing.id)

    async def signing(self, draft: Draft) -> OAuth:
        """Who signs in for this draft, by the draft's own way.

        :raises MailError: its proxy's password is missing, or stage vault
        """
        if draft.settings is None:
            return self.oauth
        return self.oauth.through(sign_in_route(draft.settings, await self._at_proxy(draft)))

    async def _at_proxy(self, draft: Draft) -> Secret | None:
        account = draft.editing.id if draft.editing else None
        settings = draft.settings or _NOWHERE
        return await proxy_secret_for(settings, draft.proxy_secret, account, self.accounts)

    async def look(self, draft: Draft) -> Report:
        """What the draft's servers show of themselves by its own way, without any secret.

        :raises MailError: its proxy's password is missing, or stage vault
        """
        if draft.address is None or draft.settings is None:
            raise ValueError("a draft without address or servers cannot be looked at")
        checker, word = self.checker, await self._at_proxy(draft)
        probe = await by_route(
            checker.probe, draft.settings, word, checker.ask_system, checker.gates
        )
        diagnose, now = checker.diagnose, checker.now()
        return await look(draft.address, draft.settings, probe, diagnose, self.book, now)

    async def may_except(self, seen: Evidence, report: Report) -> bool:
        """Whether a person may except the certificate that one leg of a report has shown.

        :raises MailError: the database cannot be used
        """
        last = await self.accounts.reports()
        others = (each for account, each in last.items() if account != report.account)
        return may_except(seen, (report, *others))

    async def discover(
        self,
        address: Address,
        on_tried: Callable[[Tried], None] = lambda tried: None,
        *,
        offline: bool = False,
    ) -> Discovery:
        """Find the servers of an address; see `engine.discover`."""
        return await self.discoverer.discover(address, on_tried, offline=offline)

    def alike(self, address: Address, found: Discovery | None) -> tuple[Resemblance, ...]:
        """What the domain, or a host that an answer named, could be taken for by a person."""
        return self.book.alike(names_in(address, found))

    async def listen(self, draft: Draft) -> mechanisms.Heard:
        """What the draft's servers say of how one signs in; hands them nothing, never fails."""
        try:
            word = await self._at_proxy(draft)
        except MailError:  # the check will say so
            return {}
        checker, settings = self.checker, draft.settings or _NOWHERE
        if as_published(draft):  # as in the search: no public name leads inside
            return await mechanisms.listen(mechanisms.servers(draft), self.discoverer.probe)
        probe = await by_route(checker.probe, settings, word, checker.ask_system, checker.gates)
        return await mechanisms.listen(mechanisms.servers(draft), probe)

    def as_heard(self, draft: Draft, heard: mechanisms.Heard, *, choose: bool) -> Draft:
        """The draft with its ways as the servers have them; see `engine.mechanisms`."""
        reasons = {each: self.words(f"live.{each}") for each in mechanisms.Refusal}
        return mechanisms.with_heard(draft, heard, reasons, choose=choose)

    async def check(
        self, draft: Draft, observe: ObserveSide = unobserved, first: FirstWords = unsaid
    ) -> Report:
        """Log in with the draft's servers and secret, or with the stored secret if it has none.

        `first` hears of a failure at once; the report may know more of it, seconds later. Tokens
        that the check renews are remembered until `finish`.
        """
        address, settings, editing = draft.address, draft.settings, draft.editing
        if address is None or settings is None:
            raise ValueError("a draft without address or servers cannot be checked")
        proof = draft.proof
        if proof is None and editing is not None:
            if (settings.auth in SIGNED_IN) is not (editing.settings.auth in SIGNED_IN):
                raise ValueError("stored tokens are no password, nor the reverse")
            stored = replace(editing, settings=settings)
            return await self.checker.check_stored(
                stored, self.accounts, observe, first, draft.proxy_secret
            )
        if proof is None:
            raise ValueError("a draft without a secret cannot be checked")
        return await self.checker.check(
            address,
            settings,
            proof,
            provider=draft.provider,
            account=editing.id if editing else None,
            observe=observe,
            first=first,
            proxy_secret=draft.proxy_secret,
        )

    async def finish(self, draft: Draft) -> Account:
        """Store the draft's account and tell everybody who watches.

        :raises MailError: stage vault, when the secret cannot be kept safely
        """
        proof = draft.proof
        if proof is not None and draft.signs_in:
            proof = await self.checker.authorizer.latest(proof)
        account = await setup.finish(
            draft,
            self.accounts,
            account_id=uuid.uuid4().hex,
            now=datetime.now(UTC),
            proof=proof,
        )
        self.watch.tell()
        _log.info("kept %s", account.address.shortened, extra={"account": account.id})
        return account

    async def end_renewals(self) -> None:
        """Before tasks are cancelled: what is on its way is stored, within a few seconds."""
        await self.checker.authorizer.end(_GRACE)

    async def close(self) -> None:
        """Close the database, once tokens on their way are in it."""
        await self.end_renewals()
        await self.accounts.close()


def forbid_core_dumps() -> None:
    """A crash must not write the memory, and the secrets in it, to a file; Windows writes none."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


async def open_app(
    places: Places,
    knowledge: Knowledge | None = None,
    *,
    look: bool = True,
    accounts: AccountStore | None = None,
) -> App:
    """Build the parts; slow ones (files, TLS context, database) in threads.

    Without `look` the database is opened when it is first needed, and fails only then; `accounts`
    is the one that was opened already.

    :raises StoreError: the database cannot be used
    """
    forbid_core_dumps()
    known = await asyncio.to_thread(Knowledge.load, places) if knowledge is None else knowledge
    context = await asyncio.to_thread(client_context)
    page = await asyncio.to_thread((places.resources / RETURN_PAGE).read_text, "utf-8")
    if accounts is None and look:
        accounts = await AccountStore.open(places.data)
    elif accounts is None:
        accounts = AccountStore(places.data / FILE)
    mail, direct = MailProbe(context), MailProbe(context, resolve=may_reach)

    async def probe(
        endpoint: Endpoint, login: Login | None, observe: Observe, route: Route = DIRECT
    ) -> Capabilities:
        """A probe whose secrets no log line can hold while it runs."""
        with ExitStack() as guarded:
            for secret in (login and login.secret, route.proxy_secret):
                if secret:
                    guarded.enter_context(LIVE.guarding(secret))
            return await mail(endpoint, login, observe, route)

    dialler = Dialler()

    def through(
        route: Route, host: str, port: int, seconds: float, made: Callable[[socket], object]
    ) -> socket:
        """A connection for the sign-in; the proxy's password likewise."""
        with LIVE.guarding(route.proxy_secret or Secret("")):
            return dialler(route, host, port, seconds, made)

    async def probe_as_system(
        endpoint: Endpoint, login: Login | None, observe: Observe, route: Route = DIRECT
    ) -> Capabilities:
        """A probe for a search, which knows of no account and its way."""
        system = await system_proxies()
        way = through_system_proxy(route, system, endpoint)
        if way.proxy is None:
            return await direct(endpoint, login, observe, way)
        # The proxy looks the names up.
        return await ByRoute(probe, route, system, checker.gates)(endpoint, login, observe)

    def by_proxy(
        host: str, port: int, seconds: float, made: Callable[[socket], object]
    ) -> socket | None:
        """A connection by the system's proxy for web pages, where it has one for this host."""
        page = Endpoint(Protocol.GRAPH, host, port, Security.TLS)
        way = through_system_proxy(DIRECT, read_system_proxies(), page)
        return through(way, host, port, seconds, made) if way.proxy else None

    async def ask_clock() -> timedelta | None:
        return await clock_off(known.time_sources)

    oauth = Microsoft(known.clouds.cloud, context, page=page, dial=through)
    checker = Checker(
        probe,
        known.table.diagnose,
        known.book,
        lambda: datetime.now(UTC),
        time.monotonic,
        Authorizer(oauth, accounts),
        ask_clock,
        ask_system=system_proxies,
    )
    authorities = [cloud.authority for cloud in known.clouds.all]

    async def tenant(domain: str, heard: Heard) -> str | None:
        from laifaxin_desktop.lookup.entra import cloud_of  # brings an HTTP client

        found = await cloud_of(domain, authorities, context, heard, by_proxy)
        return known.clouds.cloud(found).provider if found else None

    def exchange_at(host: str) -> str | None:
        """The provider whose autodiscover service a host is."""
        named = (cloud.provider for cloud in known.clouds.all if host in cloud.autodiscover)
        by_mx = known.book.by_mx(host)
        return next(named, by_mx.id if by_mx else None)

    discoverer = Discoverer(
        known.book,
        mx,
        probe_as_system,
        time.monotonic,
        tenant,
        sources=Search(context, exchange_at, dial=by_proxy),
    )
    return App(
        places,
        known.words,
        known.clouds,
        known.book,
        known.table,
        accounts,
        checker,
        discoverer,
        Watch(accounts, checker, may_begin=accounts.vault.may_begin),
        oauth,
    )
