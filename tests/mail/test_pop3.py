"""POP3: what a check says and hears, from the greeting to the size of the mailbox."""

from __future__ import annotations

import asyncio
import ssl

import pytest

from laifaxin_desktop.model.problem import Fault, Stage
from laifaxin_desktop.model.provider import Protocol, Security

from .peers import PASSWORD, USER, Outcome, Peer, login, talk

CAPA = "C: CAPA\nS: +OK\nS: USER\nS: SASL PLAIN LOGIN\nS: UIDL\nS: .\n"
INSIDE = CAPA + "C: AUTH PLAIN ?*\nS: +OK in\nC: STAT\nS: +OK 3 120\nC: QUIT\nHANG"


def pop3(dialogue: str, **more: object) -> tuple[Outcome, Peer]:
    return asyncio.run(talk(dialogue, Protocol.POP3, **more))  # type: ignore[arg-type]


@pytest.mark.parametrize("security", list(Security))
def test_a_good_account(security: Security, good: ssl.SSLContext, trusting: ssl.SSLContext) -> None:
    upgrade = "C: STLS\nS: +OK\nTLS\n" if security is Security.STARTTLS else ""
    outcome, peer = pop3(
        "S: +OK hi <1@x>\n" + upgrade + INSIDE,
        security=security,
        tls=good if security is Security.TLS else None,
        starttls=good,
        context=trusting,
    )
    assert outcome.evidence is None, peer.wrong
    assert outcome.words == {"USER", "SASL", "AUTH=PLAIN", "AUTH=LOGIN", "UIDL"}
    assert outcome.stages[-1].stage is Stage.MAILBOX
    assert peer.secrets() == 1


@pytest.mark.parametrize("capa", ["S: +OK\nS: USER\nS: .\n", "S: -ERR what\n"])
def test_user_and_pass_where_nothing_better_is_known(capa: str) -> None:
    outcome, peer = pop3(
        f"S: +OK\nC: CAPA\n{capa}C: USER *\nS: +OK\nC: PASS *\nS: +OK\nC: STAT\nS: +OK 0 0\nC: QUIT"
    )
    assert outcome.ok, peer.wrong
    assert peer.heard[1:3] == [f"USER {USER}", f"PASS {PASSWORD}"]


def test_a_long_password_waits_for_its_turn() -> None:
    tail = "C: AUTH PLAIN\nS: + \nC: ?*\nS: +OK\nC: STAT\nS: +OK 0 0\nC: QUIT"
    outcome, peer = pop3("S: +OK\n" + CAPA + tail, who=login("x" * 1000))
    assert outcome.ok, peer.wrong


@pytest.mark.parametrize(
    ("answer", "fault", "codes"),
    [
        ("S: -ERR [AUTH] no", Fault.REJECTED, ("-ERR", "AUTH")),
        ("S: -ERR [SYS/TEMP] later", Fault.REJECTED, ("-ERR", "SYS/TEMP")),  # E8
        ("S: -ERR", Fault.REJECTED, ("-ERR",)),
        ("S: + \nC: *", Fault.GARBLED, ()),  # poplib takes this for success
        ("S: +OKAY", Fault.GARBLED, ()),
        ("HANG", Fault.TIMEOUT, ()),
        ("RESET", Fault.CLOSED, ()),
    ],
)
def test_other_ends_of_a_login(answer: str, fault: Fault, codes: tuple[str, ...]) -> None:
    outcome, peer = pop3(f"S: +OK\n{CAPA}C: AUTH PLAIN ?*\n{answer}\nHANG")
    assert (outcome.fault, outcome.stage, outcome.codes) == (fault, Stage.LOGIN, codes)
    assert peer.secrets() == 1


@pytest.mark.parametrize(
    ("dialogue", "fault"),
    [
        ("S: -ERR busy\nHANG", Fault.REJECTED),
        ("S: +OK\nS: +OK early\nHANG", Fault.GARBLED),
        ("S: +OK\nC: CAPA\nS: +OK\nS: SASL XOAUTH2\nS: .\nC: *", Fault.NO_MECHANISM),
        ("S: +OK\nC: CAPA\nS: +OK\nS: SASL PLAIN\nHANG", Fault.TIMEOUT),
    ],
)
def test_no_password_after_a_strange_opening(dialogue: str, fault: Fault) -> None:
    outcome, peer = pop3(dialogue)
    assert outcome.fault is fault
    assert peer.secrets() == 0


def test_the_mailbox_has_to_have_a_size() -> None:
    outcome, _ = pop3(f"S: +OK\n{CAPA}C: AUTH *\nS: +OK\nC: STAT\nS: +OK lots\nHANG")
    assert (outcome.fault, outcome.stage) == (Fault.GARBLED, Stage.MAILBOX)


@pytest.mark.parametrize(
    ("answer", "fault"), [("-ERR no", Fault.REJECTED), ("+OK in", Fault.GARBLED)]
)
def test_a_long_password_is_not_sent_unless_asked_for(answer: str, fault: Fault) -> None:
    outcome, peer = pop3(
        f"S: +OK\n{CAPA}C: AUTH PLAIN\nS: {answer}\nC: *\nHANG", who=login("x" * 999)
    )
    assert outcome.fault is fault
    assert peer.heard == ["CAPA", "AUTH PLAIN"]
