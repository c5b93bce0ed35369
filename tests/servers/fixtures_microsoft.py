"""Fixtures with Microsoft's sign-in; loaded by tests.fixtures_real."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .authority import MICROSOFT_WEB_NAMES, Authority, ServerCertificate
from .entra import Entra, run_entra
from .entra.cast import populate
from .reroute import reroute


@pytest.fixture(scope="session")
def entra_server(certificate: ServerCertificate) -> Iterator[Entra]:
    """The platform on free ports of loopback, shared by the session."""
    with run_entra(certificate) as entra:
        yield entra


@pytest.fixture
def entra(
    entra_server: Entra, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Entra]:
    """The platform for tests in this process: its real names lead there, its certificate is good.

    Nothing of earlier tests is left: the people and applications of `entra.cast`, no requests.
    Needs no root and no Linux.
    """
    populate(entra_server)
    for name, value in authority.environment().items():
        monkeypatch.setenv(name, value)
    place = ("127.0.0.1", entra_server.https_port)
    with reroute({(name, 443): place for name in MICROSOFT_WEB_NAMES}):
        yield entra_server
    entra_server.check()
