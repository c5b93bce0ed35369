"""The probes against a real Dovecot and a real Postfix, which count what they are told."""

from __future__ import annotations

import asyncio
import ssl

import pytest

from laifaxin_desktop.model.problem import Fault, Stage
from laifaxin_desktop.model.provider import Protocol, Security
from tests.servers.dovecot import Dovecot
from tests.servers.postfix import Postfix

from .peers import PATIENT, Outcome, check, login

pytestmark = pytest.mark.real
USER = "li@qq.com"


def ask(
    port: int, protocol: Protocol, security: Security, trusting: ssl.SSLContext, password: str
) -> Outcome:
    who = login(password, user=USER)
    return asyncio.run(
        check(port, protocol, security, context=trusting, who=who, deadlines=PATIENT)
    )


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
@pytest.mark.parametrize("protocol", [Protocol.IMAP, Protocol.POP3])
@pytest.mark.parametrize("password", ["plain", 'sp ace"\\%{}', "hunter2-é-漢", "x" * 1000])
def test_dovecot(
    protocol: Protocol,
    security: Security,
    password: str,
    dovecot: Dovecot,
    trusting: ssl.SSLContext,
) -> None:
    ports = dovecot.ports
    port = {
        (Protocol.IMAP, Security.TLS): ports.imaps,
        (Protocol.IMAP, Security.STARTTLS): ports.imap,
        (Protocol.POP3, Security.TLS): ports.pop3s,
        (Protocol.POP3, Security.STARTTLS): ports.pop3,
    }[protocol, security]
    dovecot.change_password(USER, password)
    before = dovecot.inbox(USER)
    assert ask(port, protocol, security, trusting, password).evidence is None
    outcome = ask(port, protocol, security, trusting, "wrong")
    assert (outcome.fault, outcome.stage) == (Fault.REJECTED, Stage.LOGIN)
    assert outcome.codes[1:] == ("AUTHENTICATIONFAILED" if protocol is Protocol.IMAP else "AUTH",)
    assert [attempt.ok for attempt in dovecot.attempts(user=USER)] == [True, False]
    if protocol is Protocol.IMAP:
        assert dovecot.inbox(USER) == before, "no letter was touched"


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
@pytest.mark.parametrize("password", ["plain", "hunter2-é-漢", "x" * 1000])
def test_postfix(
    security: Security,
    password: str,
    dovecot: Dovecot,
    postfix: Postfix,
    trusting: ssl.SSLContext,
) -> None:
    port = postfix.ports.tls if security is Security.TLS else postfix.ports.starttls
    dovecot.change_password(USER, password)
    assert ask(port, Protocol.SMTP, security, trusting, password).evidence is None
    outcome = ask(port, Protocol.SMTP, security, trusting, "wrong")
    assert (outcome.fault, outcome.stage) == (Fault.REJECTED, Stage.LOGIN)
    assert outcome.codes == ("535", "5.7.8")
    talks = postfix.conversations()
    assert [(t.encrypted, t.logins, t.refused_logins, t.letters) for t in talks] == [
        (True, 1, 0, 0),
        (True, 0, 1, 0),
    ]
    assert not postfix.letters()


def test_wrong_modes(dovecot: Dovecot, postfix: Postfix, trusting: ssl.SSLContext) -> None:
    for protocol, plain, tls in (
        (Protocol.IMAP, dovecot.ports.imap, dovecot.ports.imaps),
        (Protocol.POP3, dovecot.ports.pop3, dovecot.ports.pop3s),
        (Protocol.SMTP, postfix.ports.starttls, postfix.ports.tls),
    ):
        for port, security, spoken in (
            (plain, Security.TLS, "plain"),
            (tls, Security.STARTTLS, "tls"),
        ):
            outcome = ask(port, protocol, security, trusting, "never sent")
            assert outcome.evidence
            assert (outcome.fault, outcome.evidence.spoken) == (Fault.WRONG_MODE, spoken)
    assert not dovecot.attempts(user=USER)
