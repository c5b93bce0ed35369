"""The system's proxy settings: which of them speak of mail, and for which hosts."""

from __future__ import annotations

import urllib.request
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laifaxin_desktop.model.provider import Endpoint, Protocol, Security
from laifaxin_desktop.model.route import (
    DIRECT,
    Pin,
    Proxy,
    ProxyKind,
    Route,
    proxy_address,
    through_system_proxy,
)
from laifaxin_desktop.model.secret import Secret

SOCKS5, HTTP = ProxyKind.SOCKS5, ProxyKind.HTTP


def chosen(
    settings: Mapping[str, str],
    protocol: Protocol = Protocol.IMAP,
    host: str = "imap.example.org",
    port: int = 993,
) -> str:
    end = Endpoint(protocol, host, port, Security.TLS)
    proxy = through_system_proxy(DIRECT, settings, end).proxy
    return f"{proxy.kind}://{proxy}" if proxy else ""


@pytest.mark.parametrize(
    ("settings", "proxy"),
    [
        ({}, ""),
        ({"all": "socks5://10.0.0.1:1081"}, "socks5://10.0.0.1:1081"),
        ({"all": "socks5h://p.example:1"}, "socks5://p.example:1"),
        ({"all": "http://p.example"}, "http://p.example:8080"),
        ({"all": "p.example:3128"}, "http://p.example:3128"),
        ({"socks": "p.example:1080"}, "socks5://p.example:1080"),
        ({"socks": "socks://p.example"}, "socks5://p.example:1080"),
        ({"socks": "a:1", "all": "http://b:2"}, "socks5://a:1"),
        ({"imap": "http://a:1", "socks": "b:2"}, "http://a:1"),
        ({"all": "socks5://[2001:db8::1]:1080"}, "socks5://[2001:db8::1]:1080"),
        # Web pages only: most let nothing but port 443 through.
        ({"http": "http://a:1", "https": "http://a:1"}, ""),
        # Not spoken here.
        ({"all": "socks4://a:1"}, ""),
        ({"all": "https://a:1"}, ""),
        ({"socks": "socks4://a:1", "all": "http://b:2"}, "http://b:2"),
        # Nonsense.
        ({"all": ""}, ""),
        ({"all": "http://"}, ""),
        ({"all": "http://a:99999"}, ""),
        ({"all": "http://[::1"}, ""),
    ],
)
def test_which_setting_is_for_mail(settings: Mapping[str, str], proxy: str) -> None:
    assert chosen(settings) == proxy


def test_graph_follows_the_setting_for_web_pages() -> None:
    settings = {"https": "http://a:1", "all": "socks5://b:2"}
    assert chosen(settings, Protocol.GRAPH, "graph.microsoft.com", 443) == "http://a:1"
    assert chosen(settings, Protocol.SMTP, "smtp.example.org", 465) == "socks5://b:2"
    assert chosen({"smtp": "a:1"}, Protocol.POP3) == ""


@pytest.mark.parametrize(
    ("exceptions", "direct"),
    [
        ("*", True),
        ("example.org", True),
        (".example.org", True),
        ("*.example.org", True),
        ("IMAP.Example.ORG", True),
        ("a.com, imap.example.org", True),
        ("a.com;example.org", True),
        ("imap.example.org:993", True),
        ("imap.example.org:143", False),
        ("imap.*", True),
        ("ample.org", False),
        ("smtp.example.org", False),
        ("org.example", False),
        ("<local>", False),
        (" , ;", False),
    ],
)
def test_exceptions(exceptions: str, direct: bool) -> None:
    assert (chosen({"all": "http://p:1", "no": exceptions}) == "") is direct


@pytest.mark.parametrize(
    ("host", "exceptions", "direct"),
    [
        ("localhost", "", True),
        ("127.0.0.1", "", True),
        ("127.9.9.9", "", True),
        ("[::1]", "", True),
        ("10.1.2.3", "10.0.0.0/8", True),
        ("10.1.2.3", "10.*", True),
        ("11.1.2.3", "10.0.0.0/8", False),
        ("2001:db8::1", "2001:db8::/32", True),
        ("10.1.2.3", "10.0.0.0/99", False),
        ("intranet", "<local>", True),
    ],
)
def test_addresses_and_this_computer(host: str, exceptions: str, direct: bool) -> None:
    assert (chosen({"all": "http://p:1", "no": exceptions}, host=host) == "") is direct


def test_a_login_in_the_setting_is_kept_apart() -> None:
    end = Endpoint(Protocol.IMAP, "a.example", 993, Security.TLS)
    pinned = Route((Pin("a.example", 993, "00" * 32),))
    settings = {"all": "socks5://bob%40x:pa%3Ass%20w@p:1"}
    route = through_system_proxy(pinned, settings, end)
    assert route.proxy == Proxy(SOCKS5, "p", 1, "bob@x")
    assert route.proxy_secret == Secret("pa:ss w")
    assert route.pins == pinned.pins
    assert "pa:ss" not in repr(route)


def test_the_settings_are_those_of_pythons_own(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("all_proxy", "ALL_PROXY", "socks_proxy", "imap_proxy", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ALL_PROXY", "socks5://p.example:1080")
    monkeypatch.setenv("no_proxy", "corp.example")
    settings = urllib.request.getproxies_environment()
    assert chosen(settings) == "socks5://p.example:1080"
    assert chosen(settings, host="mail.corp.example") == ""


@pytest.mark.parametrize(
    ("proxy", "secret", "address"),
    [
        (Proxy(SOCKS5, "p.example", 1080), None, "socks5h://p.example:1080"),
        (Proxy(HTTP, "::1", 3128), None, "http://[::1]:3128"),
        (Proxy(HTTP, "p", 1, "a:b@c"), Secret("d/é#"), "http://a%3Ab%40c:d%2F%C3%A9%23@p:1"),
    ],
)
def test_the_address_that_other_clients_want(
    proxy: Proxy, secret: Secret | None, address: str
) -> None:
    route = Route(proxy=proxy, proxy_secret=secret)
    found = proxy_address(route)
    assert found
    assert found.reveal() == address
    end = Endpoint(Protocol.IMAP, "a.example", 993, Security.TLS)
    again = through_system_proxy(DIRECT, {"all": address}, end)
    assert again == route
    assert proxy_address(DIRECT) is None


@given(st.dictionaries(st.sampled_from(["all", "socks", "imap", "no"]), st.text(max_size=40)))
def test_whatever_a_system_says_is_a_route(settings: Mapping[str, str]) -> None:
    end = Endpoint(Protocol.IMAP, "imap.example.org", 993, Security.TLS)
    proxy = through_system_proxy(DIRECT, settings, end).proxy
    assert proxy is None or (proxy.host and 0 < proxy.port < 65536)
