"""From a fault to its first words: each fault on a real socket, against what a person can wait for.

What a server does is timed where it does it, so that its own delay is not counted.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from bench_figures import Figure, Runs

from laifaxin_desktop.engine.authorize import Authorizer
from laifaxin_desktop.engine.check import Checker
from laifaxin_desktop.mail.course import Deadlines
from laifaxin_desktop.mail.probe import MailProbe
from laifaxin_desktop.model.account import Settings
from laifaxin_desktop.model.address import Address
from laifaxin_desktop.model.problem import Diagnosis
from laifaxin_desktop.model.provider import AuthWay, Endpoint, Protocol, Security, Side
from laifaxin_desktop.model.secret import Secret
from tests.engine.sign_in import ScriptedOAuth
from tests.knowledge.knowledge import BOOK, TABLE
from tests.mail.anything import Anything, Saying
from tests.mail.test_anything import turns_of
from tests.mail.test_attacks import TONGUES
from tests.servers.authority import Authority
from tests.servers.processes import free_port

_RUNS = 7
_MOST = 100.0  # ms
_DELAY = 1.5  # seconds that a server takes to refuse a password
_SCALE = 0.02  # of the deadlines, where it is they that end a silence
IMAP, SMTP, POP3 = Protocol.IMAP, Protocol.SMTP, Protocol.POP3
TLS, STARTTLS, PLAIN = Security.TLS, Security.STARTTLS, Security.PLAIN


@dataclass(frozen=True)
class Fault:
    """What a server does, and what it must be called."""

    name: str
    problem: str
    protocol: Protocol = IMAP
    security: Security = PLAIN
    saying: Saying | None = None  # None: nobody is there
    shows: str = "issue"  # which certificate
    since: str = "it was said"  # from when on it is timed: the least that is possible is nothing


def _faults() -> Iterator[Fault]:
    say = TONGUES
    yield Fault("connection refused", "connection_refused", since="the check began")
    yield Fault("a web page", "not_a_mail_server", saying=_talk("S: HTTP/1.0 400 Bad Request"))
    yield Fault("another protocol", "wrong_protocol", saying=_talk("S: +OK ready"))
    yield Fault("turned away, IMAP", "server_busy", saying=_talk("S: * BYE [UNAVAILABLE] busy"))
    yield Fault("turned away, SMTP", "server_busy", SMTP, saying=_talk("S: 421 4.3.2 busy"))
    yield Fault("turned away, POP3", "server_busy", POP3, saying=_talk("S: -ERR [SYS/TEMP] busy"))
    yield Fault("blocked", "refused_by_policy", SMTP, saying=_talk("S: 554 5.7.1 blocked"))
    yield Fault("hung up on", "connection_lost", saying=Saying((b"",), "close"))
    yield Fault("reset", "connection_lost", saying=Saying((b"",), "reset"))
    plain = _talk(say[IMAP].hello)
    plain = replace(plain, tls=False)
    yield Fault("plain text on the TLS port", "tls_wrong_mode", IMAP, TLS, plain)
    alert = Saying((b"", b"\x15\x03\x03\x00\x02\x02\x28"), "hang", tls=False)
    yield Fault("handshake refused", "tls_failed", IMAP, TLS, alert)
    refused = _talk(say[IMAP].clear + "S: a1 NO later")
    yield Fault("STARTTLS refused", "starttls_missing", IMAP, STARTTLS, refused)
    early = _talk(say[IMAP].clear + say[IMAP].go + say[IMAP].capable.format("2"))
    yield Fault("words injected before TLS", "tls_injection", IMAP, STARTTLS, early)
    for shows, problem in (
        ("expired", "certificate_expired"),
        ("other_host", "certificate_wrong_host"),
        ("self_signed", "certificate_untrusted"),
        ("incomplete", "certificate_incomplete"),
        ("weak_key", "certificate_unfit"),
    ):
        shown = Saying((b"",), "hang", True, True)
        yield Fault(
            f"certificate: {shows}", problem, IMAP, TLS, shown, shows, "it was shown, and again"
        )
    for protocol, words in say.items():
        before = words.hello + (words.asked + words.capable + words.asks).format(*"1234")
        wrong = replace(_talk(before + words.no.format("1", "2")), pause=_DELAY)
        wrong = replace(wrong, first=True)
        yield Fault(
            f"wrong password, {protocol.upper()}, after {_DELAY:g} s", "wrong_password", protocol,
            TLS, wrong,
        )  # fmt: skip
    words = say[IMAP]
    inside = words.hello + (words.asked + words.capable + words.asks + words.yes).format(*"1234")
    inside = inside + "C: *\nS: a3 NO [NONEXISTENT] no"
    yield Fault("no inbox", "mailbox_unavailable", saying=_talk(inside))
    lost = words.hello + (words.asked + words.capable + words.asks).format(*"1234")
    yield Fault("reset at the login", "connection_lost", saying=replace(_talk(lost), end="reset"))
    yield Fault("a broken answer", "garbled_reply", saying=_talk(lost + "S: a2 OK\\x00"))


def _talk(dialogue: str) -> Saying:
    rows = dialogue.replace("\\x00", "\0")
    return Saying(turns_of(rows), "hang")


def figures(authority: Authority) -> list[Figure]:
    """Every fault's time to its first words: until they exist, not until they are drawn."""
    bare = [_bare_refusal() for _ in range(_RUNS)]
    print(f"        a bare connection is refused after {Runs(tuple(bare), 'ms')}; what is said on")
    print("        this computer is heard at once: the least possible is 0 ms for the others")
    return [*(_figure(fault, authority) for fault in _faults()), _silence(authority)]


def _bare_refusal() -> float:
    began = time.monotonic()
    with contextlib.suppress(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", free_port())).close()
    return (time.monotonic() - began) * 1000


def _figure(fault: Fault, authority: Authority) -> Figure:
    took = []
    context = getattr(authority, fault.shows)().context()
    with Anything(context) as server:
        if fault.saying:
            server.say(fault.saying)
        for _ in range(_RUNS):
            server.heard.clear()
            port = server.port if fault.saying else free_port()
            began, told, found = _told(fault, port, authority, Deadlines())
            if found.problem != fault.problem:
                raise RuntimeError(f"{fault.name} is called {found.problem}: {found.evidence}")
            done = server.heard[0].last if server.heard else began
            took.append((told - done) * 1000)
    runs = Runs(tuple(took), "ms")
    return Figure(f"first words: {fault.name}", runs, Runs((_MOST,), "ms"), 1.0, _limit(fault))


def _limit(fault: Fault) -> str:
    return f"limit, since {fault.since}"


def _silence(authority: Authority) -> Figure:
    """Nothing can be said of a silent server before its deadline."""
    deadlines = Deadlines().scaled(_SCALE)
    print(f"        clocks run {1 / _SCALE:g} times faster for the silent server")
    took = []
    with Anything(authority.issue().context()) as server:
        server.say(Saying((b"",), "hang", tls=False))
        for _ in range(_RUNS):
            silent = Fault("", "", saying=server.saying)
            began, told, found = _told(silent, server.port, authority, deadlines)
            if found.problem != "server_silent":
                raise RuntimeError(f"silence is called {found.problem}")
            took.append((told - began - deadlines.greeting) * 1000)
    what = "limit, since the greeting's deadline"
    return Figure("first words: silence", Runs(tuple(took), "ms"), Runs((_MOST,), "ms"), 1.0, what)


def _told(
    fault: Fault, port: int, authority: Authority, deadlines: Deadlines
) -> tuple[float, float, Diagnosis]:
    """When the check began, when its first words were there, and what they are about."""
    context: ssl.SSLContext = authority.client_context()
    told: list[tuple[float, Diagnosis]] = []

    def first(_: Side, found: Diagnosis) -> None:
        words = TABLE.explain(found)
        if not (words.title.zh_CN and words.steps):
            raise RuntimeError("no words")
        told.append((time.monotonic(), found))

    async def run() -> float:
        probe = MailProbe(context, deadlines, _here)
        accounts: Any = None  # nothing is stored
        checker = Checker(
            probe,
            TABLE.diagnose,
            BOOK,
            lambda: datetime.now(UTC),
            time.monotonic,
            Authorizer(ScriptedOAuth(), accounts),
            closer_seconds=0.05,  # what it learns comes after the first words
        )
        host = "localhost" if fault.saying else "mail.example"
        end = Endpoint(fault.protocol, host, port, fault.security)
        sends = end.side is Side.SEND
        settings = Settings(None if sends else end, end if sends else None, AuthWay.PASSWORD)
        began = time.monotonic()
        secret = Secret("hunter2-hunter2")
        await checker.check(Address.parse("you@example.com"), settings, secret, first=first)
        return began

    began = asyncio.run(run())
    return began, *told[0]


def _here(_: str, port: int) -> list[tuple[int, tuple[Any, ...]]]:
    return [(socket.AF_INET, ("127.0.0.1", port))]
