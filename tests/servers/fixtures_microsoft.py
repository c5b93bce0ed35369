"""Fixtures with Microsoft's sign-in, in this process and in a network of its own.

Loaded by tests.fixtures_real.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import fixtures_real
from tests.fixtures_real import USERS, World

from .authority import MICROSOFT_MAIL_NAMES, MICROSOFT_WEB_NAMES, Authority, ServerCertificate
from .entra import Entra, listening, run_entra
from .entra.cast import EVERYBODY, populate
from .reroute import reroute

if TYPE_CHECKING:
    from .browsing import Browser
    from .desktop import Desktop
    from .dovecot import Dovecot
    from .keychain import Keychain
    from .postfix import Postfix

Rerouted = dict[tuple[str, int], tuple[str, int]]


def mail_users() -> dict[str, str]:
    """Everybody of the cast, with passwords that nobody knows: only tokens open their mailboxes."""
    return {address: secrets.token_hex(16) for address in EVERYBODY}


@pytest.fixture(scope="session")
def entra_server(certificate: ServerCertificate) -> Iterator[Entra]:
    """The platform on free ports of loopback, shared by the session."""
    with run_entra(certificate) as entra:
        yield entra


@pytest.fixture
def rerouted() -> Iterator[Rerouted]:
    """Names and ports that lead elsewhere in this process; fixtures and tests add to it."""
    routes: Rerouted = {}
    with reroute(routes):
        yield routes


@pytest.fixture
def entra(
    entra_server: Entra,
    authority: Authority,
    rerouted: Rerouted,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Entra]:
    """The platform for tests in this process: its real names lead there, its certificate is good.

    Nothing of earlier tests is left: the people and applications of `entra.cast`, no requests.
    Needs no root and no Linux.
    """
    populate(entra_server)
    for name, value in authority.environment().items():
        monkeypatch.setenv(name, value)
    for name in MICROSOFT_WEB_NAMES:
        rerouted[name, 443] = ("127.0.0.1", entra_server.https_port)
    yield entra_server
    entra_server.check()


@pytest.fixture(scope="session")
def microsoft_dovecot_server(
    certificate: ServerCertificate, entra_server: Entra
) -> Iterator[Dovecot]:
    """A Dovecot that takes the platform's tokens, shared by the session."""
    fixtures_real.require_unix()
    from .dovecot import run_dovecot

    with fixtures_real.real(
        run_dovecot(certificate, mail_users(), tokens_url=entra_server.tokens_url)
    ) as server:
        yield server


@pytest.fixture
def microsoft_dovecot(
    microsoft_dovecot_server: Dovecot, entra: Entra, rerouted: Rerouted
) -> Dovecot:
    """Microsoft's IMAP and POP for tests in this process, under their real names and ports."""
    microsoft_dovecot_server.reset()
    ports = microsoft_dovecot_server.ports
    local = {993: ports.imaps, 995: ports.pop3s, 143: ports.imap, 110: ports.pop3}
    for name in MICROSOFT_MAIL_NAMES:
        rerouted |= {(name, port): ("127.0.0.1", to) for port, to in local.items()}
    return microsoft_dovecot_server


@pytest.fixture(scope="session")
def microsoft_postfix_server(
    certificate: ServerCertificate, microsoft_dovecot_server: Dovecot
) -> Iterator[Postfix]:
    """A Postfix that takes the platform's tokens, shared by the session."""
    from .postfix import run_postfix

    with fixtures_real.real(
        run_postfix(certificate, microsoft_dovecot_server.sasl_socket, accept=True)
    ) as server:
        yield server


@pytest.fixture
def microsoft_postfix(
    microsoft_postfix_server: Postfix, microsoft_dovecot: Dovecot, rerouted: Rerouted
) -> Postfix:
    """Microsoft's SMTP for tests in this process (port 587); needs root."""
    microsoft_postfix_server.forget()
    for name in MICROSOFT_MAIL_NAMES:
        rerouted[name, 587] = ("127.0.0.1", microsoft_postfix_server.ports.starttls)
    return microsoft_postfix_server


@pytest.fixture
def browser(entra: Entra, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Browser:
    """$BROWSER for what is started from this process: a real program that finds the platform."""
    fixtures_real.require_unix()
    from .browsing import Browser

    made = Browser(tmp_path / "browser", dict.fromkeys(MICROSOFT_WEB_NAMES, entra.https_port))
    for name, value in made.environment().items():
        monkeypatch.setenv(name, value)
    return made


@dataclass(frozen=True)
class MicrosoftWorld(World):
    """A world in which Microsoft's sign-in stands too, and a browser for it."""

    entra: Entra
    browser: Browser

    def environment(self, home: Path, desktop: Desktop | None = None) -> dict[str, str]:
        """Likewise, and with the browser."""
        return super().environment(home, desktop) | self.browser.environment()


@pytest.fixture(scope="session")
def microsoft_world_server(
    authority: Authority,
    certificate: ServerCertificate,
    keychain_server: Keychain,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[MicrosoftWorld]:
    """The world, shared by the session."""
    from .browsing import Browser
    from .dovecot import WELL_KNOWN, run_dovecot
    from .names import run_names
    from .nameserver import LOOPBACK_ADDRESS
    from .postfix import WELL_KNOWN_SUBMISSION, run_postfix

    users = {**USERS, **mail_users()}
    with ExitStack() as stack:
        names = stack.enter_context(fixtures_real.real(run_names()))
        entra = stack.enter_context(
            run_entra(
                certificate,
                https=names.inside(lambda: listening(LOOPBACK_ADDRESS, 443)),
                http=names.inside(listening),
            )
        )
        dovecot = stack.enter_context(
            fixtures_real.real(
                run_dovecot(
                    certificate,
                    users,
                    ports=WELL_KNOWN,
                    prefix=names.prefix,
                    addresses=[LOOPBACK_ADDRESS],
                    tokens_url=entra.tokens_url,
                )
            )
        )
        postfix = stack.enter_context(
            fixtures_real.real(
                run_postfix(
                    certificate,
                    dovecot.sasl_socket,
                    ports=WELL_KNOWN_SUBMISSION,
                    prefix=names.prefix,
                    accept=True,
                    addresses=[LOOPBACK_ADDRESS],
                )
            )
        )
        browser = Browser(tmp_path_factory.mktemp("browser"))
        yield MicrosoftWorld(
            authority, names, dovecot, postfix, keychain_server, users, entra, browser
        )


@pytest.fixture
def microsoft_world(
    microsoft_world_server: MicrosoftWorld, keychain: Keychain
) -> Iterator[MicrosoftWorld]:
    """`world`, and Microsoft's sign-in and Graph on port 443, and $BROWSER in its environment.

    Fresh for every test. The people of `entra.cast` have no password that anybody knows.
    """
    from .names import WORLD

    world = microsoft_world_server
    world.names.dns.replace(WORLD)
    world.names.dns.forget()
    world.dovecot.reset()
    world.postfix.forget()
    world.browser.forget()
    world.browser.obey()
    populate(world.entra)
    yield world
    world.entra.check()
