"""SMTP: what a check says and hears, from the greeting to the login."""

from __future__ import annotations

import asyncio
import base64
import ssl

import pytest

from laifaxin_desktop.model.problem import Fault, Stage
from laifaxin_desktop.model.provider import Endpoint, Protocol, Security
from laifaxin_desktop.model.report import stages_of

from .peers import PASSWORD, USER, Outcome, Peer, login, talk

GREETED = r"""
S: 220-mx.example ESMTP
S: 220 ready
C: EHLO [[]127.0.0.1]
S: 250-mx.example
S: 250-SIZE 1000
S: 250-AUTH LOGIN PLAIN
S: 250 8BITMIME
"""
PAYLOAD = base64.b64encode(f"\0{USER}\0{PASSWORD}".encode()).decode()


def smtp(dialogue: str, **more: object) -> tuple[Outcome, Peer]:
    return asyncio.run(talk(dialogue, Protocol.SMTP, **more))  # type: ignore[arg-type]


@pytest.mark.parametrize("security", list(Security))
def test_a_good_account_passes_every_stage(
    security: Security, good: ssl.SSLContext, trusting: ssl.SSLContext
) -> None:
    ehlo = GREETED.partition("ready\n")[2]
    upgrade = "C: STARTTLS\nS: 220 go\nTLS\n" + ehlo if security is Security.STARTTLS else ""
    outcome, peer = smtp(
        GREETED + upgrade + "C: AUTH PLAIN ?*\nS: 235 2.7.0 in\nC: QUIT\nHANG",
        security=security,
        tls=good if security is Security.TLS else None,
        starttls=good,
        context=trusting,
    )
    assert outcome.evidence is None
    assert not peer.wrong
    endpoint = Endpoint(Protocol.SMTP, "localhost", 1, security)
    assert tuple(s.stage for s in outcome.stages) == stages_of(endpoint)
    assert outcome.words == {"SIZE", "AUTH", "AUTH=LOGIN", "AUTH=PLAIN", "8BITMIME"}
    assert peer.secrets() == 1
    assert not any(line.startswith(("MAIL", "RCPT", "DATA")) for line in peer.heard)


def test_without_a_login_it_ends_after_the_capabilities() -> None:
    outcome, peer = smtp(GREETED + "C: QUIT", secret_free=True)
    assert outcome.ok
    assert len(peer.heard) == 2


@pytest.mark.parametrize("line", ["AUTH LOGIN", "AUTH=LOGIN", "auth login CRAM-MD5"])
def test_login_where_plain_is_not_offered(line: str) -> None:
    outcome, peer = smtp(
        f"S: 220 hi\nC: EHLO *\nS: 250-hi\nS: 250 {line}\nC: AUTH LOGIN\nS: 334 VXNlcm5h\nC: *\n"
        "S: 334 UGFzc3dvcmQ6\nC: *\nS: 235 in\nC: QUIT"
    )
    assert outcome.ok, peer.wrong
    assert [base64.b64decode(said).decode() for said in peer.heard[2:4]] == [USER, PASSWORD]


def test_a_long_password_does_not_stand_in_the_command_itself() -> None:
    outcome, peer = smtp(
        GREETED + "C: AUTH PLAIN\nS: 334 \nC: ?*\nS: 235 in\nC: QUIT", who=login("漢" * 1000)
    )
    assert outcome.ok, peer.wrong
    assert base64.b64decode(peer.heard[2]).decode() == f"\0{USER}\0" + "漢" * 1000


@pytest.mark.parametrize("offer", ["AUTH XOAUTH2 GSSAPI", "SIZE 1"])
def test_nothing_we_speak_is_offered(offer: str) -> None:
    outcome, peer = smtp(f"S: 220 hi\nC: *\nS: 250-hi\nS: 250 {offer}\nC: *")
    assert (outcome.fault, outcome.stage) == (Fault.NO_MECHANISM, Stage.LOGIN)
    assert len(peer.heard) == 1


@pytest.mark.parametrize(
    ("answer", "codes"),
    [
        ("S: 535 5.7.139 SmtpClientAuthentication is disabled for the Tenant.", ("535", "5.7.139")),
        ("S: 535-5.7.8 Username not accepted.\nS: 535 5.7.8  a - gsmtp", ("535", "5.7.8")),
        ("S: 454-4.7.0 Too many login attempts\nS: 454 4.7.0 later", ("454", "4.7.0")),  # E8
        ("S: 535 Login Fail. Please enter your authorization code", ("535",)),
        ("S: 535", ("535",)),
        ("S: 421 4.3.2 closing", ("421", "4.3.2")),
    ],
)  # fmt: skip
def test_a_refusal_keeps_codes_and_words_and_is_not_repeated(
    answer: str, codes: tuple[str, ...]
) -> None:
    outcome, peer = smtp(GREETED + f"C: AUTH PLAIN ?*\n{answer}\nC: *")
    assert (outcome.fault, outcome.stage) == (Fault.REJECTED, Stage.LOGIN)
    assert outcome.codes == codes
    assert (peer.secrets(), peer.connections) == (1, 1)


def test_a13_no_weaker_mechanism_after_a_refusal() -> None:
    outcome, peer = smtp(GREETED + "C: AUTH PLAIN ?*\nS: 504 5.5.4 use LOGIN\nC: *\nHANG")
    assert outcome.codes == ("504", "5.5.4")
    assert (len(peer.heard), peer.secrets()) == (2, 1)


@pytest.mark.parametrize(
    "answer",
    [
        "S: 334 \nC: *",  # A12
        "S: 354 go ahead",  # D11
        "S: 250 fine",
        "S: 535-5.7.8 one\nS: 454 other",
        "S: what?",
        "S: 99 low",
        "S: 235\\x00",
        "S: 2355 in",
    ],
)
def test_nonsense_after_the_password_is_no_success_and_no_refusal(answer: str) -> None:
    outcome, peer = smtp(GREETED + f"C: AUTH PLAIN ?*\n{answer}\nHANG")
    assert (outcome.fault, outcome.stage) == (Fault.GARBLED, Stage.LOGIN)
    assert peer.secrets() == 1


@pytest.mark.parametrize(
    ("dialogue", "fault"),
    [
        ("S: 220 hi\nS: 250 early\nHANG", Fault.GARBLED),  # A15
        (GREETED + "S: 235 in\nHANG", Fault.GARBLED),
        ("S: 220 hi\nC: *\nS: 220 again\nHANG", Fault.GARBLED),  # D11
        ("S: 220 hi\nC: *\nS: 250-AUTH PLAIN\nHANG", Fault.TIMEOUT),  # D11: its end is missing
        ("S: 220 hi\nC: *\nS: 502 what\nHANG", Fault.REJECTED),
        ("S: 220 hi\nS: 421 no, sorry\nHANG", Fault.REJECTED),
        (
            "S: 220 hi\nC: *\nS: 250-hi\nS: 250 AUTH LOGIN\nC: *\nS: 235 in\nHANG",
            Fault.GARBLED,
        ),
    ],
)
def test_no_password_after_a_strange_opening(dialogue: str, fault: Fault) -> None:
    outcome, peer = smtp(dialogue)
    assert outcome.fault is fault
    assert peer.secrets() == 0


@pytest.mark.parametrize("ending", ["HANG", "RESET", ""])
def test_e9_silence_or_an_end_is_never_a_wrong_password(ending: str) -> None:
    outcome, _ = smtp(GREETED + f"C: AUTH PLAIN ?*\n{ending}")
    assert outcome.stage is Stage.LOGIN
    assert outcome.fault is (Fault.TIMEOUT if ending == "HANG" else Fault.CLOSED)
