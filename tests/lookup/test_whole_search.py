"""The whole search over real servers: real book, real DNS, real HTTPS, real probes, one ledger."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import re
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from laifaxin_desktop.app import App, open_app
from laifaxin_desktop.engine.discover import Discoverer
from laifaxin_desktop.engine.draft import Draft, with_discovery, with_settings
from laifaxin_desktop.lookup import addresses
from laifaxin_desktop.lookup import dns as lookup_dns
from laifaxin_desktop.lookup.addresses import may_reach
from laifaxin_desktop.lookup.autoconfig import offer_of
from laifaxin_desktop.lookup.search import Search
from laifaxin_desktop.lookup.web import Page
from laifaxin_desktop.mail.probe import MailProbe
from laifaxin_desktop.model.account import Discovery, Found, NotFound, Settings
from laifaxin_desktop.model.address import Address
from laifaxin_desktop.model.offer import Offer, is_within
from laifaxin_desktop.model.provider import AuthWay, Endpoint, Protocol, Security
from laifaxin_desktop.places import Places
from tests.knowledge.books import BOOK, RESOURCES
from tests.lookup.mangled import mangled
from tests.lookup.net import IMAP, SMTP, ConnectProxy, Mail, Net, Reply, both_xml
from tests.servers.authority import Authority

LI = Address.parse("li.unusual.name@corp.example")
OWN = "https://autoconfig.corp.example/mail/config-v1.1.xml"
ISPDB_HOST = "autoconfig.thunderbird.net"


@pytest.fixture
def finder(net: Net, search: Search, trusting: ssl.SSLContext) -> Discoverer:
    """The search as the program has it, but for Microsoft's directory."""
    return Discoverer(
        BOOK,
        partial(lookup_dns.mx, resolver=net.resolver),
        MailProbe(trusting, resolve=may_reach),
        time.monotonic,
        sources=search,
    )


@pytest.fixture(autouse=True)
def _only_whom_it_may_ask(net: Net) -> Iterator[None]:
    """The ledger of every test here: within the mail domain, Thunderbird's database, or nobody."""
    yield
    allowed = ("corp.example", "firm.com", "hoster.example", ISPDB_HOST)
    strangers = {name for name in net.asked() if not any(is_within(name, one) for one in allowed)}
    assert strangers == set()
    for request in net.requests:
        words = request.url + str(request.headers)
        assert "unusual" not in words
        assert "%" not in request.url


def discover(finder: Discoverer, address: Address = LI) -> Discovery:
    return asyncio.run(finder.discover(address))


def answers(found: Discovery) -> dict[str, str]:
    return {tried.url: tried.answer for tried in found.tried}


def test_nothing_anywhere(finder: Discoverer, net: Net) -> None:
    found = discover(finder)
    assert isinstance(found, NotFound)
    told = answers(found)
    # What was asked of whom can be read, all of it.
    for name in net.asked():
        assert any(name in url for url in told), name
    assert {tried.source for tried in found.tried} == {
        "book", "autoconfig", "ispdb", "mx", "srv", "pacc", "exchange", "probe", "tenant",
    }  # fmt: skip


def test_a_domain_with_everything(finder: Discoverer, net: Net) -> None:
    net.serve(OWN, both_xml())
    net.serve(f"https://{ISPDB_HOST}/v1.1/corp.example", both_xml("other.corp.example"))
    net.records({"corp.example": {"MX": ["5 mxbiz1.qq.com."]}})
    found = discover(finder)
    assert isinstance(found, Found)
    assert (found.source, found.provider, found.trusted) == ("autoconfig", None, True)
    assert str(found.settings.incoming) == "imap.corp.example:993"


@pytest.mark.parametrize("silent", [(), (ISPDB_HOST,), ("autoconfig.corp.example", ISPDB_HOST)])
def test_whoever_was_asked_is_told_also_where_nobody_waited(
    silent: tuple[str, ...], finder: Discoverer, net: Net
) -> None:
    """Found at once, found while somebody is silent, or nothing within the deadline."""

    def hang(line: socket.socket) -> None:
        with contextlib.suppress(OSError):
            line.recv(1)  # until the other side has had enough

    for host in silent:
        path = "v1.1/corp.example" if host == ISPDB_HOST else "mail/config-v1.1.xml"
        net.serve(f"https://{host}/{path}", hang)
    if len(silent) < 2:
        net.serve(OWN, both_xml())
    found = discover(replace(finder, deadline=1.0))
    assert isinstance(found, Found) is (len(silent) < 2)
    told = answers(found)
    for name in net.asked():
        assert any(name in url for url in told), name
    for host in silent:
        assert any(host in url and answer == "cut" for url, answer in told.items())
    rows = [(tried.source, tried.url) for tried in found.tried]
    assert len(rows) == len(set(rows))


def test_own_settings_that_name_a_known_provider(finder: Discoverer, net: Net) -> None:
    net.serve(OWN, both_xml("imap.exmail.qq.com", "smtp.exmail.qq.com"))
    found = discover(finder)
    assert isinstance(found, Found)
    assert found.provider
    assert (found.provider.id, found.trusted, found.foreign) == ("exmail", True, ())
    net.serve(OWN, both_xml("outlook.office365.com", "smtp.office365.com"))
    found = discover(finder)
    assert isinstance(found, Found)
    assert found.provider
    assert found.provider.id == "m365_global"  # not the one for people's own mailboxes


def test_a_look_alike_exchanger_is_nobody_we_know(finder: Discoverer, net: Net) -> None:
    net.records({"corp.example": {"MX": ["5 outlook.com.hoster.example."]}})
    assert BOOK.by_mx("outlook.com.hoster.example") is None
    assert BOOK.by_mx("mail.protection.outlook.com.hoster.example") is None
    found = discover(finder)
    assert isinstance(found, NotFound)
    assert ("https://autoconfig.hoster.example/mail/config-v1.1.xml") in answers(found)
    # And when it has settings, they are a stranger's.
    net.serve(
        "https://autoconfig.hoster.example/mail/config-v1.1.xml",
        both_xml("imap.hoster.example", "smtp.hoster.example"),
    )
    found = discover(finder)
    assert isinstance(found, Found)
    assert (found.provider, found.trusted) == (None, False)
    assert found.foreign == ("imap.hoster.example", "smtp.hoster.example")


def test_names_that_only_look_like_others(finder: Discoverer, net: Net) -> None:
    net.serve(OWN, both_xml("imap.gmаil.com", "smtp.gmаil.com"))  # а of another script
    found = discover(finder)
    assert isinstance(found, Found)
    assert found.provider is None
    assert [end.host for end in found.settings.endpoints()] == [
        "imap.xn--gmil-63d.com", "smtp.xn--gmil-63d.com"
    ]  # fmt: skip
    assert BOOK.by_domain(Address.parse("li@gmаil.com").domain) is None


def test_a_dns_that_answers_everything(finder: Discoverer, net: Net) -> None:
    """Every name leads to one web server, which has one page for all: a parking place."""
    page = Reply(b"<html>for sale</html>", headers={"Content-Type": "text/html"})
    labels = ("autoconfig", "autodiscover", "imap", "mail", "pop", "smtp", "ua-auto-config")
    for host in ("corp.example", *(f"{label}.corp.example" for label in labels)):
        net.web_host(host)
    urls = [
        OWN,
        "https://corp.example/.well-known/autoconfig/mail/config-v1.1.xml",
        "https://autodiscover.corp.example/autodiscover/autodiscover.xml",
    ]
    for url in urls:
        net.serve(url, page)
    everything = {"A": ["127.0.0.1"], "MX": ["10 corp.example."], "TXT": ['"for sale"']}
    net.records(
        {
            "corp.example": everything,
            "_ua-auto-config.corp.example": everything,
            "autodiscover.corp.example": everything,
        }
    )
    found = discover(finder)
    assert isinstance(found, NotFound)
    assert {answers(found)[url] for url in urls[:2]} == {"not_settings"}


def test_a_captive_portal_answers_for_everybody(
    finder: Discoverer, net: Net, authority: Authority
) -> None:
    """It has a page for all names and on all ports, and says 200 to everything."""
    page = Reply(b"<html>Sign in to the Wi-Fi</html>", headers={"Content-Type": "text/html"})
    hosts = ["corp.example", ISPDB_HOST]
    hosts += [f"{label}.corp.example" for label in ("autoconfig", "autodiscover", "imap", "smtp")]
    with closing(Net(authority.other_host())) as portal:
        portal.default = page
        for host in hosts:
            for port in (443, 993, 465):
                net.lead(host, port, portal.port)
        found = discover(finder)
    assert isinstance(found, NotFound)
    told = answers(found)
    assert told[OWN] == told[f"https://{ISPDB_HOST}/v1.1/corp.example"] == "certificate"
    assert told["imap.corp.example:993"] == "certificate_wrong_host"
    assert portal.requests == []
    # One that every certificate is right for, because it owns the domain: still no settings.
    net.default = page
    for host in hosts:
        net.web_host(host)
    found = discover(finder)
    assert isinstance(found, NotFound)
    assert answers(found)[OWN] == "not_settings"


def test_guesses_are_offered_when_they_greet_under_a_good_certificate(
    finder: Discoverer, net: Net, authority: Authority
) -> None:
    good = net.certificate.context()
    strange = authority.other_host().context()
    with ExitStack() as running:
        imap, smtp, false = (
            running.enter_context(Mail(kind, context))
            for kind, context in ((IMAP, good), (SMTP, good), (IMAP, strange))
        )
        net.mail("imap.corp.example", 993, false)
        net.mail("mail.corp.example", 993, imap)
        net.mail("smtp.corp.example", 465, smtp)
        found = discover(finder)
        assert isinstance(found, Found)
        assert (found.source, found.trusted, found.foreign) == ("probe", False, ())
        ends = [str(end) for end in found.settings.endpoints()]
        assert ends == ["mail.corp.example:993", "smtp.corp.example:465"]
        assert all(end.security is Security.TLS for end in found.settings.endpoints())
        assert answers(found)["imap.corp.example:993"] == "certificate_wrong_host"
        heard = b"".join(imap.heard + smtp.heard).upper()
        assert not any(word in heard for word in (b"LOGIN", b"AUTHENTICATE ", b"AUTH "))


def test_services_elsewhere_must_be_accepted(finder: Discoverer, net: Net) -> None:
    net.records(
        {
            "_imaps._tcp.corp.example": {"SRV": ["0 1 993 imap.hoster.example."]},
            "_submissions._tcp.corp.example": {"SRV": ["0 1 465 smtp.hoster.example."]},
        }
    )
    found = discover(finder)
    assert isinstance(found, Found)
    assert (found.source, found.trusted) == ("srv", False)
    assert found.foreign == ("imap.hoster.example", "smtp.hoster.example")
    # Nobody there has heard of us yet.
    assert not any(name.endswith("hoster.example") for name in net.asked())


def test_a_known_domain_asks_nobody(finder: Discoverer, net: Net) -> None:
    found = discover(finder, Address.parse("li@qq.com"))
    assert isinstance(found, Found)
    assert found.trusted
    assert net.asked() == set()


def test_offline_asks_nobody(finder: Discoverer, net: Net) -> None:
    assert isinstance(asyncio.run(finder.discover(LI, offline=True)), NotFound)
    assert net.asked() == set()


def test_a_public_domain_that_leads_inside(finder: Discoverer, net: Net) -> None:
    """Servers that live there, with good certificates, are not even connected to."""
    with Mail(IMAP, net.certificate.context()) as server:
        net.mail("imap.firm.com", 993, server)
        net.serve("https://autoconfig.firm.com/mail/config-v1.1.xml", both_xml())
        found = discover(finder, Address.parse("li@firm.com"))
        assert isinstance(found, NotFound)
        told = answers(found)
        assert told["https://autoconfig.firm.com/mail/config-v1.1.xml"] == "inside"
        assert told["imap.firm.com:993"] == "unreachable"
        assert net.connected == []
        assert server.heard == []


def test_a_redirect_that_leads_inside(
    finder: Discoverer, net: Net, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name is the domain's own; where it leads is looked at again."""
    loopback = ipaddress.ip_network("127.0.0.0/8")  # where the test's outside is
    outside = tuple(each for each in addresses._INSIDE if each != loopback)
    monkeypatch.setattr(addresses, "_INSIDE", outside)
    own = "https://autoconfig.firm.com/mail/config-v1.1.xml"
    target = "https://settings.firm.com/mail.xml"
    net.serve(own, Reply(status=302, headers={"Location": target}))
    net.addresses["settings.firm.com"] = "10.9.9.9"
    told = answers(discover(finder, Address.parse("li@firm.com")))
    assert (told[own], told[target]) == ("redirected", "inside")
    assert "10.9.9.9" not in net.connected


async def found_by_the_program(folder: Path, address: Address, net: Net) -> Discovery:
    """The program as it is put together, but for the DNS of here."""
    app = await open_app(Places(RESOURCES, folder, folder, folder), look=False)
    try:
        mx, known = partial(lookup_dns.mx, resolver=net.resolver), app.discoverer.sources
        assert isinstance(known, Search)
        sources = Search(known._context, lambda host: None, net.resolver, known._dial)
        return await replace(app.discoverer, mx=mx, sources=sources).discover(address)
    finally:
        await app.close()


def test_pages_are_asked_for_by_the_system_s_proxy(
    net: Net, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A network that lets nothing else out: the proxy alone knows where a host is."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.bundle))
    net.serve(OWN, both_xml())
    port = net.port
    net._ports.clear()  # here nobody knows of it
    with ConnectProxy({"autoconfig.corp.example": port}) as proxy:
        for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.port}")
        found = asyncio.run(found_by_the_program(tmp_path, LI, net))
        assert isinstance(found, Found)
        assert (found.source, found.trusted) == ("autoconfig", True)
        assert "autoconfig.corp.example:443" in proxy.asked
        pages = {"autoconfig.corp.example", "corp.example", ISPDB_HOST}
        assert pages.isdisjoint(net.looked_up)  # names are for the proxy to look up
        net.forget()
        monkeypatch.setenv("no_proxy", "corp.example")
        asyncio.run(found_by_the_program(tmp_path, LI, net))
        assert "autoconfig.corp.example" in net.looked_up
        net.forget()
    monkeypatch.delenv("no_proxy")
    found = asyncio.run(found_by_the_program(tmp_path, LI, net))  # a proxy that is not there
    assert isinstance(found, NotFound)
    assert answers(found)[OWN] == "proxy"


def test_servers_that_a_public_domain_named_are_listened_to_outside_only(
    net: Net, trusting: ssl.SSLContext, tmp_path: Path
) -> None:
    """Before a secret is typed; what a person typed may be anywhere."""
    ends = tuple(
        Endpoint(protocol, f"{protocol}.firm.com", port, Security.TLS)
        for protocol, port in ((Protocol.IMAP, 993), (Protocol.SMTP, 465))
    )
    settings = Settings(*ends, AuthWay.PASSWORD)
    found = Found(settings, None, "autoconfig", trusted=True)

    async def listen(app: App) -> None:
        checker = replace(app.checker, probe=MailProbe(trusting))
        finder = replace(app.discoverer, probe=MailProbe(trusting, resolve=may_reach))
        app = replace(app, checker=checker, discoverer=finder)
        start = Draft(typed="li@firm.com")
        assert await app.listen(with_discovery(start, found, app.other)) == {}
        assert (imap.heard, smtp.heard, net.connected) == ([], [], [])
        by_hand = with_discovery(start, NotFound(), app.other)
        heard = await app.listen(with_settings(by_hand, settings))
        assert set(heard) == set(ends)

    async def main() -> None:
        app = await open_app(Places(RESOURCES, tmp_path, tmp_path, tmp_path), look=False)
        try:
            await listen(app)
        finally:
            await app.close()

    with ExitStack() as running:
        imap, smtp = (
            running.enter_context(Mail(kind, net.certificate.context())) for kind in (IMAP, SMTP)
        )
        net.mail("imap.firm.com", 993, imap)
        net.mail("smtp.firm.com", 465, smtp)
        asyncio.run(main())


# --- malformed files ------------------------------------------------------------------------------


def test_two_thousand_malformed_files_are_only_read() -> None:
    read, offers = set(), 0
    for seed in range(2000):
        offer = offer_of(Page("", 200, "text/xml", OWN, mangled(seed)), "corp.example")
        if isinstance(offer, str):
            read.add(offer)
            continue
        offers += 1
        assert len(offer.endpoints) <= 50
        for end in offer.endpoints:
            assert end.security in (Security.TLS, Security.STARTTLS)
            assert re.fullmatch(r"([a-z0-9-]+\.)+[a-z0-9-]*[a-z-][a-z0-9-]*", end.host)
            assert 0 < end.port < 65536
    assert read == {"not_settings", "malformed", "nothing", "plain_only"}
    assert offers > 500  # many survive their accident: the files are not mere noise


def test_malformed_files_lead_to_nobody_else(net: Net, search: Search) -> None:
    """Over the real wire, a hundred of them; the ledger is read when the test ends."""

    async def one(at: int) -> Offer | None:
        url = OWN
        net.serve(url, Reply(mangled(10_000 + at)))
        return await search.autoconfig(
            "corp.example", lambda url, answer: None, lambda host: is_within(host, "corp.example")
        )

    async def all_of_them() -> None:
        for at in range(100):
            await one(at)

    asyncio.run(all_of_them())
    assert set(net.looked_up) == {"autoconfig.corp.example", "corp.example"}
