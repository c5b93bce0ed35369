"""Through a proxy: the same check, the name looked up over there, and four ways to fail."""

from __future__ import annotations

import asyncio
import base64
import socket
import ssl
from collections.abc import Callable

import pytest

from laifaxin_desktop.mail import reach
from laifaxin_desktop.mail.course import Deadlines
from laifaxin_desktop.mail.reach import Target
from laifaxin_desktop.model.problem import Fault, Stage
from laifaxin_desktop.model.provider import Protocol, Security, Side
from laifaxin_desktop.model.route import Proxy, ProxyKind, Route
from laifaxin_desktop.model.secret import Secret
from tests.servers.authority import Authority

from .peers import (
    FAST,
    PATIENT,
    Handler,
    Outcome,
    Peer,
    assert_kept,
    bearer,
    check,
    serving,
)  # fmt: skip
from .proxies import PROXY_SECRET, PROXY_USER, Carrier, through
from .test_graph import COUNTS, http, saying
from .test_network import assert_no_socket_left, dead_end, free_port
from .test_trust import whole

IMAP, SMTP, POP3 = Protocol.IMAP, Protocol.SMTP, Protocol.POP3
SOCKS5, HTTP = ProxyKind.SOCKS5, ProxyKind.HTTP
KINDS = pytest.mark.parametrize("kind", list(ProxyKind))


def only_the_proxy(host: str, port: int) -> list[Target]:
    """A resolver that knows one name."""
    assert host in ("127.0.0.1", "proxy.example"), host
    return [(socket.AF_INET, ("127.0.0.1", port))]


async def carried(
    kind: ProxyKind,
    carrier: Carrier,
    dialogue: str | Handler,
    protocol: Protocol = IMAP,
    security: Security = Security.PLAIN,
    *,
    tls: ssl.SSLContext | None = None,
    **more: object,
) -> tuple[Outcome, Peer, Peer]:
    """The outcome, what the server saw, and what the proxy saw."""
    more = {"host": "mail.example", "resolve": only_the_proxy, **more}
    async with serving(
        dialogue, tls=tls if security is Security.TLS else None, starttls=tls
    ) as server:
        carrier.port = server.port
        async with serving(carrier.handler(kind)) as proxy:
            outcome = await check(
                server.port,
                protocol,
                security,
                route=through(kind, proxy.port, login=carrier.login),
                **more,  # type: ignore[arg-type]
            )
    return outcome, server, proxy


@KINDS
@pytest.mark.parametrize("login", [False, True])
@pytest.mark.parametrize("protocol", [IMAP, SMTP, POP3])
@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_a_check_passes(
    kind: ProxyKind,
    login: bool,
    protocol: Protocol,
    security: Security,
    authority: Authority,
    trusting: ssl.SSLContext,
) -> None:
    tls = authority.issue("mail.example").context()
    carrier = Carrier(login=login)
    dialogue = whole(protocol, security).replace("[[]127.0.0.1]", "*")
    outcome, server, proxy = asyncio.run(
        carried(kind, carrier, dialogue, protocol, security, tls=tls, context=trusting)
    )
    assert outcome.evidence is None, server.wrong
    assert [host for host, _ in carrier.asked] == ["mail.example"]
    assert [s.stage for s in outcome.stages][:2] == [Stage.LOOKUP, Stage.CONNECT]
    assert server.secrets() == 1
    assert_kept(proxy.received)
    if not login:
        assert b"Authorization" not in proxy.received


@KINDS
@pytest.mark.parametrize("drip", [False, True])
@pytest.mark.parametrize("together", [False, True])
def test_not_a_byte_of_the_servers_is_lost_or_taken_for_the_proxys(
    kind: ProxyKind, drip: bool, together: bool
) -> None:
    carrier = Carrier(drip=drip, with_first_words=together, login=True)
    outcome, server, _ = asyncio.run(carried(kind, carrier, whole(IMAP, Security.PLAIN)))
    assert outcome.evidence is None, server.wrong


@KINDS
@pytest.mark.parametrize(
    ("host", "asked"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("邮箱.example", "xn--c0zu34b.example"),
    ],
)
def test_whom_it_is_asked_for(kind: ProxyKind, host: str, asked: str) -> None:
    carrier = Carrier()
    outcome, _, _ = asyncio.run(carried(kind, carrier, whole(IMAP, Security.PLAIN), host=host))
    assert outcome.ok
    assert carrier.asked[0][0].strip("[]") == asked


def test_our_own_address_is_not_told_behind_a_proxy() -> None:
    _, server, _ = asyncio.run(
        carried(SOCKS5, Carrier(), "S: 220 hi\nC: EHLO *\nHANG", SMTP, deadlines=FAST.scaled(0.3))
    )
    assert server.heard == ["EHLO [127.0.0.1]"]


@KINDS
def test_graph_goes_the_same_way(
    kind: ProxyKind, authority: Authority, trusting: ssl.SSLContext
) -> None:
    tls = authority.issue("graph.example").context()
    outcome, _, proxy = asyncio.run(
        carried(
            kind,
            Carrier(login=True),
            saying(http(200, COUNTS)),
            Protocol.GRAPH,
            Security.TLS,
            tls=tls,
            context=trusting,
            who=bearer(),
            host="graph.example",
            half=Side.RECEIVE,
        )
    )
    assert outcome.evidence is None
    assert proxy.connections == 1


@KINDS
@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_a_refused_certificate_is_looked_at_through_the_proxy(
    kind: ProxyKind, security: Security, authority: Authority, trusting: ssl.SSLContext
) -> None:
    certificate = authority.expired("mail.example")
    outcome, _, proxy = asyncio.run(
        carried(
            kind,
            Carrier(),
            whole(IMAP, security),
            IMAP,
            security,
            tls=certificate.context(),
            context=trusting,
        )
    )
    assert outcome.fault is Fault.CERTIFICATE_EXPIRED
    assert outcome.evidence
    assert outcome.evidence.certificate
    assert outcome.evidence.certificate.sha256 == certificate.sha256()
    assert outcome.evidence.proxy == f"127.0.0.1:{proxy.port}"
    assert proxy.connections == 2


# Four ways to fail


def socks(*answers: bytes, then: str = "HANG") -> Handler:
    """Answers each thing it is told; then silence, an end, or a reset."""

    async def handle(
        peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        for answer in answers:
            peer.heard.append((await reader.read(65536)).decode("latin-1"))
            writer.write(answer)
        if then == "HANG":
            peer.reached.set()
            while data := await reader.read(65536):
                peer.heard.append(data.decode("latin-1"))
        elif then == "LISTEN":
            peer.heard.append((await reader.read(65536)).decode("latin-1"))

    return handle


LOGIN, TARGET, WRONG = Fault.PROXY_LOGIN, Fault.PROXY_TARGET, Fault.PROXY_WRONG_TYPE
HELLO, IN, DONE = b"\x05\x00", b"\x01\x00", b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"
FAILURES: list[tuple[str, ProxyKind, bool, Handler, Fault]] = [
    ("no method", SOCKS5, False, socks(b"\x05\xff"), LOGIN),
    ("no method for our login", SOCKS5, True, socks(b"\x05\xff"), LOGIN),
    ("wants a login not offered", SOCKS5, False, socks(b"\x05\x02"), LOGIN),
    ("wants GSSAPI", SOCKS5, True, socks(b"\x05\x01"), LOGIN),
    ("wrong password", SOCKS5, True, socks(b"\x05\x02", b"\x01\x01"), LOGIN),
    ("hangs up on the password", SOCKS5, True, socks(b"\x05\x02", then="LISTEN"), LOGIN),
    ("silent after the password", SOCKS5, True, socks(b"\x05\x02"), LOGIN),
    *(
        (f"reply {code}", SOCKS5, False, socks(HELLO, bytes([5, code, 0, 1])), TARGET)
        for code in (1, 2, 3, 4, 5, 6, 7, 8, 9, 255)
    ),
    ("after the login", SOCKS5, True, socks(b"\x05\x02", IN, b"\x05\x05\x00\x01"), TARGET),
    ("silent when asked", SOCKS5, False, socks(HELLO), TARGET),
    ("hangs up when asked", SOCKS5, False, socks(HELLO, then="LISTEN"), TARGET),
    ("half an answer", SOCKS5, False, socks(HELLO, DONE[:6], then="END"), TARGET),
    ("odd address", SOCKS5, False, socks(HELLO, b"\x05\x00\x00\x07\x00\x00"), WRONG),
    ("odd version", SOCKS5, False, socks(HELLO, b"\x04\x00\x00\x01"), WRONG),
    ("SOCKS4", SOCKS5, False, socks(b"\x00\x5b\x00\x00\x00\x00\x00\x00"), WRONG),
    ("HTTP, not SOCKS", SOCKS5, False, socks(b"HTTP/1.1 400 Bad Request\r\n\r\n"), WRONG),
    ("SSH, not SOCKS", SOCKS5, False, socks(b"SSH-2.0-x\r\n"), WRONG),
    ("silent at once", SOCKS5, False, socks(), WRONG),
    ("hangs up at once", SOCKS5, False, socks(then="LISTEN"), WRONG),
    ("407", HTTP, False, socks(b"HTTP/1.1 407 Log in\r\n\r\n"), LOGIN),
    ("401", HTTP, True, socks(b"HTTP/1.0 401 Unauthorized\r\n\r\n"), LOGIN),
    ("407 again", HTTP, True, socks(b"HTTP/1.0 407 Log in\r\n\r\n"), LOGIN),
    *(
        (str(code), HTTP, False, socks(b"HTTP/1.1 %d No\r\nA: b\r\n\r\n" % code), TARGET)
        for code in (403, 408, 429, 500, 502, 503, 504)
    ),
    *(
        (str(code), HTTP, False, socks(b"HTTP/1.1 %d\r\n\r\n" % code), WRONG)
        for code in (302, 400, 404, 405, 501, 505)
    ),
    ("silent", HTTP, False, socks(), TARGET),
    ("hangs up", HTTP, False, socks(then="LISTEN"), WRONG),
    ("half a head", HTTP, False, socks(b"HTTP/1.1 200 OK\r\n", then="END"), TARGET),
    ("silent in its head", HTTP, False, socks(b"HTTP/1.1 20"), TARGET),
    ("SOCKS, not HTTP", HTTP, False, socks(b"\x05\xff"), WRONG),
    ("TLS, not HTTP", HTTP, False, socks(b"\x15\x03\x01\x00\x02\x02\x46"), WRONG),
    ("mail, not HTTP", HTTP, False, socks(b"* BAD CONNECT\r\n"), WRONG),
    ("HTTP/2", HTTP, False, socks(b"HTTP/2 200\r\n\r\n"), WRONG),
    ("no status", HTTP, False, socks(b"HTTP/1.1 yes\r\n\r\n"), WRONG),
    ("endless head", HTTP, False, socks(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 9999), WRONG),
    ("endless line", HTTP, False, socks(b"HTTP/1.1 200 " + b"x" * 70000), WRONG),
    ("100 and an end", HTTP, False, socks(b"HTTP/1.1 100 x\r\n\r\n" * 3, then="END"), TARGET),
    # In one piece: nothing would be waited for between them, and the loop stood still.
    ("endless 100", HTTP, False, socks(b"HTTP/1.1 100 x\r\n\r\n" * 40_000), WRONG),
]


@pytest.mark.parametrize(
    ("kind", "login", "answers", "fault"),
    [row[1:] for row in FAILURES],
    ids=[f"{row[1]} {row[0]}" for row in FAILURES],
)
def test_b17_a_proxy_that_does_not_let_us_through(
    kind: ProxyKind, login: bool, answers: Handler, fault: Fault
) -> None:
    async def run() -> tuple[Outcome, Peer]:
        async with serving(answers) as proxy:
            outcome = await check(
                993,
                host="mail.example",
                resolve=only_the_proxy,
                route=through(kind, proxy.port, login=login),
                deadlines=FAST.scaled(0.25),
            )
        return outcome, proxy

    outcome, proxy = asyncio.run(run())
    assert (outcome.fault, outcome.stage) == (fault, Stage.CONNECT), outcome.evidence
    assert outcome.evidence
    assert outcome.evidence.proxy == f"127.0.0.1:{proxy.port}"
    assert outcome.evidence.host == "mail.example"
    assert PROXY_SECRET not in repr(outcome.evidence)
    assert_kept(proxy.received)
    if not login:
        assert b"Basic" not in proxy.received


def test_what_the_proxy_said_is_kept_without_its_secret() -> None:
    coded = base64.b64encode(f"{PROXY_USER}:{PROXY_SECRET}".encode()).decode()
    words = f"HTTP/1.1 407 no {PROXY_SECRET} {coded}, <b>\u202esorry".encode()

    async def run() -> Outcome:
        async with serving(socks(words + b"\r\n\r\n")) as proxy:
            return await check(993, host="x.example", route=through(HTTP, proxy.port, login=True))

    outcome = asyncio.run(run())
    assert outcome.codes == ("407",)
    assert outcome.evidence
    assert outcome.evidence.reply == "HTTP/1.1 407 no •••• ••••, <b>sorry"


def test_a_server_may_quote_the_proxys_secret_too() -> None:
    greeting = f"S: * BYE {PROXY_SECRET[:-1]}\\xc3\\xa9\nHANG"
    outcome, _, _ = asyncio.run(carried(SOCKS5, Carrier(login=True), greeting))
    assert outcome.evidence
    assert outcome.evidence.reply == "BYE ••••"


@KINDS
@pytest.mark.parametrize(
    ("username", "secret"), [("x" * 256, "y"), ("x", "é" * 128), ("a:b", "c"), ("\ud800", "\udfff")]
)
def test_logins_of_a_kind_that_cannot_be_said(kind: ProxyKind, username: str, secret: str) -> None:
    async def run() -> Outcome:
        answers = socks(b"\x05\x02" if kind is SOCKS5 else b"HTTP/1.1 407 no\r\n\r\n", b"\x01\x01")
        async with serving(answers) as proxy:
            route = Route(
                proxy=Proxy(kind, "127.0.0.1", proxy.port, username), proxy_secret=Secret(secret)
            )
            return await check(993, host="mail.example", route=route)

    assert asyncio.run(run()).fault is Fault.PROXY_LOGIN


# Getting to the proxy


def unreachable(
    resolve: Callable[[str, int], list[Target]], host: str = "proxy.example"
) -> Outcome:
    return asyncio.run(
        check(
            993,
            host="mail.example",
            resolve=resolve,
            route=through(SOCKS5, free_port(), host=host),
            deadlines=Deadlines(connect=0.5, lookup=0.5),
        )
    )


def failing(number: int) -> Callable[[str, int], list[Target]]:
    def resolve(_: str, __: int) -> list[Target]:
        raise socket.gaierror(number, "no")

    return resolve


def test_a_proxy_that_cannot_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "has_route", lambda: True)
    with dead_end() as dead:
        outcomes = {
            "refused": unreachable(only_the_proxy),
            "timeout": unreachable(lambda *_: [dead]),
            "name_not_found": unreachable(failing(socket.EAI_NONAME)),
            "lookup_failed": unreachable(failing(socket.EAI_AGAIN)),
            "bad_host_name": unreachable(only_the_proxy, host="http://proxy/"),
            "unreachable": unreachable(lambda *_: [(socket.AF_INET, ("255.255.255.255", 1))]),
        }
    for why, outcome in outcomes.items():
        assert (outcome.fault, outcome.stage) == (Fault.PROXY_UNREACHABLE, Stage.CONNECT), why
        assert outcome.evidence
        assert outcome.evidence.detail.startswith(why), outcome.evidence.detail


def test_without_any_network_it_is_not_the_proxys_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "has_route", lambda: False)
    assert unreachable(failing(socket.EAI_AGAIN)).fault is Fault.OFFLINE


def test_an_impossible_server_is_found_before_the_proxy_is_asked() -> None:
    def never(_: str, __: int) -> list[Target]:
        pytest.fail("was asked")

    outcome = asyncio.run(check(1, host="a b", resolve=never, route=through(HTTP, 1)))
    assert (outcome.fault, outcome.stage) == (Fault.BAD_HOST_NAME, Stage.LOOKUP)


@KINDS
def test_dead_addresses_of_the_proxy_do_not_matter(kind: ProxyKind) -> None:
    with dead_end() as dead:

        def resolve(_: str, port: int) -> list[Target]:
            return [dead, (socket.AF_INET, ("127.0.0.1", port))]

        dialogue = whole(IMAP, Security.PLAIN)
        outcome, _, _ = asyncio.run(carried(kind, Carrier(), dialogue, resolve=resolve))
    assert outcome.ok


@KINDS
def test_a_proxy_cannot_stretch_the_deadline_byte_by_byte(kind: ProxyKind) -> None:
    async def drip(_: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for byte in b"\x05\x00\x05\x00\x00\x03\xff" if kind is SOCKS5 else b"HTTP/1.1 200 ":
            writer.write(bytes([byte]))
        while not writer.transport.is_closing():
            writer.write(b"x")
            await asyncio.sleep(0.05)  # far less than the deadline: each byte looks like progress

    async def run() -> Outcome:
        async with serving(drip) as proxy, asyncio.timeout(8):
            return await check(
                993,
                host="mail.example",
                route=through(kind, proxy.port),
                deadlines=Deadlines(connect=0.6),
            )

    assert asyncio.run(run()).fault is Fault.PROXY_TARGET


@KINDS
@pytest.mark.parametrize("after", [0, 1, 2])
def test_cancelling_is_prompt_and_leaves_nothing(kind: ProxyKind, after: int) -> None:
    answers = [HELLO, DONE] if kind is SOCKS5 else [b"HTTP/1.1 ", b"200"]
    if after >= len(answers) and kind is HTTP:
        answers.append(b" OK\r\n\r\n* OK")

    async def run() -> None:
        handler = socks(*answers[:after])
        if kind is HTTP:
            handler = at_once(b"".join(answers[:after]))
        async with serving(handler) as proxy:
            probing = asyncio.create_task(
                check(993, host="m.example", route=through(kind, proxy.port), deadlines=PATIENT)
            )
            await asyncio.wait_for(proxy.reached.wait(), 10)
            await asyncio.sleep(0.05)  # what was said is on its way
            probing.cancel()
            async with asyncio.timeout(0.25):
                with pytest.raises(asyncio.CancelledError):
                    await probing
            async with asyncio.timeout(2):
                while proxy.closed < proxy.connections:
                    await asyncio.sleep(0.01)  # the proxy notices in its own time

    assert_no_socket_left(run)


def at_once(words: bytes) -> Handler:
    """Says this to whoever comes, and then nothing."""

    async def handle(
        peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        writer.write(words)
        peer.reached.set()
        while await reader.read(65536):
            pass

    return handle


@pytest.mark.parametrize("fault", [row[3:] for row in FAILURES[:8]])
def test_a_failure_leaves_nothing_either(fault: tuple[Handler, Fault]) -> None:
    async def run() -> None:
        async with serving(fault[0]) as proxy:
            route = through(SOCKS5, proxy.port, login=True)
            await check(993, host="m.example", route=route, deadlines=FAST.scaled(0.25))
            async with asyncio.timeout(2):
                while proxy.closed < proxy.connections:
                    await asyncio.sleep(0.01)  # the proxy notices in its own time

    assert_no_socket_left(run)
