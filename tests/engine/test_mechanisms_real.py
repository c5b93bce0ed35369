"""What real servers say of signing in under the settings that administrators choose, and what is
made of it: a way stands back for as long as they say so."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from laifaxin_desktop.engine.draft import Draft, with_discovery
from laifaxin_desktop.engine.mechanisms import Refusal, listen, refusal, with_heard
from laifaxin_desktop.mail.probe import MailProbe
from laifaxin_desktop.model.account import Capabilities, Found, Settings
from laifaxin_desktop.model.provider import AuthWay, Endpoint, Protocol, Security, Standing
from tests.fixtures_real import USERS, real
from tests.knowledge.knowledge import BOOK, WORDS
from tests.mail.peers import PATIENT
from tests.servers.authority import Authority, ServerCertificate
from tests.servers.dovecot import Dovecot, run_dovecot
from tests.servers.postfix import Postfix, SubmissionPorts, run_postfix

pytestmark = pytest.mark.real

HOST = "imap.qq.com"  # one of the names in the certificate of the test bed
REASONS = {each: WORDS(f"live.{each}") for each in Refusal}
# As Microsoft's servers answered in 2026: tokens, and LOGIN switched off.
ONLY_TOKENS = "auth_mechanisms = xoauth2\nimap_capability = +LOGINDISABLED\n"
NO_AUTH = "smtpd_sasl_auth_enable = no\n"


@pytest.fixture(scope="module")
def tokens(certificate: ServerCertificate) -> Iterator[Dovecot]:
    """Takes nothing but tokens; nobody asks its token endpoint here."""
    nowhere = "http://127.0.0.1:9/introspect"
    with real(run_dovecot(certificate, USERS, tokens_url=nowhere, extra=ONLY_TOKENS)) as server:
        yield server


def resolve(host: str, port: int) -> Sequence[tuple[int, tuple[Any, ...]]]:
    assert host == HOST
    return [(socket.AF_INET, ("127.0.0.1", port))]


def heard(context: ssl.SSLContext, *ends: Endpoint) -> dict[Endpoint, Capabilities]:
    probe = MailProbe(context, PATIENT, resolve)
    found = asyncio.run(listen(ends, probe, seconds=20))
    assert set(found) == set(ends)
    return found


def at(protocol: Protocol, port: int, security: Security = Security.TLS) -> Endpoint:
    return Endpoint(protocol, HOST, port, security)


@pytest.fixture(scope="module")
def context(authority: Authority) -> ssl.SSLContext:
    return authority.client_context()


def test_dovecot_that_takes_passwords_rules_none_out(
    dovecot: Dovecot, context: ssl.SSLContext
) -> None:
    ports = dovecot.ports
    ends = (
        at(Protocol.IMAP, ports.imaps),
        at(Protocol.IMAP, ports.imap, Security.STARTTLS),  # LOGINDISABLED before TLS counts nothing
        at(Protocol.POP3, ports.pop3s),
        at(Protocol.POP3, ports.pop3, Security.STARTTLS),
    )
    found = heard(context, *ends)
    assert [refusal(end, found[end], AuthWay.PASSWORD) for end in ends] == [None] * 4
    assert [refusal(end, found[end], AuthWay.MICROSOFT) for end in ends] == [Refusal.TOKEN] * 4
    assert dovecot.attempts() == []


def test_dovecot_with_tokens_alone_and_login_disabled(
    tokens: Dovecot, context: ssl.SSLContext
) -> None:
    ends = (
        at(Protocol.IMAP, tokens.ports.imaps),
        at(Protocol.IMAP, tokens.ports.imap, Security.STARTTLS),
        at(Protocol.POP3, tokens.ports.pop3s),
    )
    found = heard(context, *ends)
    passwords = [refusal(end, found[end], AuthWay.APP_PASSWORD) for end in ends]
    # Dovecot's POP3 still announces USER: what it offers is not ruled out, the check will tell.
    assert passwords == [Refusal.PASSWORD, Refusal.PASSWORD, None]
    assert [refusal(end, found[end], AuthWay.MICROSOFT) for end in ends] == [None] * 3
    assert tokens.attempts() == []


def drafted(smtp: Endpoint) -> Draft:
    other = BOOK.by_id("other")
    assert other is not None
    found = Found(Settings(None, smtp, AuthWay.PASSWORD), None, "autoconfig", trusted=True)
    return with_discovery(Draft(typed="li@corp.example"), found, other)


def test_postfix_is_believed_for_as_long_as_it_says_so(
    certificate: ServerCertificate,
    dovecot: Dovecot,
    tokens: Dovecot,
    context: ssl.SSLContext,
) -> None:
    """Its administrator has no sign-in, then tokens only, then passwords: each time as it is."""
    ports = SubmissionPorts.free()
    smtp, start = at(Protocol.SMTP, ports.tls), at(Protocol.SMTP, ports.starttls, Security.STARTTLS)
    fresh = drafted(smtp)
    told: list[tuple[Refusal | None, Refusal | None]] = []
    reasons: list[str] = []
    for sasl, extra in ((dovecot, NO_AUTH), (tokens, ""), (dovecot, "")):
        server: Postfix
        with real(run_postfix(certificate, sasl.sasl_socket, ports=ports, extra=extra)) as server:
            found = heard(context, smtp, start)
            for end in (smtp, start):
                said = found[end]
                told.append(
                    (refusal(end, said, AuthWay.PASSWORD), refusal(end, said, AuthWay.MICROSOFT))
                )
            assert server.attempts() == 0
        new = with_heard(fresh, found, REASONS, choose=True)
        assert new.provider is not None
        row = new.provider.ways[0]
        reasons.append(row.reason.en if row.standing is Standing.BROKEN and row.reason else "")
    anything, password, token = Refusal.ANYTHING, Refusal.PASSWORD, Refusal.TOKEN
    assert told == [(anything, anything)] * 2 + [(password, None)] * 2 + [(None, token)] * 2
    assert [HOST in reason for reason in reasons] == [True, True, False]
    assert "no mail program" in reasons[0]
    assert "no passwords" in reasons[1]
