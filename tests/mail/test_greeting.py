"""First words: whose they are, and what is made of those that make no sense."""

from __future__ import annotations

import asyncio
import itertools
import ssl

import pytest

from laifaxin_desktop.model.problem import Fault, Stage
from laifaxin_desktop.model.provider import Protocol, Security

from .peers import talk

IMAP, SMTP, POP3 = Protocol.IMAP, Protocol.SMTP, Protocol.POP3
GREETINGS = {IMAP: "* OK ready", SMTP: "220 ready", POP3: "+OK ready"}


@pytest.mark.parametrize(("asked", "there"), list(itertools.permutations(GREETINGS, 2)))
@pytest.mark.parametrize("security", list(Security))
def test_d4_every_pair_of_protocols(
    asked: Protocol,
    there: Protocol,
    security: Security,
    good: ssl.SSLContext,
    trusting: ssl.SSLContext,
) -> None:
    tls = good if security is Security.TLS else None
    outcome, peer = asyncio.run(
        talk(f"S: {GREETINGS[there]}\nHANG", asked, security, tls=tls, context=trusting)
    )
    assert (outcome.fault, outcome.stage) == (Fault.WRONG_PROTOCOL, Stage.GREETING)
    assert outcome.evidence
    assert outcome.evidence.spoken == there
    assert not peer.heard


@pytest.mark.parametrize("protocol", GREETINGS)
@pytest.mark.parametrize(
    ("words", "spoken"),
    [
        ("S: HTTP/1.0 400 Bad Request\nS: Server: x", "http"),  # D1
        ("S: <html><body>Please log in</body>", "http"),
        ("S: SSH-2.0-OpenSSH_9.2", "ssh"),  # D2
        ("s: \\x00\\x01\\xff\\xfe\\x80", ""),  # D3, and no line end
        ("s: \\x00\\x01\\xff\\xfe\\x80\nRESET", ""),
        ("S: \\x00\\x01\\xff\\xfe\\x80", ""),
        ("S: Welcome to the machine", ""),
        ("S: ", ""),
        ("s: Welcome\\x0a", ""),
    ],
)
def test_d1_to_d3_not_a_mail_server(protocol: Protocol, words: str, spoken: str) -> None:
    outcome, _ = asyncio.run(talk(f"{words}\nHANG", protocol))
    assert (outcome.fault, outcome.stage) == (Fault.NOT_MAIL, Stage.GREETING)
    assert outcome.evidence
    assert outcome.evidence.spoken == spoken


@pytest.mark.parametrize(
    ("protocol", "words", "codes"),
    [
        (SMTP, "S: 421 4.7.0 too many", ("421", "4.7.0")),
        (SMTP, "S: 554-5.7.1 blocked\nS: 554 5.7.1 see our page", ("554", "5.7.1")),
        (IMAP, "S: * BYE [UNAVAILABLE] busy", ("BYE", "UNAVAILABLE")),
        (IMAP, "S: * bye", ("BYE",)),
        (POP3, "S: -ERR [SYS/TEMP] busy", ("-ERR", "SYS/TEMP")),
    ],
)
def test_d5_turned_away_at_the_door(protocol: Protocol, words: str, codes: tuple[str, ...]) -> None:
    outcome, peer = asyncio.run(talk(f"{words}\nHANG", protocol))
    assert (outcome.fault, outcome.stage) == (Fault.REJECTED, Stage.GREETING)
    assert outcome.codes == codes
    assert outcome.evidence
    assert outcome.evidence.reply
    assert not peer.heard


@pytest.mark.parametrize(
    ("protocol", "words"),
    [
        (IMAP, "S: * HELLO"),
        (IMAP, "S: * 3 EXISTS"),
        (IMAP, "s: * OK LF alone\\x0a"),  # D10
        (IMAP, "S: * OK a NUL \\x00"),
        (IMAP, "S: * OK CR \\x0d alone"),
        (SMTP, "S: 250 hi"),  # D11
        (SMTP, "S: 220-one\nS: 250 two"),
        (SMTP, "S: 220-one\nS: two"),
        (POP3, "S: +OKAY"),
    ],
)
def test_the_right_protocol_badly_spoken(protocol: Protocol, words: str) -> None:
    outcome, peer = asyncio.run(talk(f"{words}\nHANG", protocol))
    assert (outcome.fault, outcome.stage) == (Fault.GARBLED, Stage.GREETING)
    assert not peer.heard


@pytest.mark.parametrize("words", ["s: *", "s: 22", "s: +O", "s: * OK and no end", ""])
@pytest.mark.parametrize("ending", ["", "RESET"])
def test_b10_cut_within_the_greeting(words: str, ending: str) -> None:
    outcome, _ = asyncio.run(talk(f"{words}\n{ending}"))
    fault = Fault.CLOSED
    assert (outcome.fault, outcome.stage) == (fault, Stage.GREETING)
