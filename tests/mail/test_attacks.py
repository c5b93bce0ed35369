"""Attacks around encryption and login, each in IMAP, POP3 and SMTP: no secret is to be had.

The rows are those of "Why TLS is better without STARTTLS" (USENIX Security 2021) and of the
tricks that continuation, referral and early answers allow. The server keeps every byte it is sent.
"""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from laifaxin_desktop.model.problem import Fault, Stage
from laifaxin_desktop.model.provider import Protocol, Security
from laifaxin_desktop.model.route import Pin, ProxyKind, Route
from tests.servers.authority import Authority, ServerCertificate

from .peers import FAST, PASSWORD, USER, Outcome, Peer, assert_kept, check, serving
from .proxies import Carrier, through

IMAP, SMTP, POP3 = Protocol.IMAP, Protocol.SMTP, Protocol.POP3
TLS, STARTTLS, PLAIN = Security.TLS, Security.STARTTLS, Security.PLAIN


@dataclass(frozen=True)
class Tongue:
    """How one protocol says the same things; `{n}` is a tag's number."""

    clear: str  # up to the STARTTLS command, which offers AUTH PLAIN to tempt us
    go: str  # what accepts it
    hello: str  # the greeting, where TLS comes first
    asked: str  # hears the question for capabilities, from tag n
    capable: str  # offers PLAIN, with an initial answer
    asks: str  # hears the password
    yes: str
    no: str
    more: str  # one more continuation request
    inside: str  # after the login, up to the good-bye
    early: str  # a success that nobody asked for
    farewell: str  # the server hangs up


TONGUES = {
    IMAP: Tongue(
        "S: * OK [CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN SASL-IR] hi\nC: a1 STARTTLS\n",
        "S: a1 OK go\n",
        "S: * OK hi\n",
        "C: a{0} CAPABILITY\n",
        "S: * CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\nS: a{0} OK\n",
        "C: a{1} AUTHENTICATE PLAIN ?*\n",
        "S: a{1} OK in\n",
        "S: a{1} NO [AUTHENTICATIONFAILED] no\n",
        "S: + \n",
        "C: a{2} EXAMINE INBOX\nS: a{2} OK\nC: a{3} LOGOUT\nHANG",
        "S: a{1} OK in\n",
        "S: * BYE gone\n",
    ),
    SMTP: Tongue(
        "S: 220 hi\nC: EHLO *\nS: 250-hi\nS: 250-STARTTLS\nS: 250 AUTH PLAIN\nC: STARTTLS\n",
        "S: 220 go\n",
        "S: 220 hi\n",
        "C: EHLO *\n",
        "S: 250-hi\nS: 250 AUTH PLAIN LOGIN\n",
        "C: AUTH PLAIN ?*\n",
        "S: 235 2.7.0 in\n",
        "S: 535 5.7.8 no\n",
        "S: 334 \n",
        "C: QUIT\nHANG",
        "S: 235 2.7.0 in\n",
        "S: 421 4.3.2 gone\n",
    ),
    POP3: Tongue(
        "S: +OK hi\nC: STLS\n",
        "S: +OK go\n",
        "S: +OK hi\n",
        "C: CAPA\n",
        "S: +OK\nS: USER\nS: SASL PLAIN\nS: .\n",
        "C: AUTH PLAIN ?*\n",
        "S: +OK in\n",
        "S: -ERR [AUTH] no\n",
        "S: + \n",
        "C: STAT\nS: +OK 1 1\nC: QUIT\nHANG",
        "S: +OK in\n",
        "S: -ERR [SYS/TEMP] gone\n",
    ),
}
# What a server lists that has no mechanism of ours.
BARE = {
    IMAP: "S: * CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=XOAUTH2\nS: a{0} OK\n",
    SMTP: "S: 250-hi\nS: 250 AUTH XOAUTH2\n",
    POP3: "S: +OK\nS: SASL XOAUTH2\nS: .\n",
}


@dataclass(frozen=True)
class Attack:
    """What the server does, and what must come of it."""

    row: str
    protocol: Protocol
    security: Security
    dialogue: str
    faults: tuple[Fault | None, ...]  # None: the check passes
    stage: Stage | None = None
    submissions: int = 0  # how often the password may have been handed in, at most
    wrong_name: bool = False  # the certificate is somebody else's

    def __str__(self) -> str:
        return f"{self.row}-{self.protocol}-{self.security}"


INJECTED = (Fault.INJECTION,)


def attacks() -> Iterator[Attack]:
    """Every row, in every protocol."""
    for protocol, say in TONGUES.items():
        yield from _before_tls(protocol, say)
        yield from _words_of_before(protocol, say)
        yield from _around_the_login(protocol, say)


def _before_tls(protocol: Protocol, say: Tongue) -> Iterator[Attack]:
    early = {
        "A1": say.capable.format("2", "3"),
        "A1 success": say.early.format("2", "3"),
        "A1 one byte": "s: *\n" if protocol is IMAP else "s: 2\n",
        "A1 line end": "s: \\x0d\\x0a\n",
        "A1 TLS record": "s: \\x16\\x03\\x03\\x00\\x01\\x02\n",
    }
    for row, words in early.items():
        for then in ("TLS\nHANG", "HANG"):
            # With garbage that looks like TLS the handshake may be what fails.
            yield Attack(row, protocol, STARTTLS, say.clear + say.go + words + then, INJECTED)
            late = say.clear + say.go + f"SLEEP 0.15\n{words}{then}"
            faults = (Fault.INJECTION, Fault.TLS_FAILED, Fault.CLOSED, Fault.TIMEOUT)
            kinds = faults if row in ("A1 TLS record", "A1 one byte") else INJECTED
            yield Attack(row.replace("A1", "A4"), protocol, STARTTLS, late, kinds)
    before = say.capable.format("1", "2") + say.go
    mess = (Fault.INJECTION, Fault.GARBLED, Fault.REJECTED, Fault.STARTTLS_MISSING)
    yield Attack("A2 before the answer", protocol, STARTTLS, say.clear + before + "TLS\nHANG", mess)
    for words in {
        IMAP: ("a1 NO later", "a1 BAD what", "a1 NO [UNAVAILABLE] later"),
        SMTP: ("454 4.7.0 TLS not available", "502 what", "554 no"),
        POP3: ("-ERR what", "-ERR [SYS/TEMP] later"),
    }[protocol]:
        dialogue = say.clear + f"S: {words}\nHANG"
        missing = (Fault.STARTTLS_MISSING,)
        yield Attack("A6, A9", protocol, STARTTLS, dialogue, missing, Stage.TLS)
    odd = "S: a9 OK go\n" if protocol is IMAP else "S: 250 go\n" if protocol is SMTP else "S: OK\n"
    yield Attack("A15 odd answer", protocol, STARTTLS, say.clear + odd + "TLS\nHANG", mess)
    again = say.clear + say.more + "TLS\nHANG"
    yield Attack("A12 before TLS", protocol, STARTTLS, again, mess)
    wrong = say.clear + say.go + "TLS\nHANG"
    yield Attack("A14", protocol, STARTTLS, wrong, (Fault.CERTIFICATE_WRONG_HOST,), wrong_name=True)
    hanging = say.clear + say.farewell + "HANG"
    yield Attack("A6 hangs up", protocol, STARTTLS, hanging, (Fault.REJECTED, *mess))
    if protocol is IMAP:
        preauth = "S: * PREAUTH [CAPABILITY IMAP4rev1] welcome\nHANG"
        yield Attack("A7", protocol, STARTTLS, preauth, INJECTED)
        yield Attack("A7", protocol, TLS, preauth, (Fault.GARBLED,))
        yield Attack("A7", protocol, PLAIN, preauth, (Fault.GARBLED,))
    else:
        done = f"{say.early.format(1, 2)}HANG"
        garbled = (Fault.GARBLED, Fault.TIMEOUT)  # +OK is how any greeting begins
        yield Attack("A7 success for a greeting", protocol, TLS, done, garbled)


def _words_of_before(protocol: Protocol, say: Tongue) -> Iterator[Attack]:
    numbers = "2", "3", "4", "5"
    whole = (say.asked + say.capable + say.asks + say.yes + say.inside).format(*numbers)
    stripped = say.clear.replace(" STARTTLS", "").replace("S: 250-STARTTLS\n", "")
    if protocol is IMAP:
        stripped = stripped.replace("C: a1\n", "C: a1 STARTTLS\n")
    elif protocol is SMTP:
        stripped = stripped.replace("C:\n", "C: STARTTLS\n")
    yield Attack(
        "A5", protocol, STARTTLS, stripped + say.go + "TLS\n" + whole, (None,), submissions=1
    )
    bare = (say.asked + BARE[protocol]).format(*numbers) + "HANG"
    none = (Fault.NO_MECHANISM,)
    yield Attack("A8", protocol, STARTTLS, say.clear + say.go + "TLS\n" + bare, none, Stage.LOGIN)
    closed = say.clear.replace("AUTH=PLAIN SASL-IR", "LOGINDISABLED").replace("AUTH PLAIN", "X")
    yield Attack(
        "A8 reversed",
        protocol,
        STARTTLS,
        closed + say.go + "TLS\n" + whole,
        (None,),
        submissions=1,
    )
    if protocol is IMAP:
        again = whole.replace("C: a2", "S: * PREAUTH welcome\nC: a2", 1)
        yield Attack(
            "A7 inside",
            protocol,
            STARTTLS,
            say.clear + say.go + "TLS\n" + again,
            (None,),
            submissions=1,
        )


def _around_the_login(protocol: Protocol, say: Tongue) -> Iterator[Attack]:
    opening = (say.hello + say.asked + say.capable).format("1", "2", "3", "4")
    yes, no, asks, inside, early = (
        text.format("1", "2", "3", "4")
        for text in (say.yes, say.no, say.asks, say.inside, say.early)
    )
    garbled = (Fault.GARBLED,)
    for security in (TLS, PLAIN):

        def attack(
            row: str,
            dialogue: str,
            *faults: Fault | None,
            stage: Stage | None = None,
            submissions: int = 1,
            security: Security = security,
        ) -> Attack:
            return Attack(row, protocol, security, dialogue, faults, stage, submissions)

        elsewhere = {
            IMAP: "S: a2 NO [REFERRAL imap://evil.example/] go there\n",
            SMTP: "S: 535 5.7.8 please use smtp://evil.example/\n",
            POP3: "S: -ERR use pop://evil.example/\n",
        }[protocol]
        rejected = Fault.REJECTED
        yield attack("A10", opening + asks + elsewhere + "C: *", rejected, stage=Stage.LOGIN)
        moved = {
            IMAP: "S: * BYE [REFERRAL imap://evil.example/] moved\n",
            SMTP: "S: 521 see smtp://evil.example/\n",
            POP3: "S: -ERR moved to pop://evil.example/\n",
        }[protocol]
        yield attack("A10 greeting", moved + "HANG", rejected, submissions=0)
        if protocol is IMAP:
            also = yes.replace("OK", "OK [REFERRAL imap://evil.example/]")
            yield attack("A10 in passing", opening + asks + also + inside, None)
        yield attack("A12", opening + asks + say.more + "C: *\n" + yes + inside, *garbled)
        yield attack("A12 thrice", opening + asks + say.more * 3 + "HANG", *garbled)
        yield attack("A12 early", opening + say.more + "HANG", *garbled, submissions=0)
        yield attack("A13", opening + asks + no + "C: *\nHANG", rejected, stage=Stage.LOGIN)
        yield attack("A15 early", opening + early + "HANG", *garbled, submissions=0)
        yield attack(
            "A15 at once",
            say.hello + (say.capable + say.early).format("1", "2") + "HANG",
            Fault.GARBLED,
            submissions=0,
        )
        if protocol is IMAP:
            yield attack("A15 other tag", opening + asks + "S: a3 OK in\nHANG", *garbled)
            yield attack("A15 no tag", opening + asks + "S: * OK in\nHANG", Fault.TIMEOUT)
        ends = (rejected, Fault.CLOSED, Fault.GARBLED)
        yield attack("A16", opening + asks + say.farewell + "HANG", *ends)
        yield attack("A16 then yes", opening + asks + say.farewell + yes + inside, *ends)
        yield attack("A16 before", opening + say.farewell + "HANG", *ends, submissions=0)


ATTACKS = list(attacks())


def submitted(received: bytes) -> int:
    """How often the password arrived, in any of the forms it is sent in."""
    message = base64.b64encode(f"\0{USER}\0{PASSWORD}".encode())
    return received.count(message) + received.count(PASSWORD.encode())


def run(
    attack: Attack, good: ssl.SSLContext, wrong: ssl.SSLContext, trusting: ssl.SSLContext
) -> tuple[Outcome, Peer]:
    shown = wrong if attack.wrong_name else good

    async def once() -> tuple[Outcome, Peer]:
        tls = shown if attack.security is TLS else None
        async with serving(attack.dialogue, tls=tls, starttls=shown) as peer:
            outcome = await check(
                peer.port,
                attack.protocol,
                attack.security,
                context=trusting,
                deadlines=replace(FAST, tls=0.8),
            )
        return outcome, peer

    return asyncio.run(once())


@pytest.fixture(scope="module")
def wrong(authority: object) -> ssl.SSLContext:
    """A good certificate of somebody else."""
    return authority.other_host().context()  # type: ignore[attr-defined, no-any-return]


@pytest.fixture(scope="module")
def own(authority: Authority) -> ServerCertificate:
    """One that nobody vouches for, until a person excepts it."""
    return authority.self_signed()


@pytest.mark.parametrize("attack", ATTACKS, ids=map(str, ATTACKS))
def test_an_attack_gets_nothing(
    attack: Attack, good: ssl.SSLContext, wrong: ssl.SSLContext, trusting: ssl.SSLContext
) -> None:
    outcome, peer = run(attack, good, wrong, trusting)
    assert outcome.fault in attack.faults, (outcome.evidence, peer.wrong)
    if attack.stage:
        assert outcome.stage is attack.stage
    assert submitted(peer.received) <= attack.submissions
    if not attack.submissions:
        assert_kept(peer.received)
    assert peer.connections <= 2  # the second only looks
    if outcome.ok:
        assert submitted(peer.received) == 1
        assert not peer.wrong


# The same on other ways to the server, an exception to trust and proxies: each row on every way,
# in one of the protocols each.
WAYS: tuple[ProxyKind | None, ...] = (None, *ProxyKind)
ENCRYPTED = [attack for attack in ATTACKS if attack.security is not PLAIN]
ROWS = list(dict.fromkeys(attack.row for attack in ENCRYPTED))
ELSEWHERE = [
    (each, WAYS[(ROWS.index(each.row) + list(TONGUES).index(each.protocol)) % len(WAYS)])
    for each in ENCRYPTED
]


@pytest.mark.parametrize(
    ("attack", "kind"), ELSEWHERE, ids=[f"{a}-{kind or 'pinned'}" for a, kind in ELSEWHERE]
)
def test_an_attack_gets_nothing_on_another_way(
    attack: Attack,
    kind: ProxyKind | None,
    good: ssl.SSLContext,
    own: ServerCertificate,
    wrong: ssl.SSLContext,
    trusting: ssl.SSLContext,
) -> None:
    shown = wrong if attack.wrong_name else own.context() if kind is None else good
    faults = attack.faults
    if kind is None and attack.wrong_name:
        faults = (Fault.CERTIFICATE_CHANGED,)

    async def once() -> tuple[Outcome, Peer, bytes]:
        tls = shown if attack.security is TLS else None
        async with serving(attack.dialogue, tls=tls, starttls=shown) as peer:
            if kind is None:
                pin = Pin("localhost", peer.port, own.sha256())
                return await asked(peer, Route((pin,))), peer, b""
            carrier = Carrier(peer.port, login=True)
            async with serving(carrier.handler(kind)) as proxy:
                outcome = await asked(peer, through(kind, proxy.port, login=True))
                return outcome, peer, bytes(proxy.received)

    async def asked(peer: Peer, route: Route) -> Outcome:
        return await check(
            peer.port,
            attack.protocol,
            attack.security,
            context=trusting,
            deadlines=replace(FAST, tls=0.8),
            route=route,
        )

    outcome, peer, passed = asyncio.run(once())
    assert outcome.fault in faults, (outcome.evidence, peer.wrong)
    assert submitted(peer.received) <= attack.submissions
    assert_kept(passed)  # who stands in between
    if not attack.submissions:
        assert_kept(peer.received)


def test_every_row_is_there_in_every_protocol() -> None:
    for number in (1, 4, 5, 6, 7, 8, 10, 12, 13, 14, 15, 16):
        for protocol in TONGUES:
            rows = [a for a in ATTACKS if a.protocol is protocol and f"A{number}" in a.row]
            assert rows, (number, protocol)
        if number != 7:  # one protocol's own
            ways = {kind for a, kind in ELSEWHERE if f"A{number}" in a.row}
            assert ways == {*WAYS}, number
