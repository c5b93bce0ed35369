"""The probe against a second real IMAP server, and what the table makes of its words."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from dataclasses import replace

import pytest

from laifaxin_desktop.model.problem import Fault, Stage
from laifaxin_desktop.model.provider import AuthWay, Protocol, Security
from tests.fixtures_real import real, require_unix
from tests.knowledge.knowledge import TABLE
from tests.servers.authority import ServerCertificate
from tests.servers.cyrus import Cyrus, run_cyrus

from .peers import PATIENT, Outcome, check, login

pytestmark = pytest.mark.real
USER, HOMELESS = "li@qq.com", "gone@qq.com"
PASSWORDS = {USER: "hunter2-é-漢", HOMELESS: "plain"}
TLS, STARTTLS, PLAIN = Security.TLS, Security.STARTTLS, Security.PLAIN


@pytest.fixture(scope="module")
def cyrus(certificate: ServerCertificate) -> Iterator[Cyrus]:
    require_unix()
    with real(run_cyrus(certificate, PASSWORDS, without_mailbox=(HOMELESS,))) as server:
        yield server


def ask(
    server: Cyrus,
    security: Security,
    trusting: ssl.SSLContext,
    user: str = USER,
    password: str | None = None,
) -> Outcome:
    port = server.imaps if security is TLS else server.imap
    who = login(PASSWORDS[user] if password is None else password, user=user)
    asked = check(port, Protocol.IMAP, security, context=trusting, who=who, deadlines=PATIENT)
    return asyncio.run(asked)


def problem(outcome: Outcome) -> str:
    assert outcome.evidence
    return TABLE.diagnose(replace(outcome.evidence, way=AuthWay.PASSWORD)).problem


@pytest.mark.parametrize("security", [TLS, STARTTLS])
@pytest.mark.parametrize("password", ["plain", 'sp ace"\\%{}', "hunter2-é-漢", "x" * 500])
def test_log_in(security: Security, password: str, cyrus: Cyrus, trusting: ssl.SSLContext) -> None:
    cyrus.change_password(USER, password)
    assert ask(cyrus, security, trusting, password=password).evidence is None


@pytest.mark.parametrize("security", [TLS, STARTTLS])
@pytest.mark.parametrize("user", [USER, "nobody@qq.com"])
def test_a_wrong_password(
    security: Security, user: str, cyrus: Cyrus, trusting: ssl.SSLContext
) -> None:
    outcome = ask(cyrus, security, trusting, user, "wrong")
    assert (outcome.fault, outcome.stage) == (Fault.REJECTED, Stage.LOGIN)
    assert problem(outcome) == "wrong_password"


def test_plain_text_is_not_for_passwords(cyrus: Cyrus, trusting: ssl.SSLContext) -> None:
    outcome = ask(cyrus, PLAIN, trusting)
    assert outcome.stage is Stage.LOGIN
    assert problem(outcome) == "login_needs_encryption"


def test_a_user_without_a_mailbox(cyrus: Cyrus, trusting: ssl.SSLContext) -> None:
    outcome = ask(cyrus, TLS, trusting, HOMELESS)
    assert (outcome.fault, outcome.stage) == (Fault.REJECTED, Stage.MAILBOX)
    assert problem(outcome) == "mailbox_unavailable"


@pytest.mark.parametrize("security", [STARTTLS, TLS])
def test_wrong_modes(security: Security, cyrus: Cyrus, trusting: ssl.SSLContext) -> None:
    port = cyrus.imap if security is TLS else cyrus.imaps
    quick = replace(PATIENT, hint=0.4)
    asked = check(port, Protocol.IMAP, security, context=trusting, deadlines=quick)
    outcome = asyncio.run(asked)
    assert problem(outcome) == "tls_wrong_mode"


def test_a_certificate_that_nobody_vouches_for(cyrus: Cyrus) -> None:
    for security in (TLS, STARTTLS):
        outcome = ask(cyrus, security, ssl.create_default_context())  # noqa: TID251 - not ours
        assert problem(outcome) == "certificate_untrusted"
