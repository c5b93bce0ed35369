"""TLS on both sides of the wire."""

from __future__ import annotations

import ssl

import pytest

from laifaxin_desktop.mail.tls import client_context
from tests.servers.authority import Authority


@pytest.fixture(scope="session")
def good(authority: Authority) -> ssl.SSLContext:
    """A server's side, with a certificate there is nothing wrong with."""
    return authority.issue().context()


@pytest.fixture
def trusting(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """The program's own context, on a computer that trusts the authority."""
    for name, value in authority.environment().items():
        monkeypatch.setenv(name, value)
    return client_context()
