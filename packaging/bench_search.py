"""The search for an unknown domain against its slowest source, and five hundred malformed files."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from bench_figures import Figure, Runs, within

from laifaxin_desktop.engine.discover import Discoverer
from laifaxin_desktop.knowledge.clouds import CloudBook
from laifaxin_desktop.knowledge.providers import ProviderBook
from laifaxin_desktop.lookup import dns
from laifaxin_desktop.lookup.addresses import may_reach
from laifaxin_desktop.lookup.search import Search
from laifaxin_desktop.mail.probe import MailProbe
from laifaxin_desktop.model.account import Discovery, Found, NotFound
from laifaxin_desktop.model.address import Address
from laifaxin_desktop.model.offer import is_within
from tests.lookup.mangled import mangled
from tests.lookup.net import Net, Reply, both_xml
from tests.servers.authority import Authority

_RESOURCES = Path(__file__).resolve().parent.parent / "resources"
_DOMAIN, _ISPDB = "corp.example", "autoconfig.thunderbird.net"
_OWN = f"https://autoconfig.{_DOMAIN}/mail/config-v1.1.xml"
_AUTODISCOVER = f"https://autodiscover.{_DOMAIN}/autodiscover/autodiscover.xml"
_SLOW, _SLOWEST = 0.5, 1.0  # seconds that a source thinks
_RUNS, _FILES = 5, 500


def figures(authority: Authority) -> list[Figure]:
    """Each source on a real server in this process; no other internet is within reach."""
    with _world(authority) as (net, finder, search):
        nothing, found = _nothing(net, finder), _found(net, finder)
        names, answered = _malformed(net, search)
    print(f"        {_FILES} malformed files: {answered} of them settings all the same")
    slowest = Runs((_SLOWEST * 1000,), "ms")
    slow = Runs((_SLOW * 1000,), "ms")
    return [
        Figure("nobody knows a domain", nothing, slowest, 1.25, "the slowest source's own time"),
        Figure(
            "the domain's own settings, others silent", found, slow, 1.25, "that source's own time"
        ),
        within(f"{_FILES} malformed files: names that were asked", names, 2),
    ]


@contextlib.contextmanager
def _world(authority: Authority) -> Iterator[tuple[Net, Discoverer, Search]]:
    labels = ("autoconfig", "autodiscover", "ua-auto-config")
    hosts = (_DOMAIN, *(f"{label}.{_DOMAIN}" for label in labels), _ISPDB)
    context = authority.client_context()
    clouds = CloudBook.load(_RESOURCES / "microsoft.toml", Path("/nonexistent"), {})
    book = ProviderBook.load(_RESOURCES / "providers", clouds)
    with contextlib.closing(Net(authority.issue(*hosts))) as net, net.installed():
        search = Search(context, lambda host: None, net.resolver)
        mx = partial(dns.mx, resolver=net.resolver)
        probe = MailProbe(context, resolve=may_reach)
        yield net, Discoverer(book, mx, probe, time.monotonic, sources=search), search


def _nothing(net: Net, finder: Discoverer) -> Runs:
    net.forget()
    net.serve(_OWN, _after(_SLOW))
    net.serve(_AUTODISCOVER, _after(_SLOW))
    net.serve(f"https://{_ISPDB}/v1.1/{_DOMAIN}", _after(_SLOWEST))
    return _runs(finder, NotFound)


def _found(net: Net, finder: Discoverer) -> Runs:
    net.forget()
    net.serve(_OWN, _after(_SLOW, both_xml()))
    for url in (_AUTODISCOVER, f"https://{_ISPDB}/v1.1/{_DOMAIN}"):
        net.serve(url, _after(30))
    return _runs(finder, Found)


def _runs(finder: Discoverer, expected: type[Discovery]) -> Runs:
    took = []
    for turn in range(_RUNS + 1):
        began = time.perf_counter()
        answer = asyncio.run(finder.discover(Address("li", _DOMAIN)))
        if not isinstance(answer, expected):
            raise RuntimeError(f"{answer} where {expected.__name__} was wanted")
        if turn:  # the first one imports what the others use
            took.append((time.perf_counter() - began) * 1000)
    return Runs(tuple(took), "ms")


def _after(seconds: float, body: bytes = b"") -> Callable[[socket.socket], None]:
    """A web server that thinks for a while."""
    status = b"200 OK" if body else b"404 Not Found"
    head = b"HTTP/1.1 %s\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n"

    def talk(line: socket.socket) -> None:
        time.sleep(seconds)  # it is what is measured against
        line.sendall(head % (status, len(body)) + body)

    return talk


def _malformed(net: Net, search: Search) -> tuple[Runs, int]:
    """Over HTTPS; an exception ends the bench, a question to somebody else shows in the ledger."""
    net.forget()

    async def ask() -> int:
        offers = 0
        for at in range(_FILES):
            net.serve(_OWN, Reply(mangled(20_000 + at)))
            within_it = partial(is_within, domain=_DOMAIN)
            offers += await search.autoconfig(_DOMAIN, lambda *told: None, within_it) is not None
        return offers

    offers = asyncio.run(ask())
    return Runs((float(len(net.asked())),), "names"), offers
