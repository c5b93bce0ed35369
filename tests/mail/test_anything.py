"""Whatever a server says: an error with evidence, or a login that the server has accepted.

Never another exception, never past the deadline, never the password in the clear or twice. The
seeds are the recorded dialogues. For minutes or hours of it, from other seeds each time:
packaging/fuzz.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import os
import re
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from laifaxin_desktop.mail.course import Deadlines
from laifaxin_desktop.model.account import Login
from laifaxin_desktop.model.problem import MOST_REPLY, Fault, Stage
from laifaxin_desktop.model.provider import AuthWay, Protocol, Security, Side
from laifaxin_desktop.model.route import DIRECT, ProxyKind, Route
from tests.knowledge.knowledge import TABLE
from tests.servers.authority import Authority
from tests.servers.dialogue import read_all

from .anything import Anything, Heard, Saying
from .peers import FAST, Outcome, assert_kept, bearer, check, login
from .proxies import through
from .test_attacks import BARE, TONGUES

IMAP, SMTP, POP3, GRAPH = Protocol.IMAP, Protocol.SMTP, Protocol.POP3, Protocol.GRAPH
# How long each case goes on, set by packaging/fuzz; the suite gives each a few examples.
SECONDS = float(os.environ.get("LAIFAXIN_FUZZ_SECONDS", "0"))
QUICK = FAST.scaled(0.06)  # most of what is said is nonsense at once; silence costs all of it
SECRET = "hunter2-hunter2"
USER = "you@example.com"
often = settings(
    max_examples=100 if SECONDS else 6,  # at a time
    derandomize=not SECONDS,
    database=None,  # what is found is printed whole
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


def again_and_again(property_: Callable[[], None]) -> None:
    """Once in the suite; in packaging/fuzz until the time of a case is over."""
    property_()
    until, rounds = time.monotonic() + SECONDS, 1
    while time.monotonic() < until:
        property_()
        rounds += 1
    if SECONDS:
        print(f" {rounds} × 100 conversations", end=" ")


# What is said


@dataclass(frozen=True)
class Case:
    """One check of one kind."""

    protocol: Protocol
    security: Security
    token: bool = False  # an access token in place of a password
    half: Side | None = None

    @property
    def way(self) -> AuthWay:
        """What it signs in with."""
        return AuthWay.MICROSOFT if self.token else AuthWay.APP_PASSWORD

    def __str__(self) -> str:
        more = f"-{self.half}" if self.half else "-token" if self.token else ""
        return f"{self.protocol}-{self.security}{more}"


CASES = [
    *(Case(protocol, security) for protocol in (IMAP, SMTP, POP3) for security in Security),
    *(Case(protocol, Security.TLS, token=True) for protocol in (IMAP, SMTP, POP3)),
    *(Case(GRAPH, Security.TLS, True, half) for half in Side),
]


def seeds(case: Case) -> list[tuple[bytes, ...]]:
    """The server's turns of every recorded dialogue, and of conversations that pass."""
    protocol = case.protocol
    found = []
    for dialogue in read_all(Path(__file__).parents[1] / "dialogues"):
        if dialogue.protocol == protocol:
            rows = (f"{line.kind}: {line.text}" for line in dialogue.lines)
            found.append(turns_of("\n".join(rows)))
    say = TONGUES[protocol]
    whole = (BARE if case.token else {protocol: say.capable})[protocol]
    asks = say.asks
    if case.token:  # it is a line of its own
        asks += say.more + "C: ?*\n"
    for capable in (say.capable, BARE[protocol], whole):
        text = say.hello + say.asked + capable + asks + say.yes + say.inside
        found.append(turns_of(text.format("1", "2", "3", "4")))
    if case.security is Security.STARTTLS:
        found = [upgraded(protocol, each) for each in found]
    # The last is the one that passes.
    return [*(each for each in dict.fromkeys(found) if each != found[-1]), found[-1]]


def turns_of(dialogue: str) -> tuple[bytes, ...]:
    """What the server says at first, and after each thing that the client says."""
    turns = [b""]
    for row in dialogue.splitlines():
        if row.startswith("S: "):
            turns[-1] += row[3:].encode() + b"\r\n"
        elif row.startswith("C: "):
            turns.append(b"")
    return tuple(turns)


def upgraded(protocol: Protocol, turns: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """The same after STARTTLS: no greeting, and in IMAP every tag is one higher."""
    say = TONGUES[protocol]

    def higher(tag: re.Match[bytes]) -> bytes:
        return b"a%d " % (int(tag[1]) + 1)

    inside = (re.sub(rb"(?m)^a(\d+) ", higher, turn) for turn in turns[1:])
    return (*turns_of(say.clear + say.go), *inside)


WORDS = {
    IMAP: b"* |+ |a1 |a2 |a3 |a4 |OK|NO|BAD|BYE|PREAUTH|[ALERT]|[CAPABILITY |]|[|{3}|{0}|"
    b"{99999999}|AUTH=PLAIN|AUTH=LOGIN|SASL-IR|LOGINDISABLED|STARTTLS|CAPABILITY |EXISTS|FETCH",
    SMTP: b"220 |220-|250 |250-|235 |235-|334 |354 |421 |454 |535 |535-|5.7.8|4.7.0|AUTH PLAIN|"
    b"AUTH LOGIN|AUTH=PLAIN|STARTTLS|SIZE|VXNlcm5hbWU6",
    POP3: b"+OK|+OK |-ERR|-ERR |+ |.|..|[AUTH]|[SYS/TEMP]|[IN-USE]|SASL PLAIN|SASL|USER|STLS|1 1",
    GRAPH: b"HTTP/1.1 |HTTP/1.0 |HTTP/2 |200 OK|401 |403 |429 |Content-Type: application/json|"
    b"Content-Length: 0|Content-Length: 99999999999|Transfer-Encoding: chunked|0\r\n\r\n|ffffffff|"
    b'{"totalItemCount":1,"unreadItemCount":0}|{"id":"x"}|{"error":{"code":"x"}}|{|}|[|WWW-'
    b'Authenticate: Bearer error="insufficient_claims", claims="e30="|Location: https://x.example/',
}
ANY_WORDS = rb"\r\n|\r|\n|\x00|\xff|\x16\x03\x01|\x15\x03\x03\x00\x02\x02\x28| |:|\x1b[31m|<b>"
EDGES = [
    b"x" * 65535,
    b"x" * 65536,
    b"x" * 70000,
    b"[" + b"A" * 20000,
    b"A " * 4000,
    b"\r\n" * 2500,
]


def tokens(protocol: Protocol) -> st.SearchStrategy[bytes]:
    """Pieces of the protocol, line ends, and noise."""
    shared = ANY_WORDS.decode().encode().decode("unicode_escape").encode("latin-1").split(b"|")
    own = WORDS[protocol].split(b"|")
    return st.one_of(st.sampled_from(own + shared), st.binary(max_size=12), st.sampled_from(EDGES))


@st.composite
def changed(draw: st.DrawFn, protocol: Protocol, seed: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """A conversation with some of its bytes replaced, left out, repeated, or put in."""
    turns = [bytearray(turn) for turn in seed]
    for _ in range(draw(st.sampled_from([0, 1, 1, 1, 2, 2, 3, 5]))):
        turn = draw(st.sampled_from(turns))
        start = draw(st.integers(0, len(turn)))
        stop = min(len(turn), start + draw(st.integers(0, 24)))
        kind = draw(st.sampled_from(["put", "cut", "copy", "flip", "drop", "swap", "join"]))
        if kind == "put":
            turn[start:start] = draw(tokens(protocol))
        elif kind == "cut":
            del turn[start:stop]
        elif kind == "copy":
            turn[start:start] = bytes(turn[start:stop]) * draw(st.integers(1, 3))
        elif kind == "flip" and start < len(turn):
            turn[start] ^= draw(st.integers(1, 255))
        elif kind == "drop":
            turn.clear()
        elif kind == "swap":
            other = draw(st.sampled_from(turns))
            turn[:], other[:] = bytes(other), bytes(turn)
        elif kind == "join":  # two turns in one packet
            place = next(number for number, each in enumerate(turns) if each is turn)
            if place + 1 < len(turns):
                turn += turns.pop(place + 1)
    return tuple(bytes(turn) for turn in turns)


def sayings(case: Case) -> st.SearchStrategy[Saying]:
    """Recorded conversations, changed; and what never was a conversation."""
    protocol = case.protocol
    recorded = st.sampled_from(SEEDS[case]).flatmap(lambda seed: changed(protocol, seed))
    made_up = st.lists(st.lists(tokens(protocol), max_size=8).map(b"".join), max_size=7).map(tuple)
    ends = st.sampled_from(["close", "close", "close", "reset", "hang"])
    tls = st.sampled_from([True, True, True, True, True, False])
    first = case.security is Security.TLS
    return st.builds(
        lambda turns, end, speaks: Saying(turns, end, speaks, first and speaks),
        st.one_of(recorded, recorded, recorded, made_up),
        ends,
        tls,
    )


ANSWER = b"HTTP/1.1 %d x\r\nContent-Type: application/json\r\n"
COUNTS = b'{"totalItemCount":2,"unreadItemCount":1}'
CLAIMS = b'WWW-Authenticate: Bearer error="insufficient_claims", claims="eyJhIjp7ImIiOjF9fQ=="\r\n'


def refusal(status: int, code: bytes, head: bytes = b"") -> tuple[bytes, ...]:
    """As Graph says no."""
    body = b'{"error":{"code":"%b","message":"no","innerError":{"code":"x"}}}' % code
    return (b"", ANSWER % status + head + b"Content-Length: %d\r\n\r\n" % len(body) + body)


def answers(half: Side) -> list[tuple[bytes, ...]]:
    """What Graph says; the last is what passes."""
    good = COUNTS if half is Side.RECEIVE else b'{"id":"1"}'
    chunked = b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n"
    return [
        (b"", ANSWER % 200 + chunked % (len(good), good)),
        refusal(401, b"InvalidAuthenticationToken", CLAIMS),
        refusal(403, b"ErrorAccessDenied"),
        refusal(404, b"MailboxNotEnabledForRESTAPI"),
        refusal(429, b"ApplicationThrottled", b"Retry-After: 30\r\n"),
        refusal(503, b"ServiceNotAvailable", b"Retry-After: x\r\n"),
        refusal(507, b"ErrorQuotaExceeded"),
        (b"", b"HTTP/1.1 302 Found\r\nLocation: https://evil.example/\r\n\r\n"),
        (b"", ANSWER % 200 + b"\r\n" + good),
    ]


SEEDS = {
    case: answers(case.half or Side.RECEIVE) if case.protocol is GRAPH else seeds(case)
    for case in CASES
}


# What must come of it


YES = {
    IMAP: re.compile(rb"(?im)^a[0-9]+ OK\b"),
    SMTP: re.compile(rb"(?m)^235(?:[ \r]|$)"),
    POP3: re.compile(rb"(?im)^\+OK(?:[ \r]|$)"),
    GRAPH: re.compile(rb"\b200\b"),
}
# Who may not know whose token it is was let in nonetheless: nothing else is asked where one sends.
LET_IN = re.compile(rb"(?is)\b200\b|\b403\b.*(?:denied|forbidden)")


def submissions(who: Login, heard: bytes) -> list[bytes]:
    """The secret as it was sent, in any of the mechanisms, each time."""
    value = who.secret.reveal().encode()
    found = [value] * heard.count(value)
    for word in re.findall(rb"[A-Za-z0-9+/]{16,}={0,2}", heard):
        with contextlib.suppress(binascii.Error):
            if value in base64.b64decode(word, validate=True):
                found.append(word)
    return found


def ask(
    server: Anything,
    case: Case,
    saying: Saying,
    trusting: ssl.SSLContext,
    route: Route = DIRECT,
    deadlines: Deadlines = QUICK,
) -> Outcome:
    server.say(saying)
    who = bearer() if case.token else login(SECRET)

    async def run() -> Outcome:
        # Stages add up; the end of it all does not move.
        async with asyncio.timeout(deadlines.total + 5):
            return await check(
                server.port,
                case.protocol,
                case.security,
                context=trusting,
                who=who,
                half=case.half,
                deadlines=deadlines,
                route=route,
            )

    outcome = asyncio.run(run())
    server.settle()
    judge(outcome, case, server.heard, who)
    return outcome


def judge(outcome: Outcome, case: Case, heard: list[Heard], who: Login) -> None:
    """The property."""
    sent = [submissions(who, each.everything()) for each in heard]
    times = [len(each) for each in sent]
    assert sum(times) <= 1, "one submission for a check"
    if case.security is not Security.PLAIN:
        for each in heard:
            assert_kept(bytes(each.clear), who.secret.reveal()[:40])
    if outcome.ok:
        assert sum(times) == 1, "nobody is let in without having asked"
        main, marks = next((each, found) for each, found in zip(heard, sent, strict=True) if found)
        # HTTP has no tags: an answer under way before the question is one, as far as can be seen.
        said = main.said_after(b"" if case.protocol is GRAPH else marks[0])
        graph_sends = case.protocol is GRAPH and case.half is Side.SEND
        yes = LET_IN if graph_sends else YES[case.protocol]
        assert yes.search(said), "the server has not said yes"
        return
    evidence = outcome.evidence
    assert evidence
    assert evidence.fault not in (Fault.UNEXPECTED, Fault.BUG), evidence
    assert len(evidence.reply) <= MOST_REPLY
    assert evidence.reply.isprintable()
    assert len(evidence.codes) <= 24
    assert all(len(code) <= 40 for code in evidence.codes)
    for provider in ("other", "outlook", "qq"):
        found = TABLE.diagnose(replace(evidence, provider=provider, way=case.way))
        assert found.problem
        words = TABLE.explain(found)
        assert words.title.zh_CN
        assert words.steps


@pytest.fixture(scope="module")
def server(authority: Authority) -> Iterator[Anything]:
    """Says anything, with a certificate there is nothing wrong with."""
    with Anything(authority.issue().context()) as running:
        yield running


@pytest.mark.parametrize("case", CASES, ids=map(str, CASES))
def test_whatever_a_server_says(case: Case, server: Anything, trusting: ssl.SSLContext) -> None:
    @often
    @given(sayings(case))
    def whatever(saying: Saying) -> None:
        note(repr(saying))
        ask(server, case, saying, trusting)

    again_and_again(whatever)


@pytest.mark.parametrize("case", CASES, ids=map(str, CASES))
def test_the_oracle_lets_in_who_may_come_in(
    case: Case, server: Anything, trusting: ssl.SSLContext
) -> None:
    """Else the property above could be true of a check that never passes."""
    turns = SEEDS[case][-1]
    saying = Saying(turns, "close", True, case.security is Security.TLS)
    outcome = ask(server, case, saying, trusting, deadlines=FAST)
    assert outcome.ok, outcome.evidence


PROXY_SEEDS = {
    ProxyKind.SOCKS5: [(b"", b"\x05\x00", b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00* OK hi\r\n")],
    ProxyKind.HTTP: [(b"", b"HTTP/1.1 200 OK\r\nVia: x\r\n\r\n* OK hi\r\n")],
}


@pytest.mark.parametrize("kind", list(ProxyKind))
@pytest.mark.parametrize("login_there", [False, True])
def test_whatever_a_proxy_says(
    kind: ProxyKind, login_there: bool, server: Anything, trusting: ssl.SSLContext
) -> None:
    case = Case(IMAP, Security.PLAIN)
    recorded = st.sampled_from(PROXY_SEEDS[kind]).flatmap(lambda seed: changed(GRAPH, seed))
    noise = st.lists(st.binary(max_size=40), max_size=5).map(lambda turns: (b"", *turns))
    ends = st.sampled_from(["close", "reset", "hang"])

    @often
    @given(st.builds(Saying, st.one_of(recorded, noise), ends))
    def whatever(saying: Saying) -> None:
        note(repr(saying))
        route = through(kind, server.port, login=login_there)
        outcome = ask(server, case, saying, trusting, route)
        assert not outcome.ok
        if outcome.stage is Stage.CONNECT:
            assert outcome.fault
            assert outcome.fault.startswith("proxy_")

    again_and_again(whatever)


def test_the_deadlines_that_are_scaled_are_all_of_them() -> None:
    assert QUICK.total < Deadlines().total / 9
    assert QUICK.auth < Deadlines().auth / 9
