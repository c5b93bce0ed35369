"""What a server can make us spend: memory, time of the loop, and room in a report."""

from __future__ import annotations

import asyncio
import gc
import re
import ssl
import time
import tracemalloc

import pytest

from laifaxin_desktop.mail import certificate
from laifaxin_desktop.mail.probe import MailProbe
from laifaxin_desktop.mail.words import Scrubber, keywords
from laifaxin_desktop.model.problem import MOST_REPLY, Fault
from laifaxin_desktop.model.provider import Endpoint, Protocol, Security, Side
from laifaxin_desktop.model.route import Pin, Route
from tests.servers.authority import Authority

from .flooding import flooding
from .peers import (
    PASSWORD,
    PATIENT,
    TOKEN,
    Outcome,
    Peer,
    assert_no_secret,
    bearer,
    check,
    login,
    serving,
    talk,
)
from .test_imap import GREETED

IMAP, SMTP, POP3 = Protocol.IMAP, Protocol.SMTP, Protocol.POP3
MIB = 1024 * 1024
LINE = b"x" * 60_000
MANY = b" ".join(b"X%d" % number for number in range(9000))


def _words(start: bytes, end: bytes = b"\r\n") -> bytes:
    """Lines of words that differ: a megabyte in all."""
    rows = (range(at, at + 400) for at in range(0, 160_000, 400))
    return b"".join(start + b" ".join(b"%x" % number for number in row) + end for row in rows)


FLOODS: list[tuple[Protocol, bytes, bytes]] = [
    (IMAP, b"* OK ", b"a" * 65536),  # D6
    (IMAP, b"* OK hi\r\n", b"* OK more\r\n" * 6000),  # D7
    (IMAP, b"* OK hi\r\n", b"* NO " + LINE + b"\r\n"),
    (IMAP, b"* OK hi\r\n", b"* 1 X {60000}\r\n" + LINE),
    (IMAP, b"* OK hi\r\n", b"* X " + b"{1" * 250 + b" {0}\r\n"),
    (IMAP, b"* OK hi\r\n", b"* CAPABILITY " + MANY + b"\r\n"),
    (IMAP, b"* OK hi\r\n", _words(b"* CAPABILITY ")),
    (IMAP, b"* OK hi\r\n", b"* OK [" + b"A" * 60_000 + b"\r\n"),
    (IMAP, b"* OK hi\r\n", b"* OK [A " + b"A " * 30_000 + b"\r\n"),
    (SMTP, b"220-hi\r\n", b"220-and\r\n" * 5000),  # D9
    (SMTP, b"220 hi\r\n", b"250-" + LINE + b"\r\n"),
    (SMTP, b"220 hi\r\n", _words(b"250-AUTH ") + b"250 done\r\n"),
    (SMTP, b"220 ", b"a" * 65536),
    (POP3, b"+OK hi\r\n+OK\r\n", b"AB CD\r\n" * 5000),
    (POP3, b"-ERR [" + b"A" * 60_000 + b"\r\n", b""),
    (POP3, b"+OK ", b"a" * 65536),
]


class Ticking:
    """Measures the longest time that the loop worked without coming round.

    What its own thread worked, in seconds: a busy machine takes none of it.
    """

    def __init__(self) -> None:
        self.longest = 0.0

    async def __aenter__(self) -> Ticking:
        self._task = asyncio.create_task(self._tick())
        await asyncio.sleep(0)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()

    async def _tick(self) -> None:
        before = time.thread_time()
        while True:
            await asyncio.sleep(0.005)
            now = time.thread_time()
            self.longest, before = max(self.longest, now - before), now


@pytest.mark.parametrize(("protocol", "first", "chunk"), FLOODS)
@pytest.mark.parametrize("security", [Security.PLAIN, Security.TLS])
def test_a_flood_costs_neither_memory_nor_the_loop(
    protocol: Protocol,
    first: bytes,
    chunk: bytes,
    security: Security,
    authority: Authority,
    trusting: ssl.SSLContext,
) -> None:
    made = authority.issue() if security is Security.TLS else None

    async def run(port: int) -> tuple[Outcome, int, float]:
        gc.collect()
        tracemalloc.start()
        try:
            before, _ = tracemalloc.get_traced_memory()
            async with Ticking() as ticking:
                outcome = await check(port, protocol, security, context=trusting)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        return outcome, peak - before, ticking.longest

    with flooding(first, chunk, made) as port:
        outcome, peak, longest = asyncio.run(run(port))
    # A busy machine may not get to the end of it in time.
    assert outcome.fault in (Fault.GARBLED, Fault.REJECTED, Fault.CLOSED, Fault.TIMEOUT)
    assert peak < 2 * MIB
    # No stop-watch: reading one of these lines in every possible way takes 15 s.
    assert longest < 2


@pytest.mark.parametrize(
    ("protocol", "greeting", "start", "end"),
    [
        (IMAP, b"* OK hi\r\n", b"* CAPABILITY ", b"a1 OK\r\n"),
        (SMTP, b"220 hi\r\n", b"250-AUTH ", b"250 done\r\n"),
        (POP3, b"+OK hi\r\n", b"SASL ", b".\r\n"),
    ],
)
def test_a_server_that_can_everything_is_not_remembered_whole(
    protocol: Protocol, greeting: bytes, start: bytes, end: bytes
) -> None:
    async def answer(_: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        await reader.readline()
        writer.write((b"+OK\r\n" if protocol is POP3 else b"") + _words(start) + end)
        await reader.read()

    async def run() -> int:
        async with serving(answer) as peer:
            at = Endpoint(protocol, "127.0.0.1", peer.port, Security.PLAIN)
            probe = MailProbe(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
            return len((await probe(at, None, lambda _: None)).words)

    assert 500 < asyncio.run(run()) < 2500


ERROR = b'{"error":{"code":"x","message":"%b"}}'
JSON = {  # as much of each as is read, save the last
    "members": (200, b"{" + b",".join(b'"%x":1' % number for number in range(1600)) + b"}"),
    "lists": (200, b'{"a":[' + b",".join([b"[]"] * 5_000) + b"]}"),
    "deep": (200, b"[" * 15_000),
    "an error that is none": (200, ERROR % (b"x" * 15_000)),
    "an error": (403, ERROR % (b"x " * 7_500)),
    "the token": (403, ERROR % (TOKEN.encode() * 7)),
    "too long": (200, ERROR % (b"x" * 200_000)),
}


@pytest.mark.parametrize(("status", "body"), JSON.values(), ids=JSON)
def test_what_graph_says_costs_no_more(
    status: int, body: bytes, authority: Authority, trusting: ssl.SSLContext
) -> None:
    head = b"HTTP/1.1 %d x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"

    async def ask(port: int) -> Outcome:
        return await check(
            port,
            Protocol.GRAPH,
            Security.TLS,
            context=trusting,
            who=bearer(),
            half=Side.RECEIVE,
            deadlines=PATIENT,  # what it costs is asked for, on a busy machine as well
        )

    async def run(port: int) -> tuple[Outcome, int]:
        await ask(port)  # so that everything is imported
        re.purge()  # patterns that were made then are part of what it costs
        gc.collect()
        tracemalloc.start()
        try:
            before, _ = tracemalloc.get_traced_memory()
            outcome = await ask(port)
            return outcome, tracemalloc.get_traced_memory()[1] - before
        finally:
            tracemalloc.stop()

    with flooding(head % (status, len(body)) + body, b"", authority.issue()) as port:
        outcome, peak = asyncio.run(run(port))
    assert outcome.fault is (Fault.GARBLED if status == 200 else Fault.REJECTED)
    assert peak < 2 * MIB


def test_a_flood_that_nobody_reads_yet_waits_in_the_network(
    authority: Authority, trusting: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The certificate is being read meanwhile, in a thread."""
    made = authority.self_signed()
    really = certificate.read_certificate
    held = asyncio.Event()

    async def run(port: int) -> int:
        loop = asyncio.get_running_loop()

        def slowly(*arguments: object) -> object:
            asyncio.run_coroutine_threadsafe(asyncio.sleep(0.5), loop).result()
            loop.call_soon_threadsafe(held.set)
            return really(*arguments)  # type: ignore[arg-type]

        monkeypatch.setattr("laifaxin_desktop.mail.trust.read_certificate", slowly)
        route = Route((Pin("localhost", port, made.sha256()),))
        gc.collect()
        tracemalloc.start()
        try:
            before, _ = tracemalloc.get_traced_memory()
            await check(port, IMAP, Security.TLS, context=trusting, route=route)
            return tracemalloc.get_traced_memory()[1] - before
        finally:
            tracemalloc.stop()

    with flooding(b"* OK hi\r\n", b"* OK more\r\n" * 6000, made) as port:
        assert asyncio.run(run(port)) < MIB
    assert held.is_set()


def test_a_report_has_room_for_few_codes_and_words() -> None:
    notes = "".join(f"S: * NO [CODE{number}] no\n" for number in range(1500))
    outcome, _ = asyncio.run(talk(GREETED + f"C: a2 *\n{notes}S: a2 NO [LAST] no\nHANG"))
    assert outcome.codes[:2] == ("NO", "LAST")
    assert len(outcome.codes) < 30
    assert outcome.evidence
    assert len(outcome.evidence.reply) <= MOST_REPLY
    assert len(keywords(b"A " * 60_000)) <= 500


@pytest.mark.parametrize(
    ("protocol", "before", "line"),
    [
        (IMAP, GREETED + "C: a2 *\n", "a2 NO "),
        (SMTP, "S: 220 hi\nC: *\nS: 250-hi\nS: 250 AUTH PLAIN\nC: *\n", "535 "),
        (POP3, "S: +OK\nC: *\nS: +OK\nS: .\nC: *\nS: +OK\nC: *\n", "-ERR "),
    ],
)
@pytest.mark.parametrize("text", ["x" * 10_000, "<b>", "\\x1b[31mred\\x07", "\\xe2\\x80\\xae"])
def test_a11_long_and_odd_texts_are_shown_short_and_harmless(
    protocol: Protocol, before: str, line: str, text: str
) -> None:
    outcome, _ = asyncio.run(talk(f"{before}S: {line}{text} https://evil.example/\nHANG", protocol))
    assert outcome.fault is Fault.REJECTED
    assert outcome.evidence
    shown = outcome.evidence.reply
    assert len(shown) <= MOST_REPLY
    assert shown.isprintable()


def test_half_a_secret_at_the_cut_is_not_shown() -> None:
    """Control characters count when it is cut, and are gone when it is shown."""
    scrub = Scrubber(login())
    for start in range(8192 - 40, 8192 + 1400, 7):
        said = b"\x01" * start + PASSWORD.encode() * 3 + b"\x01" * 9000
        assert_no_secret(scrub(said))
        assert "hunter" not in scrub(said)
