"""The sources on the net that may know a domain's servers, each as one question.

They are told the domain, never an address or a name of a person; none is believed here.
"""

from __future__ import annotations

import asyncio
import functools
import ssl
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from laifaxin_desktop.model.offer import Offer
from laifaxin_desktop.model.problem import MailError

from . import dns
from .addresses import Resolve, may_reach, reach
from .call import Dial, Heard, in_thread, told

if TYPE_CHECKING:
    from .web import Page

# Thunderbird's database of settings (https://github.com/thunderbird/autoconfig).
ISPDB = "https://autoconfig.thunderbird.net/v1.1/{0}"
_OWN = (
    "https://autoconfig.{0}/mail/config-v1.1.xml",
    "https://{0}/.well-known/autoconfig/mail/config-v1.1.xml",
)
_EXCHANGE = "https://autodiscover.{0}/autodiscover/autodiscover.xml"

MayAsk = Callable[[str], bool]  # whether a host may be asked


class Search:
    """Asks over the TLS that everything else is verified by; see `engine.sources`."""

    def __init__(
        self,
        context: ssl.SSLContext,
        provider_at: Callable[[str], str | None],
        resolver: dns.Make | None = None,
        dial: Dial | None = None,
    ) -> None:
        """`provider_at` names the provider whose autodiscover service a host is.

        `dial` connects by the system's proxy, where it has one.
        """
        self._context, self._provider_at, self._dial = context, provider_at, dial
        self._srv = functools.partial(dns.srv, resolver=resolver)
        self._txt = functools.partial(dns.txt, resolver=resolver)
        self._cname = functools.partial(dns.cname, resolver=resolver)

    async def base(self, host: str) -> str | None:
        """The registered domain that a host lies in."""
        from .suffixes import registered

        return await in_thread(lambda: registered(host), "suffix look-up")

    async def autoconfig(self, domain: str, heard: Heard, may_ask: MayAsk) -> Offer | None:
        """What the domain itself publishes; both of its places are asked at once."""
        tasks = [
            asyncio.create_task(self._settings(url.format(domain), domain, heard, may_ask))
            for url in _OWN
        ]
        try:
            for task in tasks:
                if offer := await task:
                    return offer
            return None
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)  # they tell of themselves

    async def ispdb(self, domain: str, heard: Heard, may_ask: MayAsk) -> Offer | None:
        """What Thunderbird's database knows of the domain; it goes nowhere else."""
        own = urlsplit(ISPDB).netloc
        url = ISPDB.format(domain)
        # Its address is not the domain's answer: a network may well have a copy of its own.
        return await self._settings(url, domain, heard, own.__eq__, resolve=reach)

    async def srv(self, domain: str, heard: Heard, may_ask: MayAsk) -> Offer | None:
        """What the DNS says of the domain's services."""
        from .services import services

        return await services(domain, heard, self._srv)

    async def pacc(self, domain: str, heard: Heard, may_ask: MayAsk) -> Offer | None:
        """What the domain publishes for user agents, where the DNS vouches for the very file.

        The DNS is asked first: without a digest no file could be believed.
        """
        from . import pacc

        name = pacc.name_of(domain)
        try:
            with told(name, heard):
                vouched = pacc.digests(await self._txt(name))
        except MailError as error:
            heard(name, error.evidence.fault)
            return None
        if not vouched:
            heard(name, "nothing")
            return None
        heard(name, "found")
        return await self._read(
            pacc.url_of(domain), heard, may_ask, lambda page: pacc.offer_of(page.body, vouched)
        )

    async def exchange(self, domain: str, heard: Heard) -> str | None:
        """The provider whose autodiscover service the domain's own name leads to.

        Nobody is followed there and nothing is sent: who it is, is all that is wanted.
        """
        name = f"autodiscover.{domain}"
        try:
            with told(name, heard):
                host = await self._cname(name)
        except MailError as error:
            heard(name, error.evidence.fault)
            return None
        heard(name, host or "nothing")
        if host and (provider := self._provider_at(host)):
            return provider
        from .web import ask, https_address

        url = _EXCHANGE.format(domain)
        with told(url, heard):
            page = await ask(url, self._context, dial=self._dial)
        target = https_address(page.location) if page.location else None
        host = urlsplit(target).netloc if target else ""
        heard(url, host or page.answer or "nothing")
        return self._provider_at(host) if host else None

    async def _settings(
        self,
        url: str,
        domain: str,
        heard: Heard,
        may_ask: MayAsk,
        resolve: Resolve = may_reach,
    ) -> Offer | None:
        from .autoconfig import offer_of

        def read(page: Page) -> Offer | str:
            return offer_of(page, domain)

        return await self._read(url, heard, may_ask, read, resolve)

    async def _read(
        self,
        url: str,
        heard: Heard,
        may_ask: MayAsk,
        read: Callable[[Page], Offer | str],
        resolve: Resolve = may_reach,
    ) -> Offer | None:
        from .web import fetch

        page = await fetch(url, self._context, heard, may_ask, resolve=resolve, dial=self._dial)
        if page is None:
            return None
        offer = await in_thread(lambda: read(page), "settings reading")
        heard(page.location, offer if isinstance(offer, str) else "found")
        return None if isinstance(offer, str) else offer
