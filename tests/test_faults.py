"""Every fault of the list, on a real socket, and the problem that it is called.

The letters and numbers are those of the design's list of faults: A attacks around encryption,
B the network, C TLS, D talk, E login and mailbox.
"""

from __future__ import annotations

import ast
import asyncio
import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from laifaxin_desktop.mail import reach
from laifaxin_desktop.mail.course import Deadlines
from laifaxin_desktop.mail.reach import Target
from laifaxin_desktop.model.problem import Evidence
from laifaxin_desktop.model.provider import AuthWay, Protocol, Security, Side
from laifaxin_desktop.model.route import Pin, ProxyKind, Route
from tests.knowledge.knowledge import TABLE
from tests.mail.peers import (
    PATIENT,
    Outcome,
    Peer,
    assert_kept,
    bearer,
    check,
    refusing_tls,
    serving,
)
from tests.mail.proxies import Carrier, through
from tests.mail.test_attacks import TONGUES, Tongue
from tests.mail.test_graph import error, http, saying
from tests.mail.test_network import dead_end, free_port
from tests.servers.authority import Authority

IMAP, SMTP, POP3 = Protocol.IMAP, Protocol.SMTP, Protocol.POP3
PLAIN, TLS, STARTTLS = Security.PLAIN, Security.TLS, Security.STARTTLS
Make = Callable[[Authority], ssl.SSLContext]
# What waits for nothing that a server should do is given all the time it needs on a busy machine.
SOON = replace(PATIENT, hint=0.15)
PASSES = ""  # in place of a problem: the check passes


@dataclass(frozen=True)
class Case:
    """One way in which one fault shows itself."""

    row: str
    wanted: str  # the problem, or several of which one is it
    dialogue: str
    protocol: Protocol = IMAP
    security: Security = PLAIN
    shows: str = "issue"  # which certificate the authority makes
    deadlines: Deadlines = SOON
    more: dict[str, Any] = field(default_factory=dict)
    secret: bool = False  # whether the server may come to hear it

    def __str__(self) -> str:
        return f"{self.row}-{self.protocol}-{self.wanted.split(' ', maxsplit=1)[0] or 'passes'}"


def whole(say: Tongue, first: str = "1") -> str:
    """A talk that passes, from the question for capabilities on."""
    n = int(first)
    return (say.asked + say.capable + say.asks + say.yes + say.inside).format(
        *(str(n + more) for more in range(4))
    )


def until_login(say: Tongue) -> str:
    """Up to the password."""
    return say.hello + (say.asked + say.capable + say.asks).format("1", "2", "3", "4")


def attacks() -> Iterator[Case]:
    """A: around encryption."""
    for row, (protocol, say) in zip(("A1", "A2", "A3"), _in_order(), strict=True):
        early = say.clear + say.go + say.capable.format("2", "3") + "TLS\nHANG"
        yield Case(row, "tls_injection", early, protocol, STARTTLS)
    for protocol, say in TONGUES.items():
        late = say.clear + say.go + "SLEEP 0.15\n" + say.capable.format("2", "3") + "HANG"
        yield Case("A4", "tls_injection tls_failed", late, protocol, STARTTLS)
        bare = say.clear.replace(" STARTTLS]", "]").replace("S: 250-STARTTLS\n", "")
        yield Case(
            "A5", PASSES, bare + say.go + "TLS\n" + whole(say, "2"), protocol, STARTTLS, secret=True
        )
        refused = {IMAP: "a1 NO no", SMTP: "454 4.7.0 no", POP3: "-ERR no"}[protocol]
        for row, before in (("A5", bare), ("A6", say.clear), ("A9", say.clear)):
            yield Case(row, "starttls_missing", f"{before}S: {refused}\nHANG", protocol, STARTTLS)
        # Offered again inside, the mechanism of before: only what is said inside counts.
        other = {
            IMAP: "S: * CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=GSSAPI\nS: a2 OK\n",
            SMTP: "S: 250-hi\nS: 250 AUTH GSSAPI\n",
            POP3: "S: +OK\nS: SASL GSSAPI\nS: .\n",
        }[protocol]
        inside = say.clear + say.go + "TLS\n" + say.asked.format("2") + other + "HANG"
        yield Case("A8", "no_common_mechanism", inside, protocol, STARTTLS)
        elsewhere = {
            IMAP: "a2 NO [REFERRAL imap://evil.example/] go there",
            SMTP: "535 5.7.8 please use smtp://evil.example/",
            POP3: "-ERR use pop://evil.example/",
        }[protocol]
        named = "login_refused wrong_password"
        yield Case(
            "A10", named, until_login(say) + f"S: {elsewhere}\nHANG", protocol, TLS, secret=True
        )
        alert = (
            "[ALERT] update your password: <a href='https://evil.example/'>x</a> \\xe2\\x80\\xae"
        )
        refusal = {IMAP: f"a2 NO {alert}", SMTP: f"535 5.7.8 {alert}", POP3: f"-ERR {alert}"}
        yield Case(
            "A11", named, until_login(say) + f"S: {refusal[protocol]}\nHANG", protocol, TLS,
            secret=True,
        )  # fmt: skip
        yield Case(
            "A12", "garbled_reply", until_login(say) + say.more * 2 + "HANG", protocol, TLS,
            secret=True,
        )  # fmt: skip
        again = say.clear + say.more + "TLS\nHANG"
        named = "garbled_reply starttls_missing tls_injection"
        yield Case("A12", named, again, protocol, STARTTLS)
        refused_once = until_login(say) + say.no.format("1", "2") + "C: *\nHANG"
        yield Case("A13", "wrong_password", refused_once, protocol, TLS, secret=True)
        wrong = say.clear + say.go + "TLS\nHANG"
        yield Case("A14", "certificate_wrong_host", wrong, protocol, STARTTLS, "other_host")
        early_yes = (say.hello + say.asked + say.capable + say.early).format("1", "2") + "HANG"
        yield Case("A15", "garbled_reply", early_yes, protocol, TLS)
        bye = until_login(say) + say.farewell + "HANG"
        yield Case(
            "A16", "connection_lost server_busy login_temporary", bye, protocol, TLS, secret=True
        )
    preauth = "S: * PREAUTH [CAPABILITY IMAP4rev1] welcome\nHANG"
    yield Case("A7", "tls_injection", preauth, IMAP, STARTTLS)


def _in_order() -> list[tuple[Protocol, Tongue]]:
    return [(each, TONGUES[each]) for each in (SMTP, IMAP, POP3)]


def network() -> Iterator[Case]:
    """B: what a server does to the connection."""
    for protocol, say in TONGUES.items():
        lost = "connection_lost"
        yield Case("B10", lost, "RESET", protocol, TLS)
        yield Case("B10", lost, say.hello + "RESET", protocol, TLS)
        yield Case("B10", lost, until_login(say) + "RESET", protocol, TLS, secret=True)
        yield Case(
            "B10", lost, until_login(say) + "s: *\nRESET", protocol, TLS, secret=True
        )  # half a line
        yield Case("B11", "server_silent", "HANG", protocol, PLAIN, deadlines=_short(greeting=0.4))
        # A start that is right, and then one byte after the other.
        start = say.hello.removeprefix("S: ").strip().replace(" ", "\\x20")
        drip = f"s: {start}\nSLEEP 0.1\n" + "s: x\nSLEEP 0.1\n" * 9
        slow = replace(_short(greeting=0.4), hint=5)
        yield Case("B12", "server_silent", f"{drip}HANG", protocol, PLAIN, deadlines=slow)
    inside = until_login(TONGUES[IMAP]) + TONGUES[IMAP].yes.format("1", "2")
    yield Case("B13", lost, inside + "C: *\nRESET", IMAP, TLS, secret=True)
    silent = _short(reply=0.3)
    yield Case("B13", "server_silent", inside + "HANG", IMAP, TLS, deadlines=silent, secret=True)
    page = "S: HTTP/1.1 302 Found\nS: Location: http://portal.example/\nHANG"
    for security in (PLAIN, STARTTLS, TLS):
        yield Case("B14", "not_a_mail_server", page, IMAP, security, "")
    yield Case("B14", "certificate_wrong_host", "HANG", IMAP, TLS, "other_host")


def _short(**seconds: float) -> Deadlines:
    return replace(SOON, **seconds)


def encryption() -> Iterator[Case]:
    """C: certificates, versions, modes."""
    for row, shows, wanted in (
        ("C1", "expired", "certificate_expired"),
        ("C2", "not_yet_valid", "certificate_not_yet_valid"),
        ("C4", "other_host", "certificate_wrong_host"),
        ("C5", "wildcard_too_deep", "certificate_wrong_host"),
        ("C6", "name_only_in_subject", "certificate_wrong_host"),
        ("C6", "no_alternative_names", "certificate_wrong_host"),
        ("C8", "self_signed", "certificate_untrusted"),
        ("C9", "unknown_authority", "certificate_untrusted"),
        ("C10", "incomplete", "certificate_incomplete"),
        ("C11", "wrong_purpose", "certificate_unfit"),
        ("C12", "weak_key", "certificate_unfit"),
        ("C12", "weak_digest", "certificate_unfit"),
    ):
        for protocol, say in TONGUES.items():
            yield Case(row, wanted, "HANG", protocol, TLS, shows)
            upgrade = say.clear + say.go + "TLS\nHANG"
            yield Case(row, wanted, upgrade, protocol, STARTTLS, shows)
    say = TONGUES[IMAP]
    for row, shows in (("C22", "careless"), ("C22", "chained")):
        yield Case(row, PASSES, say.hello + whole(say), IMAP, TLS, shows, secret=True)
    for protocol, say in TONGUES.items():
        yield Case("C15", "tls_wrong_mode", say.hello + "HANG", protocol, TLS, "")
        for security in (STARTTLS, PLAIN):
            yield Case("C16", "tls_wrong_mode", "HANG", protocol, security, "tls")
    # ServerHello of TLS 1.0, which does not know the extension that names newer versions.
    old = struct.pack(">BHH", 0x16, 0x0301, 42) + b"\x02\x00\x00\x26\x03\x01" + bytes(36)
    for row, words, wanted in (
        ("C13", b"\x15\x03\x01\x00\x02\x02\x46", "tls_too_old"),
        ("C13", old, "tls_too_old"),
        ("C17", b"\x16\x03", "connection_lost"),
        ("C18", b"\x15\x03\x03\x00\x02\x02\x28", "tls_failed"),
        ("C19", b"\x80\x01\x02\x03\xff", "tls_failed"),
        ("C19", b"\x16\x03\x03\xff\xff" + bytes(40), "tls_failed"),
        ("C20", b"\x15\x03\x03\x00\x02\x02\x74", "client_certificate_needed"),
    ):
        said = "s: " + "".join(f"\\x{byte:02x}" for byte in words)
        end = "" if row in ("C17", "C19") else "\nHANG"
        yield Case(row, wanted, said + end, IMAP, TLS, "")
    complete = (say := TONGUES[IMAP]).hello + whole(say).rpartition("C: ")[0] + "RESET"
    yield Case("C23", PASSES, complete, IMAP, TLS, secret=True)


GREETINGS = {IMAP: "* OK ready", SMTP: "220 ready", POP3: "+OK ready"}
TURNED_AWAY = {
    SMTP: [
        ("421 4.3.2 busy", "server_busy"),
        ("421 too many connections", "too_many_connections"),
        ("450 later", "server_busy"),
        ("554 5.7.1 blocked", "refused_by_policy"),
    ],
    IMAP: [
        ("* BYE [UNAVAILABLE] busy", "server_busy"),
        ("* BYE", "server_busy"),
        ("* BYE your address is blocked", "refused_by_policy"),
    ],
    POP3: [
        ("-ERR [SYS/TEMP] busy", "server_busy"),
        ("-ERR", "server_busy"),
        ("-ERR your host is denied", "refused_by_policy"),
    ],
}


def talks() -> Iterator[Case]:
    """D: what is said, and how."""
    for protocol, say in TONGUES.items():
        for row, words in (
            ("D1", "S: HTTP/1.0 400 Bad Request\nHANG"),
            ("D2", "S: SSH-2.0-OpenSSH_9.2\nHANG"),
            ("D3", "s: \\x00\\x01\\xff\\xfe\\x80"),
        ):
            yield Case(row, "not_a_mail_server", words, protocol)
        for there, greeting in GREETINGS.items():
            if there is not protocol:
                yield Case("D4", "wrong_protocol", f"S: {greeting}\nHANG", protocol)
        for words, wanted in TURNED_AWAY[protocol]:
            yield Case("D5", wanted, f"S: {words}\nHANG", protocol)
        start = {IMAP: "* OK ", SMTP: "220-", POP3: "+OK "}[protocol]
        yield Case(
            "D6",
            "garbled_reply",
            f"s: {start.replace(' ', chr(92) + 'x20')}{'a' * 70_000}\nHANG",
            protocol,
        )
        many = {IMAP: "S: * OK more\n", SMTP: "S: 250-and\n", POP3: "S: AB CD\n"}[protocol]
        opened = say.hello + say.asked.format("1") + ("S: +OK\n" if protocol is POP3 else "")
        yield Case("D7", "garbled_reply", opened + many * 2100 + "HANG", protocol)
        yield Case("D9", "garbled_reply", opened + many * 2100 + "HANG", protocol)
        for odd in ("\\x00", "\\x0dCR alone", "LF alone\\x0a"):
            yield Case("D10", "garbled_reply", f"S: {start}{odd}\nHANG", protocol)
        words = {IMAP: "+ go", SMTP: "354 go", POP3: "+"}[protocol]
        yield Case(
            "D11", "garbled_reply", until_login(say) + f"S: {words}\n" * 2 + "HANG", protocol, TLS,
            secret=True,
        )  # fmt: skip
        gbk = "".join(f"\\x{byte:02x}" for byte in "密码错误，请使用授权码".encode("gb18030"))
        refusal = {IMAP: "a2 NO ", SMTP: "535 ", POP3: "-ERR "}[protocol]
        yield Case(
            "D14", "needs_app_password", until_login(say) + f"S: {refusal}{gbk}\nHANG", protocol,
            TLS, secret=True,
        )  # fmt: skip
        quiet = say.hello + whole(say).rpartition("C: ")[0] + "HANG"
        yield Case("D15", PASSES, quiet, protocol, TLS, secret=True)
    yield Case("D8", "garbled_reply", "S: * OK hi\nC: *\nS: * X {4294967295}\nHANG", IMAP)
    odd = "S: * cApAbIlItY imap4REV1\nS: * CAPABILITY sasl-ir auth=plain\nS: a1 ok\n"
    say = TONGUES[IMAP]
    split = say.hello + (say.asked + odd + say.asks + say.yes + say.inside).format(*"1234")
    yield Case("D12", PASSES, split, IMAP, TLS, secret=True)
    none = "S: * CAPABILITY\nS: a1 OK\nC: a2 LOGIN *\nS: a2 OK\nC: *\nS: a3 OK\nC: *\nHANG"
    who = {"who": _ascii()}
    yield Case("D12", PASSES, "S: * OK hi\nC: *\n" + none, IMAP, TLS, more=who, secret=True)


def _ascii() -> object:
    from tests.mail.peers import login

    return login("hunter2-hunter2")


def logins() -> Iterator[Case]:
    """E: what neither a provider's words nor a real server show."""
    for protocol, say in TONGUES.items():
        before = until_login(say)
        later = {
            IMAP: "a2 NO [UNAVAILABLE] authentication failed",
            SMTP: "454 4.7.0 Temporary authentication failure",
            POP3: "-ERR [SYS/TEMP] authentication failed",
        }[protocol]
        yield Case(
            "E8", "login_temporary", before + f"S: {later}\nHANG", protocol, TLS, secret=True
        )
        silent = _short(auth=0.3)
        yield Case(
            "E9", "server_silent", before + "HANG", protocol, TLS, deadlines=silent, secret=True
        )
        yield Case("E9", "connection_lost", before + "RESET", protocol, TLS, secret=True)
        slow = before + "SLEEP 0.3\n" + say.no.format("1", "2") + "HANG"
        yield Case("E5", "wrong_password", slow, protocol, TLS, secret=True)
    say = TONGUES[IMAP]
    for words, wanted in (
        ("NO [NONEXISTENT] Mailbox does not exist", "mailbox_unavailable"),
        ("NO [OVERQUOTA] full", "mailbox_full"),
        ("NO [UNAVAILABLE] later", "login_temporary"),
    ):
        refused = until_login(say) + say.yes.format("1", "2") + f"C: *\nS: a3 {words}\nHANG"
        yield Case("E6", wanted, refused, IMAP, TLS, secret=True)


CASES = [*attacks(), *network(), *encryption(), *talks(), *logins()]


@pytest.fixture(scope="module")
def made(authority: Authority) -> Callable[[str], ssl.SSLContext]:
    """The server's side with each kind of certificate, made once."""
    kept: dict[str, ssl.SSLContext] = {}

    def get(kind: str) -> ssl.SSLContext:
        if kind not in kept:
            kept[kind] = getattr(authority, kind)().context()
        return kept[kind]

    return get


@pytest.fixture(scope="module")
def trusting(authority: Authority) -> ssl.SSLContext:
    """The program's own context, on a computer that trusts the authority."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in authority.environment().items():
            patch.setenv(name, value)
        from laifaxin_desktop.mail.tls import client_context

        return client_context()


def problem(seen: Evidence | None, **more: object) -> str:
    """What the person is told of it."""
    if seen is None:
        return PASSES
    found = TABLE.diagnose(replace(seen, provider="other", way=AuthWay.PASSWORD, **more))
    return found.problem


@pytest.mark.parametrize("case", CASES, ids=map(str, CASES))
def test_a_fault_is_named(
    case: Case, made: Callable[[str], ssl.SSLContext], trusting: ssl.SSLContext
) -> None:
    at_once = case.shows == "tls" or (case.security is TLS and case.shows)
    context = made(case.shows) if case.shows not in ("", "tls") else made("issue")

    async def run() -> tuple[Outcome, Peer]:
        tls = context if at_once else None
        async with serving(case.dialogue, tls=tls, starttls=context) as peer:
            asked = check(
                peer.port,
                case.protocol,
                case.security,
                context=trusting,
                deadlines=case.deadlines,
                **case.more,
            )
            return await asked, peer

    outcome, peer = asyncio.run(run())
    assert problem(outcome.evidence) in (case.wanted.split() or [PASSES]), (
        outcome.evidence,
        peer.wrong,
    )
    if not case.secret:
        assert_kept(bytes(peer.received))
    if outcome.ok:
        assert not peer.wrong
    if outcome.evidence:
        assert outcome.evidence.reply.isprintable()


# The network itself


def raising(error: Exception) -> Callable[[str, int], list[Target]]:
    """A resolver that fails."""

    def resolve(_: str, __: int) -> list[Target]:
        raise error

    return resolve


def of(**more: Any) -> str:
    """The problem of a check of nobody in particular."""
    more = {"port": free_port(), "deadlines": SOON, **more}
    return problem(asyncio.run(check(**more)).evidence)


def test_b1_to_b4_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "has_route", lambda: True)
    no_name = socket.gaierror(socket.EAI_NONAME, "no")
    assert of(resolve=raising(no_name)) == "host_not_found"
    assert of(resolve=raising(socket.gaierror(socket.EAI_NODATA, "no"))) == "host_not_found"
    assert of(resolve=lambda *_: []) == "host_not_found"
    assert of(resolve=raising(socket.gaierror(socket.EAI_AGAIN, "no"))) == "lookup_failed"

    def silent(_: str, __: int) -> list[Target]:
        import threading

        threading.Event().wait(1)
        return []

    assert of(resolve=silent, deadlines=_short(lookup=0.2)) == "lookup_failed"


def test_b5_to_b7_and_b19_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "has_route", lambda: True)
    assert of(host="mail.example") == "connection_refused"
    assert of(host="127.0.0.1") == "bridge_not_running"
    with dead_end() as dead:
        dropped = of(resolve=lambda *_: [dead], deadlines=_short(connect=0.4))
    assert dropped == "connection_timeout"
    # EACCES or ENETUNREACH, as an ICMP "prohibited" is; never out.
    prohibited = (socket.AF_INET, ("255.255.255.255", 993))
    assert of(resolve=lambda *_: [prohibited]) == "network_unreachable"


def test_b15_offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "has_route", lambda: False)
    assert of(resolve=raising(socket.gaierror(socket.EAI_AGAIN, "no"))) == "offline"


@pytest.mark.parametrize("host", ["http://x/", "a" * 64 + ".example", "two words", ""])
def test_b18_names_that_are_none(host: str) -> None:
    assert of(host=host, resolve=raising(AssertionError("was asked"))) == "bad_host_name"


def test_b17_proxies() -> None:
    async def run(kind: ProxyKind, answer: str) -> str:
        async with serving(answer) as proxy:
            route = through(kind, proxy.port)
            seen = await check(993, IMAP, TLS, host="mail.example", route=route, deadlines=SOON)
            return problem(seen.evidence)

    http = ProxyKind.HTTP
    for answer, wanted in (
        ("S: HTTP/1.1 407 Log in\nS:\nHANG", "proxy_login_failed"),
        ("S: HTTP/1.1 502 No\nS:\nHANG", "proxy_target_failed"),
        ("S: SSH-2.0-x\nHANG", "proxy_wrong_type"),
    ):
        assert asyncio.run(run(http, answer)) == wanted
    nobody = through(ProxyKind.SOCKS5, free_port())
    assert of(host="mail.example", route=nobody) == "proxy_unreachable"
    assert Carrier  # the whole way through one: tests/mail/test_proxy.py


def test_b8_a_dead_address_before_a_living_one() -> None:
    say = TONGUES[IMAP]

    async def run(dead: Target) -> Outcome:
        async with serving(say.hello + whole(say)) as peer:
            alive = (socket.AF_INET, ("127.0.0.1", peer.port))
            return await check(peer.port, resolve=lambda *_: [dead, alive], deadlines=SOON)

    with dead_end() as dead:
        assert asyncio.run(run(dead)).ok


# Encryption that no dialogue shows


def test_c7_an_address_in_place_of_a_name(authority: Authority, trusting: ssl.SSLContext) -> None:
    async def run() -> Outcome:
        async with serving("HANG", tls=authority.issue("localhost").context()) as peer:
            return await check(
                peer.port, IMAP, TLS, context=trusting, host="127.0.0.1", deadlines=SOON
            )

    assert problem(asyncio.run(run()).evidence) == "certificate_wrong_host"


def test_c14_no_common_cipher(authority: Authority) -> None:
    odd, ours = authority.issue().context(), authority.client_context()
    odd.maximum_version = ours.maximum_version = ssl.TLSVersion.TLSv1_2
    odd.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256")
    ours.set_ciphers("ECDHE-RSA-AES256-GCM-SHA384")
    with refusing_tls(odd) as port:
        seen = asyncio.run(check(port, IMAP, TLS, context=ours, deadlines=SOON))
    assert problem(seen.evidence) == "tls_failed"


def test_c21_another_certificate_than_the_pinned_one(
    authority: Authority, trusting: ssl.SSLContext
) -> None:
    async def run() -> Outcome:
        async with serving("HANG", tls=authority.issue().context()) as peer:
            route = Route((Pin("localhost", peer.port, "00" * 32),))
            return await check(peer.port, IMAP, TLS, context=trusting, route=route, deadlines=SOON)

    assert problem(asyncio.run(run()).evidence) == "certificate_changed"


# Graph: what Microsoft documents of its answers, from a socket to the problem's name

RECEIVE, SEND = Side.RECEIVE, Side.SEND
CLAIMS = 'WWW-Authenticate: Bearer error="insufficient_claims", claims="e30="'
GRAPH: tuple[tuple[int, str, Side, str, tuple[str, ...]], ...] = (
    (401, "InvalidAuthenticationToken", RECEIVE, "token_refused", ()),
    (401, "InvalidAuthenticationToken", SEND, "sign_in_needed", (CLAIMS,)),
    (403, "ErrorAccessDenied", RECEIVE, "access_denied", ()),
    (403, "ErrorAccessDenied", SEND, PASSES, ()),
    (404, "MailboxNotEnabledForRESTAPI", RECEIVE, "mailbox_unavailable", ()),
    (404, "ErrorInvalidUser", RECEIVE, "mailbox_unavailable", ()),
    (400, "ErrorInvalidIdMalformed", RECEIVE, "mailbox_unavailable", ()),
    (429, "ApplicationThrottled", RECEIVE, "throttled", ("Retry-After: 30",)),
    (429, "TooManyRequests", SEND, "throttled", ()),
    (503, "ServiceNotAvailable", RECEIVE, "graph_unavailable", ("Retry-After: 300",)),
    (504, "GatewayTimeout", SEND, "graph_unavailable", ()),
    (507, "ErrorQuotaExceeded", RECEIVE, "mailbox_full", ()),
    (405, "BadMethod", SEND, "unrecognised", ()),
)


@pytest.mark.parametrize(("status", "code", "half", "wanted", "head"), GRAPH)
def test_an_answer_of_graph_is_named(
    status: int,
    code: str,
    half: Side,
    wanted: str,
    head: tuple[str, ...],
    made: Callable[[str], ssl.SSLContext],
    trusting: ssl.SSLContext,
) -> None:
    async def run() -> Outcome:
        answer = saying(http(status, error(code), "application/json", *head), "HANG")
        async with serving(answer, tls=made("issue")) as peer:
            return await check(
                peer.port,
                Protocol.GRAPH,
                TLS,
                context=trusting,
                who=bearer(),
                half=half,
                deadlines=SOON,
            )

    seen = asyncio.run(run()).evidence
    found = (
        TABLE.diagnose(replace(seen, provider="outlook", way=AuthWay.MICROSOFT)) if seen else None
    )
    assert (found.problem if found else PASSES) == wanted


# Shown elsewhere, where the part of the program is that has to do with it.
ELSEWHERE = {
    "A17": "tests/lookup/test_whole_search.py",
    "B9": "tests/engine/test_closer.py::test_the_other_usual_port_answers",
    "B16": "tests/engine/test_retry.py::test_everything_is_checked_after_a_sleep",
    "C3": "tests/engine/test_closer.py::test_the_clock_is_blamed_only_where_it_is_to_blame",
    "D13": "tests/mail/test_imap.py",
    "E1": "tests/engine/test_check.py",
    "E2": "tests/engine/test_check.py",
    "E3": "tests/mail/test_real.py::test_dovecot",
    "E4": "tests/servers/test_servers.py::test_a_password_changed_meanwhile_counts_at_once",
    "E7": "tests/engine/test_retry.py",
    "E10": "tests/servers/test_servers.py::test_with_delays_a_wrong_password_takes_its_time",
}
ROWS = {"A": 17, "B": 19, "C": 23, "D": 15, "E": 10}


def test_every_row_of_the_list_is_shown() -> None:
    here = {case.row for case in CASES} | set(ELSEWHERE)
    for name in list(globals()):
        if name.startswith("test_"):
            here |= _rows_of(name)
    for letter, number in ROWS.items():
        for row in range(1, number + 1):
            assert f"{letter}{row}" in here
    top = Path(__file__).parents[1]
    for where in ELSEWHERE.values():
        file, _, test = where.partition("::")
        tree = ast.parse((top / file).read_text(encoding="utf-8"))
        names = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        assert not test or test in names, where


def _rows_of(name: str) -> set[str]:
    """The rows in the name of a test: `b1_to_b4`, `c7`."""
    words = name.split("_")
    rows = [word.upper() for word in words if word[:1] in "abcde" and word[1:].isdigit()]
    if "to" in words and len(rows) > 1:
        first, last = (int(row[1:]) for row in rows[:2])
        rows += [f"{rows[0][0]}{number}" for number in range(first, last)]
    return set(rows)
