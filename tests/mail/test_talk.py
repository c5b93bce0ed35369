"""Odd talk in every protocol: what is broken is called so, what is only odd passes."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import replace

import pytest

from laifaxin_desktop.model.problem import Fault, Stage
from laifaxin_desktop.model.provider import Protocol, Security

from .peers import FAST, Outcome, Peer, assert_kept, talk
from .test_attacks import TONGUES
from .test_cuts import places

IMAP, SMTP, POP3 = Protocol.IMAP, Protocol.SMTP, Protocol.POP3
PROTOCOLS = pytest.mark.parametrize("protocol", [IMAP, SMTP, POP3])
PLAIN, TLS, STARTTLS = Security.PLAIN, Security.TLS, Security.STARTTLS

# The start of a line that would be fine here, were it not for what follows.
FINE = {IMAP: "* OK ", SMTP: "250-", POP3: "+OK "}
GREETS = {IMAP: "* OK ", SMTP: "220-", POP3: "+OK "}


@PROTOCOLS
@pytest.mark.parametrize("what", ["\\x00", "\\x0dCR alone", "LF alone\\x0a"])
def test_d10_bytes_that_belong_in_no_line(protocol: Protocol, what: str) -> None:
    for before, stage in places(protocol, PLAIN):
        start = (FINE if before else GREETS)[protocol]
        outcome, _ = asyncio.run(talk(f"{before}S: {start}{what}\nHANG", protocol))
        assert (outcome.fault, outcome.stage) == (Fault.GARBLED, stage), before


@PROTOCOLS
def test_d10_eight_bits_in_free_text_are_fine(protocol: Protocol) -> None:
    say = TONGUES[protocol]
    hello = say.hello.replace("hi", "\\xd6\\xd0\\xff")
    yes = say.yes.replace(" in", " \\xe4\\xb8 \\x80in")
    rest = (say.asked + say.capable + say.asks + yes + say.inside).format("1", "2", "3", "4")
    outcome, peer = asyncio.run(talk(hello + rest, protocol))
    assert outcome.ok, peer.wrong


# Answers of a class that does not belong here, by the stage they come in.
WRONG_CLASS = {
    IMAP: [("asked", "S: + go"), ("asked", "S: a1 YES"), ("asks", "S: a2 PREAUTH"), ("asks", "S:")],
    SMTP: [
        ("asked", "S: 354 go"),
        ("asked", "S: 220 again"),
        ("asked", "S: 334 "),
        ("asks", "S: 354 go"),
        ("asks", "S: 250 fine"),
        ("asks", "S: 220 hi"),
        ("asks", "S: 999 what"),
        ("asks", "S: 235-in\nS: 535 out"),
    ],
    POP3: [
        ("asked", "S: OK"),
        ("asked", "S: +"),
        ("asked", "S: 250 fine"),
        ("asks", "S: +"),
        ("asks", "S: * OK in"),
        ("asks", "S: +OKAY in"),
        ("asks", "S: +ok[in]"),
    ],
}


@PROTOCOLS
def test_d11_answers_of_the_wrong_class(protocol: Protocol) -> None:
    say = TONGUES[protocol]
    for place, words in WRONG_CLASS[protocol]:
        before = say.hello + say.asked
        before += say.capable + say.asks if place == "asks" else ""
        outcome, peer = asyncio.run(talk(before.format("1", "2") + f"{words}\nHANG", protocol))
        stage = Stage.LOGIN if place == "asks" else Stage.GREETING
        assert (outcome.fault, outcome.stage) == (Fault.GARBLED, stage), words
        if place == "asked":
            assert_kept(peer.received)


@pytest.mark.parametrize(
    ("protocol", "capabilities", "login"),
    [
        # odd case, one after the other, twice, with parameters that are none of ours
        (SMTP, "S: 250-hi\nS: 250-size\nS: 250-Auth  login   plain\nS: 250 AUTH=PLAIN\n", "PLAIN"),
        (SMTP, "S: 250-hi\nS: 250-AUTH LOGIN\nS: 250 AUTH PLAIN\n", "PLAIN"),
        (SMTP, "S: 250-\nS: 250-\\xff\\xfe\nS: 250 AUTH PLAIN \\xff\n", "PLAIN"),
        (SMTP, "S: 250-hi\nS: 250 AUTH GSSAPI NTLM PLAIN\\x09LOGIN\n", "PLAIN"),
        (POP3, "S: +ok\nS: sasl plain\nS: .\n", "PLAIN"),
        (POP3, "S: +OK list\nS: SASL\nS: SASL PLAIN\nS: .\n", "PLAIN"),
        (POP3, "S: +OK\nS: \nS: \\xff\nS: ..\nS: SASL  PLAIN \nS: .\n", "PLAIN"),
        (POP3, "S: -ERR unknown command\n", "USER"),
        (POP3, "S: +OK\nS: .\n", "USER"),
    ],
)
def test_d12_capabilities_in_odd_shapes(protocol: Protocol, capabilities: str, login: str) -> None:
    say = TONGUES[protocol]
    asks = say.asks + say.yes
    if login == "USER":
        asks = "C: USER *\nS: +OK\nC: PASS *\nS: +OK\n"
    dialogue = say.hello + say.asked + capabilities + asks + say.inside
    outcome, peer = asyncio.run(talk(dialogue, protocol))
    assert outcome.ok, peer.wrong


@PROTOCOLS
@pytest.mark.parametrize("encoding", ["utf-8", "gbk", "gb18030"])
def test_d14_chinese_words_are_read_in_every_protocol(protocol: Protocol, encoding: str) -> None:
    say = TONGUES[protocol]
    raw = "密码错误，请使用授权码".encode(encoding)
    words = "".join(f"\\x{byte:02x}" for byte in raw)
    before = say.hello + say.asked + say.capable + say.asks
    dialogue = before.format("1", "2") + say.no.format("1", "2").replace(" no", f" {words}")
    outcome, _ = asyncio.run(talk(dialogue + "HANG", protocol))
    assert outcome.fault is Fault.REJECTED
    assert outcome.evidence
    assert outcome.evidence.reply.endswith("密码错误，请使用授权码")


@PROTOCOLS
def test_d15_a_good_bye_is_not_waited_for(protocol: Protocol) -> None:
    say = TONGUES[protocol]
    rest = (say.asked + say.capable + say.asks + say.yes + say.inside).format("1", "2", "3", "4")
    for end in ("HANG", "RESET", ""):
        dialogue = (say.hello + rest).removesuffix("HANG").rpartition("C: ")[0] + end
        outcome, peer = asyncio.run(talk(dialogue, protocol))
        assert outcome.ok, (end, peer.wrong)


# TLS where it was not expected, and the reverse


@PROTOCOLS
def test_c15_a_plain_server_on_the_tls_port(protocol: Protocol, trusting: ssl.SSLContext) -> None:
    hello = TONGUES[protocol].hello
    outcome, peer = asyncio.run(talk(f"{hello}HANG", protocol, TLS, context=trusting))
    assert (outcome.fault, outcome.stage) == (Fault.WRONG_MODE, Stage.TLS)
    assert outcome.evidence
    assert outcome.evidence.spoken == "plain"
    assert_kept(peer.received)


@PROTOCOLS
@pytest.mark.parametrize(
    ("words", "faults"),
    [
        ("s: \\x15\\x03\\x03\\x00\\x02\\x02\\x28", {Fault.TLS_FAILED}),  # C18: handshake_failure
        ("s: \\x15\\x03\\x03\\x00\\x02\\x02\\x46", {Fault.TLS_VERSION}),  # protocol_version
        ("s: \\x16\\x03\\x03\\xff\\xff" + "\\x00" * 40, {Fault.TLS_FAILED}),  # C19
        ("s: \\x16\\x03", {Fault.CLOSED}),  # C17
        ("S: 500 what", {Fault.INJECTION}),
        ("RESET", {Fault.CLOSED}),
        ("HANG", {Fault.TIMEOUT}),
    ],
)
def test_c17_to_c19_after_starttls(
    protocol: Protocol, words: str, faults: set[Fault], trusting: ssl.SSLContext
) -> None:
    say = TONGUES[protocol]

    async def run() -> tuple[Outcome, Peer]:
        # After the ClientHello: it is no injection then, but an answer to it.
        dialogue = f"{say.clear}{say.go}SLEEP 0.2\n{words}\n"
        quick = replace(FAST, tls=0.8)
        return await talk(dialogue, protocol, STARTTLS, context=trusting, deadlines=quick)

    outcome, peer = asyncio.run(run())
    assert outcome.fault in faults
    assert outcome.stage is Stage.TLS
    assert_kept(peer.received)
