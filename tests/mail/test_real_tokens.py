"""Tokens handed to a real Dovecot and a real Postfix, which ask Microsoft's double about them."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

import pytest

from laifaxin_desktop.mail import sasl
from laifaxin_desktop.mail.reach import system_resolve
from laifaxin_desktop.mail.tls import client_context
from laifaxin_desktop.model.problem import Fault, Stage
from laifaxin_desktop.model.provider import Protocol, Security
from tests.servers.dovecot import Dovecot
from tests.servers.entra import CHINA, GLOBAL, Cloud, Entra
from tests.servers.entra.cast import CUSTOMER, PERSON, SHARED, WORKER
from tests.servers.postfix import Postfix

from .peers import PATIENT, Outcome, assert_no_token, bearer, check
from .test_entra import token

pytestmark = pytest.mark.real
IMAP, POP3, SMTP = Protocol.IMAP, Protocol.POP3, Protocol.SMTP
RIGHTS = {IMAP: "IMAP.AccessAsUser.All", POP3: "POP.AccessAsUser.All", SMTP: "SMTP.Send"}
HOSTS = {
    (IMAP, GLOBAL.name): ("outlook.office365.com", 993, Security.TLS),
    (POP3, GLOBAL.name): ("outlook.office365.com", 995, Security.TLS),
    (SMTP, GLOBAL.name): ("smtp.office365.com", 587, Security.STARTTLS),
    (IMAP, CHINA.name): ("partner.outlook.cn", 993, Security.TLS),
    (POP3, CHINA.name): ("partner.outlook.cn", 995, Security.TLS),
    (SMTP, CHINA.name): ("smtp.partner.outlook.cn", 587, Security.STARTTLS),
}


def mail_token(
    entra: Entra, name: str, protocol: Protocol, cloud: Cloud = GLOBAL, *, right: str = ""
) -> str:
    return token(entra, name, right or RIGHTS[protocol], cloud=cloud, resource=cloud.outlook[0])


def ask(secret: str, user: str, protocol: Protocol, cloud: Cloud = GLOBAL) -> Outcome:
    host, port, security = HOSTS[protocol, cloud.name]
    outcome = asyncio.run(
        check(
            port,
            protocol,
            security,
            host=host,
            context=client_context(),
            who=bearer(secret, user=user),
            deadlines=PATIENT,
            resolve=system_resolve,
        )
    )
    assert_no_token(repr(outcome), secret)
    return outcome


@pytest.fixture(params=["XOAUTH2", "OAUTHBEARER"])
def mechanism(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both mechanisms are offered; the other one is not looked at."""
    name: str = request.param
    choose = sasl.bearer

    def one(
        offered: Collection[str], username: str, host: str, port: int, secret: str
    ) -> sasl.Bearer | None:
        assert f"AUTH={name}" in offered
        chosen = choose({f"AUTH={name}"}, username, host, port, secret)
        assert chosen
        assert chosen.mechanism == name.encode()
        return chosen

    monkeypatch.setattr(sasl, "bearer", one)
    return name


@pytest.mark.parametrize("protocol", [IMAP, POP3, SMTP])
@pytest.mark.usefixtures("mechanism")
def test_the_right_token_and_wrong_ones(
    protocol: Protocol, entra: Entra, microsoft_dovecot: Dovecot, microsoft_postfix: Postfix
) -> None:
    good = mail_token(entra, WORKER, protocol)
    assert ask(good, WORKER, protocol).evidence is None
    graph = token(entra, WORKER, RIGHTS[protocol])
    other_right = mail_token(entra, WORKER, protocol, right="Mail.ReadWrite")
    other_person = mail_token(entra, PERSON, protocol)
    for wrong in (graph, other_right, other_person, "made-up-token"):
        outcome = ask(wrong, WORKER, protocol)
        assert (outcome.fault, outcome.stage) == (Fault.REJECTED, Stage.LOGIN)
        assert outcome.codes[0] in ("NO", "-ERR", "535")
        assert outcome.evidence
        assert '"status"' in outcome.evidence.reply, "the failure challenge is kept"
    entra.expire_access_tokens()
    assert ask(good, WORKER, protocol).fault is Fault.REJECTED
    tried = microsoft_dovecot.attempts(protocol.value, WORKER)
    assert [attempt.ok for attempt in tried] == [True] + [False] * 5, "each was handed in once"


@pytest.mark.parametrize("protocol", [IMAP, POP3, SMTP])
def test_china_and_personal_accounts(
    protocol: Protocol, entra: Entra, microsoft_dovecot: Dovecot, microsoft_postfix: Postfix
) -> None:
    assert ask(mail_token(entra, CUSTOMER, protocol, CHINA), CUSTOMER, protocol, CHINA).ok
    assert ask(mail_token(entra, PERSON, protocol), PERSON, protocol).ok


@pytest.mark.parametrize("protocol", [IMAP, POP3])
def test_a_shared_mailbox_with_the_token_of_a_member(
    protocol: Protocol, entra: Entra, microsoft_dovecot: Dovecot
) -> None:
    assert ask(mail_token(entra, WORKER, protocol), SHARED, protocol).evidence is None
    assert ask(mail_token(entra, PERSON, protocol), SHARED, protocol).fault is Fault.REJECTED


def test_a_protocol_that_is_switched_off(entra: Entra, microsoft_dovecot: Dovecot) -> None:
    mailbox = entra.user(WORKER).mailbox
    assert mailbox
    mailbox.switched_on -= {"imap"}
    assert ask(mail_token(entra, WORKER, IMAP), WORKER, IMAP).fault is Fault.REJECTED
    assert ask(mail_token(entra, WORKER, POP3), WORKER, POP3).ok
