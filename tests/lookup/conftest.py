"""A small internet, its search, and a book of providers."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

import pytest

from laifaxin_desktop.lookup.search import Search
from tests.lookup.net import Net
from tests.servers.authority import Authority, ServerCertificate

# Everything that a search may ask about these domains, and hosts that it must not.
_DOMAINS = ("corp.example", "hoster.example", "firm.com")
_LABELS = (
    "autoconfig",
    "ua-auto-config",
    "autodiscover",
    "imap",
    "mail",
    "pop",
    "smtp",
    "settings",
)
_NAMES = (
    *_DOMAINS,
    *(f"{label}.{domain}" for label in _LABELS for domain in _DOMAINS),
    "autoconfig.thunderbird.net",
    "autoconfig.gmail.com",
    "evil.example",
    "autoconfig.evil.example",
)


@pytest.fixture(scope="session")
def net_certificate(authority: Authority) -> ServerCertificate:
    return authority.issue(*_NAMES)


@pytest.fixture(scope="module")
def net_server(net_certificate: ServerCertificate) -> Iterator[Net]:
    made = Net(net_certificate)
    yield made
    made.close()


@pytest.fixture
def net(net_server: Net) -> Iterator[Net]:
    """A world without anything, and no other within reach."""
    net_server.forget()
    with net_server.installed():
        yield net_server


@pytest.fixture
def trusting(authority: Authority) -> ssl.SSLContext:
    """The client's TLS, as everywhere else; it trusts the test authority."""
    context = authority.client_context()
    context.hostname_checks_common_name = False
    return context


@pytest.fixture
def search(net: Net, trusting: ssl.SSLContext) -> Search:
    """The sources on the net."""
    exchange = {"autodiscover.outlook.com": "m365_global"}
    return Search(trusting, exchange.get, net.resolver)
