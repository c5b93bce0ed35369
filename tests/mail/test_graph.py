"""Graph: what is asked of it, what each answer proves, and what a hostile answer does not."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import gzip
import json
import logging
import ssl
import sys

import pytest

from laifaxin_desktop.mail.https import MOST_ANSWER
from laifaxin_desktop.mail.wire import Wire
from laifaxin_desktop.model.account import Login
from laifaxin_desktop.model.problem import Fault, MailError, Stage
from laifaxin_desktop.model.provider import Endpoint, Protocol, Security, Side
from laifaxin_desktop.model.report import stages_of
from laifaxin_desktop.model.secret import Secret
from tests.servers.authority import Authority

from .peers import (
    FAST,
    PATIENT,
    TOKEN,
    USER,
    Handler,
    Outcome,
    Peer,
    assert_no_token,
    bearer,
    check,
    reset,
    serving,
    talk,
)
from .test_network import dead_end, free_port, sockets

GRAPH, RECEIVE, SEND = Protocol.GRAPH, Side.RECEIVE, Side.SEND
COUNTS = b'{"@odata.context":"x","totalItemCount":3,"unreadItemCount":0}'
JSON = "application/json;odata.metadata=minimal;charset=utf-8"


def http(
    status: int, body: bytes | str = b"", kind: str = JSON, *more: str, length: int | None = None
) -> bytes:
    """An answer as it goes over the wire."""
    raw = body.encode() if isinstance(body, str) else body
    length = len(raw) if length is None else length
    lines = [f"HTTP/1.1 {status} x", f"Content-Length: {length}", *more]
    lines += [f"Content-Type: {kind}"] if kind else []
    return "\r\n".join([*lines, "", ""]).encode() + raw


def error(code: str, message: str = "words", within: str = "") -> str:
    inner = {"date": "2026-11-21T00:00:00", "request-id": "0", "code": within}
    return json.dumps({"error": {"code": code, "message": message, "innerError": inner}})


def saying(*parts: bytes | float | str) -> Handler:
    """Hears a request, then says bytes, sleeps seconds, or is silent (HANG), or cuts (RESET)."""

    async def handle(
        peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        peer.heard += head.decode().split("\r\n")[:-2]
        for part in parts:
            if isinstance(part, bytes):
                writer.write(part)
                await writer.drain()
            elif isinstance(part, float):
                await asyncio.sleep(part)  # so that the client's time passes
            elif part == "HANG":
                peer.reached.set()
                await reader.read()
            else:
                reset(writer)

    return handle


@pytest.fixture
def ask(good: ssl.SSLContext, trusting: ssl.SSLContext) -> Ask:
    return Ask(good, trusting)


class Ask:
    """One check of one half of an account at a Graph that says these things."""

    def __init__(self, good: ssl.SSLContext, trusting: ssl.SSLContext) -> None:
        self._good, self._trusting = good, trusting

    def __call__(
        self, *said: bytes | float | str, half: Side = RECEIVE, **more: object
    ) -> tuple[Outcome, Peer]:
        more = {"who": bearer(), "context": self._trusting, "half": half, **more}
        return asyncio.run(
            talk(saying(*said), GRAPH, Security.TLS, tls=self._good, **more)  # type: ignore[arg-type]
        )


# What is asked


def test_receiving_asks_for_two_numbers(ask: Ask) -> None:
    outcome, peer = ask(http(200, COUNTS))
    assert outcome.evidence is None
    line, *head = peer.heard
    fields = "$select=totalItemCount,unreadItemCount"
    assert line == f"GET /v1.0/me/mailFolders/inbox?{fields} HTTP/1.1"
    headers = {name.lower(): value for name, _, value in (row.partition(": ") for row in head)}
    assert headers.pop("user-agent").startswith("laifaxin-desktop/")
    assert headers == {
        "host": f"localhost:{peer.port}",
        "authorization": f"Bearer {TOKEN}",
        "accept": "application/json",
        "accept-encoding": "identity",
        "connection": "close",
    }
    endpoint = Endpoint(GRAPH, "localhost", 443, Security.TLS, half=RECEIVE)
    assert (Stage.SIGN_IN, *(s.stage for s in outcome.stages)) == stages_of(endpoint)
    assert outcome.words == frozenset()


def test_sending_asks_who_one_is_and_sends_nothing(ask: Ask) -> None:
    outcome, peer = ask(http(200, b'{"id":"1"}'), half=SEND)
    assert outcome.evidence is None
    assert peer.heard[0] == "GET /v1.0/me?$select=id HTTP/1.1"
    endpoint = Endpoint(GRAPH, "localhost", 443, Security.TLS, half=SEND)
    assert (Stage.SIGN_IN, *(s.stage for s in outcome.stages)) == stages_of(endpoint)


@pytest.mark.parametrize(
    ("who", "whose"),
    [
        (bearer(identity=USER.upper()), "me"),
        (Login(USER, Secret(TOKEN), bearer=True), f"users/{USER}"),
        (bearer(user="info@corp.example", identity=USER), "users/info@corp.example"),
        (bearer(user="a/../b?c#%&@x.cn", identity=USER), "users/a%2F..%2Fb%3Fc%23%25%26@x.cn"),
        (bearer(user="王@例子.cn", identity=USER), "users/%E7%8E%8B@%E4%BE%8B%E5%AD%90.cn"),
    ],
)  # fmt: skip
def test_another_mailbox_is_asked_for_by_its_name(ask: Ask, who: Login, whose: str) -> None:
    outcome, peer = ask(http(200, COUNTS), who=who)
    assert outcome.ok
    assert peer.heard[0].startswith(f"GET /v1.0/{whose}/mailFolders/inbox?")
    assert ask(http(200, b'{"id":"1"}'), who=who, half=SEND)[1].heard[0].startswith("GET /v1.0/me?")


def test_without_a_login_nothing_is_asked(ask: Ask) -> None:
    outcome, peer = ask(http(200, COUNTS), secret_free=True)
    assert outcome.ok
    assert [s.stage for s in outcome.stages] == [Stage.CONNECT, Stage.TLS]
    assert not peer.heard


# What an answer proves


@pytest.mark.parametrize(
    ("status", "code", "stage"),
    [
        (401, "InvalidAuthenticationToken", Stage.LOGIN),
        (403, "ErrorAccessDenied", Stage.MAILBOX),
        (404, "MailboxNotEnabledForRESTAPI", Stage.MAILBOX),
        (404, "ErrorItemNotFound", Stage.MAILBOX),
        (404, "ErrorInvalidUser", Stage.MAILBOX),
        (400, "BadRequest", Stage.MAILBOX),
        (429, "ApplicationThrottled", Stage.LOGIN),
        (503, "ErrorServerBusy", Stage.LOGIN),
    ],
)
def test_refusals_in_graphs_own_words(ask: Ask, status: int, code: str, stage: Stage) -> None:
    outcome, peer = ask(http(status, error(code, "Words of it.", within="ErrorInner")))
    assert (outcome.fault, outcome.stage) == (Fault.REJECTED, stage)
    assert outcome.codes == (str(status), code.upper(), "ERRORINNER")
    assert outcome.evidence
    assert outcome.evidence.reply == "Words of it."
    assert (outcome.evidence.protocol, outcome.evidence.security) == (GRAPH, Security.TLS)
    assert peer.connections == 1, "asked once"


@pytest.mark.parametrize(
    ("answer", "reply"),
    [
        (http(401, b"", "", 'WWW-Authenticate: Bearer realm=""'), ""),
        (http(401, b"", "", "WWW-Authenticate: Bearer", "x-ms-diagnostics: 2000003"), "2000003"),
        (http(502, b"<html>bad gateway", "text/html"), ""),
        (http(504), ""),
        (http(429, b"slow down", "text/plain"), ""),
    ],
)
def test_refusals_without_words(ask: Ask, answer: bytes, reply: str) -> None:
    outcome, _ = ask(answer)
    assert (outcome.fault, outcome.stage) == (Fault.REJECTED, Stage.LOGIN)
    assert outcome.codes == (answer.split()[1].decode(),)
    assert outcome.evidence
    assert outcome.evidence.reply == reply


@pytest.mark.parametrize(
    ("status", "code", "ok"),
    [
        (403, "Authorization_RequestDenied", True),
        (403, "ErrorAccessDenied", True),
        (403, "AccessDenied", True),
        (403, "NoPermissionsInAccessToken", False),
        (401, "ErrorAccessDenied", False),
        (404, "Authorization_RequestDenied", False),
        (404, "Request_ResourceNotFound", False),
        (500, "ErrorAccessDenied", False),
    ],
)
def test_a_good_token_may_not_be_for_this_question(
    ask: Ask, status: int, code: str, ok: bool
) -> None:
    outcome, _ = ask(http(status, error(code)), half=SEND)
    assert outcome.ok is ok
    if not ok:
        assert (outcome.fault, outcome.stage) == (Fault.REJECTED, Stage.LOGIN)
        assert outcome.codes == (str(status), code.upper())


CLAIMS = '{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}'


def challenged(claims: str, status: int = 401) -> bytes:
    challenge = (
        'WWW-Authenticate: Bearer realm="", authorization_uri="https://x.example/authorize", '
        f'client_id="00000003-0000-0000-c000-000000000000", error="insufficient_claims", {claims}'
    )
    return http(status, error("InvalidAuthenticationToken"), JSON, challenge)


def coded(text: str) -> str:
    return 'claims="' + base64.b64encode(text.encode()).decode() + '"'


@pytest.mark.parametrize("half", [RECEIVE, SEND])
@pytest.mark.parametrize("status", [401, 403])
def test_a_claims_challenge_is_handed_on(ask: Ask, status: int, half: Side) -> None:
    outcome, _ = ask(challenged(coded(CLAIMS), status), half=half)
    assert (outcome.fault, outcome.stage) == (Fault.REJECTED, Stage.LOGIN)
    assert outcome.codes == (str(status), "INVALIDAUTHENTICATIONTOKEN", "INSUFFICIENT_CLAIMS")
    assert outcome.evidence
    assert outcome.evidence.detail == f"claims:{CLAIMS}"


def test_claims_in_the_other_alphabet_and_without_padding(ask: Ask) -> None:
    claims = '{"access_token":{"x":{"value":"??>>~~"}}}'
    raw = base64.urlsafe_b64encode(claims.encode()).decode().rstrip("=")
    assert {"-", "_"} & set(raw)
    outcome, _ = ask(challenged(f'claims="{raw}"'))
    assert outcome.evidence
    assert outcome.evidence.detail == f"claims:{claims}"


@pytest.mark.parametrize(
    "claims",
    [
        "",
        'claims="%%%"',
        'claims="a"',
        coded("no json"),
        coded("[1]"),
        coded('{"a":"' + "x" * 2100 + '"}'),
        coded(json.dumps({"a": TOKEN[:400]})),
        coded('{"a":' * 900),
    ],
)
def test_claims_that_are_none(ask: Ask, claims: str) -> None:
    outcome, _ = ask(challenged(claims))
    assert outcome.codes[-1] == "INSUFFICIENT_CLAIMS"
    assert outcome.evidence
    assert outcome.evidence.detail == ""


@pytest.mark.parametrize(
    ("value", "detail"),
    [
        ("7", "retry-after:7"),
        ("0", "retry-after:0"),
        ("99999", "retry-after:86400"),
        ("9" * 400, ""),
        ("-1", ""),
        ("Sat, 21 Nov 2026 00:00:00 GMT", ""),
        ("", ""),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_how_long_to_wait(ask: Ask, status: int, value: str, detail: str) -> None:
    outcome, _ = ask(http(status, error("x"), JSON, f"Retry-After: {value}"))
    assert outcome.evidence
    assert (outcome.evidence.fault, outcome.evidence.detail) == (Fault.REJECTED, detail)


# Hostile answers: never a pass


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ('{"totalItemCount":3}', JSON),
        ('{"totalItemCount":true,"unreadItemCount":0}', JSON),
        ('{"totalItemCount":"3","unreadItemCount":"0"}', JSON),
        ('{"totalItemCount":-1,"unreadItemCount":0}', JSON),
        ('{"totalItemCount":1e400,"unreadItemCount":0}', JSON),
        ("{}", JSON),
        ('{"error":{"code":"x"}}', JSON),
    ],
)
def test_an_inbox_without_counts(ask: Ask, body: str, kind: str) -> None:
    outcome, _ = ask(http(200, body, kind))
    assert (outcome.fault, outcome.stage) == (Fault.GARBLED, Stage.MAILBOX)
    assert outcome.codes == ("200",)


OK_HEAD = b"HTTP/1.1 200 x\r\n"
CHUNKED = OK_HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
HTML = "text/html"
ELSEWHERE = {
    "an answer of another type": (http(200, COUNTS, HTML), HTML),
    "a hotel": (http(200, b"<html>log in", HTML), HTML),
    "a long page": (http(200, b"<html>" + b"x" * 4 * MOST_ANSWER, HTML), HTML),
    "a blocked page": (http(403, b"<html>blocked", HTML), HTML),
    "a proxy": (http(401, b"<html>proxy", HTML), HTML),
    "nothing found": (http(404, b"", ""), ""),
    "nothing to say": (http(204, b"", ""), ""),
    "ssh": (b"SSH-2.0-OpenSSH_9\r\n", ""),
    "imap": (b"* OK IMAP4 ready\r\n", ""),
    "noise": (b"\x00\x01\x02\x03" * 100, ""),
}
BROKEN = {
    "a list": http(200, b"[1,2]"),
    "html said to be json": http(200, b"<html>"),
    "broken off": http(200, COUNTS[:20]),
    "lists without end": http(200, b"[" * 15_000),
    "objects without end": http(200, b'{"a":' * 3_000),
    "a long number": http(200, b'{"totalItemCount":' + b"9" * 9000 + b"}"),
    "utf-16": http(200, b"\xff\xfe{}"),
    "json of a proxy": http(403, b'{"message":"blocked by policy"}'),
    "an error of a proxy": http(403, b'{"error":"blocked"}'),
    "a part": http(206, b'{"id":"1"}'),
    "compressed": http(200, gzip.compress(COUNTS), JSON, "Content-Encoding: gzip"),
    "compressed otherwise": http(200, COUNTS, JSON, "Content-Encoding: br"),
}
NOT_HTTP = {
    "two lengths": OK_HEAD + b"Content-Length: 5\r\nContent-Length: 9\r\n\r\n{}",
    "no number": b"HTTP/1.1 abc\r\n\r\n",
    "another protocol": b"HTTP/1.1 101 x\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    "no chunk": CHUNKED + b"zz\r\n",
}
TOO_MUCH = {
    "a head without end": OK_HEAD + b"a: b\r\n" * 40_000,
    "wait without end": b"HTTP/1.1 100 x\r\n\r\n" * 60_000,
    "too long": http(200, b"x" * (MOST_ANSWER + 1)),
    "without end": http(200, b" ", length=10**12) + b" " * 2**20,
    "chunks without end": CHUNKED + b"ffff\r\n" + b"x" * 0xFFFF + b"\r\n" + b"1\r\nx\r\n" * 50_000,
}


@pytest.mark.parametrize("half", [RECEIVE, SEND])
@pytest.mark.parametrize("name", ELSEWHERE)
def test_answers_of_others(ask: Ask, half: Side, name: str) -> None:
    answer, detail = ELSEWHERE[name]
    outcome, _ = ask(answer, "HANG", half=half)
    assert (outcome.fault, outcome.stage) == (Fault.NOT_MAIL, Stage.LOGIN)
    assert outcome.evidence
    assert outcome.evidence.detail == detail
    spoken = "http" if answer.startswith(b"HTTP/") else name if name != "noise" else ""
    assert outcome.evidence.spoken == spoken


@pytest.mark.parametrize("half", [RECEIVE, SEND])
@pytest.mark.parametrize("name", [*BROKEN, *NOT_HTTP, *TOO_MUCH])
def test_answers_that_break_off_or_never_end(ask: Ask, half: Side, name: str) -> None:
    outcome, _ = ask({**BROKEN, **NOT_HTTP, **TOO_MUCH}[name], "HANG", half=half)
    assert (outcome.fault, outcome.stage) == (Fault.GARBLED, Stage.LOGIN)
    assert outcome.evidence
    detail = "RemoteProtocolError" if name in NOT_HTTP else "too much" if name in TOO_MUCH else ""
    assert outcome.evidence.detail == detail


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 300, 304])
def test_a_redirect_does_not_take_the_token_along(
    ask: Ask, good: ssl.SSLContext, status: int
) -> None:
    async def main() -> None:
        async with serving(saying(http(200, COUNTS)), tls=good) as foreign:
            to = f"https://127.0.0.1:{foreign.port}/v1.0/me?token=secret"
            async with serving(saying(http(status, b"", "", f"Location: {to}")), tls=good) as peer:
                outcome = await check(
                    peer.port, GRAPH, Security.TLS,
                    context=ask._trusting, who=bearer(), half=RECEIVE,
                )  # fmt: skip
        assert (outcome.fault, outcome.stage) == (Fault.NOT_MAIL, Stage.LOGIN)
        assert outcome.codes == (str(status),)
        assert outcome.evidence
        assert outcome.evidence.detail == "redirect:127.0.0.1"
        assert foreign.connections == 0

    asyncio.run(main())


@pytest.mark.parametrize(
    "to", ["", "/x", "http://[bad", "//\u202eevil.example/\x7f", "https://x\xff"]
)
def test_where_a_redirect_leads_is_told_at_most(ask: Ask, to: str) -> None:
    raw = http(302, b"", "", "Location: @").replace(b"@", to.encode())
    outcome, _ = ask(raw, "HANG")
    assert outcome.fault in (Fault.NOT_MAIL, Fault.GARBLED)
    assert outcome.evidence
    assert "\u202e" not in outcome.evidence.detail


@pytest.mark.parametrize("quoted", [TOKEN, TOKEN[:300], TOKEN[50:90]])
def test_an_answer_that_quotes_the_token(ask: Ask, quoted: str) -> None:
    for answer in (
        http(401, error(quoted[:39], f"bad: {quoted}", within=quoted[:30])),
        http(401, b"", "", "WWW-Authenticate: Bearer", f"x-ms-diagnostics: {quoted}"),
        http(302, b"", "", f"Location: https://{quoted[:39].lower()}.example/{quoted}"),
        http(200, b"", quoted),
        quoted.encode() + b"\r\n",
    ):
        outcome, _ = ask(answer, "HANG")
        assert outcome.evidence
        assert_no_token(repr(outcome.evidence).lower(), TOKEN.lower())


# The network under it


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        (("HANG",), Fault.TIMEOUT),
        ((), Fault.CLOSED),
        (("RESET",), Fault.CLOSED),
        ((b"HTT", "HANG"), Fault.TIMEOUT),
        ((b"HTTP/1.1 200 x\r\nContent-",), Fault.CLOSED),
        ((http(200, COUNTS)[:-1],), Fault.CLOSED),
        ((http(200, COUNTS)[:-1], "RESET"), Fault.CLOSED),
        ((http(200, COUNTS)[:-1], "HANG"), Fault.TIMEOUT),
        (tuple(p for c in http(200, COUNTS) for p in (bytes([c]), 0.1)), Fault.TIMEOUT),
        ((b"HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",), Fault.CLOSED),
    ],
    ids=str,
)
def test_silence_drips_and_cuts(
    ask: Ask, said: tuple[bytes | float | str, ...], fault: Fault
) -> None:
    outcome, _ = ask(*said)
    assert (outcome.fault, outcome.stage) == (fault, Stage.LOGIN)


def test_c23_an_answer_that_came_whole_counts_however_it_ends(ask: Ask) -> None:
    assert ask(http(200, COUNTS), "RESET")[0].ok
    assert ask(http(200, COUNTS), "HANG")[0].ok
    until_the_end = b"HTTP/1.0 200 x\r\nContent-Type: application/json\r\n\r\n" + COUNTS
    assert ask(until_the_end)[0].ok
    chunked = (
        b"HTTP/1.1 200 x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    assert ask(chunked + b"%x\r\n%s\r\n0\r\n\r\n" % (len(COUNTS), COUNTS), "HANG")[0].ok
    slowly = [part for n in range(0, 200, 50) for part in (http(200, COUNTS)[n : n + 50], 0.05)]
    assert ask(*slowly)[0].ok


def reach(**more: object) -> Outcome:
    more = {"who": bearer(), "half": RECEIVE, **more}
    port = more.pop("port", None) or free_port()
    return asyncio.run(check(port, GRAPH, Security.TLS, **more))  # type: ignore[arg-type]


def test_the_way_there_is_one_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    assert reach().fault is Fault.REFUSED
    unknown = reach(resolve=lambda *_: [])
    assert (unknown.fault, unknown.stage) == (Fault.NAME_NOT_FOUND, Stage.CONNECT)
    strange = reach(host="https://graph.example/")
    assert (strange.fault, strange.stage) == (Fault.BAD_HOST_NAME, Stage.CONNECT)
    with dead_end() as dead:
        late = reach(resolve=lambda *_: [dead], deadlines=FAST.scaled(0.2))
    assert (late.fault, late.stage) == (Fault.TIMEOUT, Stage.CONNECT)
    monkeypatch.setattr("laifaxin_desktop.mail.reach.has_route", lambda: False)
    with dead_end() as dead:
        alone = reach(resolve=lambda *_: [], deadlines=FAST.scaled(0.2))
        assert alone.fault is Fault.NAME_NOT_FOUND


def test_a_certificate_of_strangers(authority: Authority, trusting: ssl.SSLContext) -> None:
    for context, fault in (
        (authority.issue("graph.elsewhere.example").context(), Fault.CERTIFICATE_WRONG_HOST),
        (authority.self_signed().context(), Fault.CERTIFICATE_SELF_SIGNED),
    ):
        outcome, peer = asyncio.run(
            talk(
                saying(http(200, COUNTS)), GRAPH, Security.TLS,
                tls=context, context=trusting, who=bearer(), half=RECEIVE,
            )
        )  # fmt: skip
        assert (outcome.fault, outcome.stage) == (fault, Stage.TLS)
        assert outcome.evidence
        assert outcome.evidence.certificate
        assert not peer.heard


def test_no_tls_at_all(trusting: ssl.SSLContext) -> None:
    for said, spoken in (("HTTP/1.1 400 what\\r\\n\\r\\n", "http"), ("SSH-2.0-x\\r\\n", "ssh")):
        outcome, peer = asyncio.run(
            talk(f"s: {said}\nHANG", GRAPH, Security.TLS, context=trusting, who=bearer())
        )
        assert (outcome.fault, outcome.stage) == (Fault.NOT_MAIL, Stage.TLS)
        assert outcome.evidence
        assert outcome.evidence.spoken == spoken
        assert not peer.heard


def test_proxies_of_the_environment_are_not_asked(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "ALL_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert ask(http(200, COUNTS))[0].ok


def test_the_mail_servers_context_is_left_as_it_was(
    authority: Authority, trusting: ssl.SSLContext, ask: Ask
) -> None:
    """httpx sets ALPN in the context it is given; IMAP servers would then be offered HTTP."""
    context = authority.issue().context()
    context.set_alpn_protocols(["http/1.1"])
    chosen: list[str | None] = []

    async def handle(
        peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        chosen.append(writer.get_extra_info("ssl_object").selected_alpn_protocol())
        writer.write(b"* BYE no\r\n")

    assert ask(http(200, COUNTS))[0].ok
    asyncio.run(talk(handle, Protocol.IMAP, Security.TLS, tls=context, context=trusting))
    assert chosen == [None]


def test_no_line_of_a_log_has_the_token(ask: Ask, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        ask(http(200, COUNTS))
        ask(http(401, error("InvalidAuthenticationToken")))
        ask(b"SSH-2.0\r\n")
    assert_no_token(caplog.text)


def test_httpx_is_not_imported_before_graph_is_asked() -> None:
    code = (
        "import sys; import laifaxin_desktop.app, laifaxin_desktop.mail.probe; "
        "sys.exit(bool({'httpx', 'httpcore', 'anyio'} & set(sys.modules)))"
    )

    async def main() -> int:
        ran = await asyncio.create_subprocess_exec(sys.executable, "-c", code)
        return await ran.wait()

    assert asyncio.run(main()) == 0


# Cancelling


@pytest.mark.parametrize(
    "said", [("HANG",), (http(200, COUNTS)[:40], "HANG"), (http(200, COUNTS)[:-5], "HANG")], ids=str
)
def test_cancelling_is_prompt_and_leaves_nothing(
    said: tuple[bytes | str, ...], good: ssl.SSLContext, trusting: ssl.SSLContext
) -> None:
    async def main() -> None:
        async with serving(saying(*said), tls=good) as peer:
            tasks, before = len(asyncio.all_tasks()), sockets()
            probing = asyncio.create_task(
                check(
                    peer.port, GRAPH, Security.TLS,
                    context=trusting, who=bearer(), half=RECEIVE, deadlines=PATIENT,
                )
            )  # fmt: skip
            await asyncio.wait_for(peer.reached.wait(), 10)
            await asyncio.sleep(0.05)  # what was said is being read
            probing.cancel()
            async with asyncio.timeout(0.25):
                with pytest.raises(asyncio.CancelledError):
                    await probing
            async with asyncio.timeout(2):
                while peer.closed < peer.connections or sockets() > before:
                    await asyncio.sleep(0.01)  # the server notices in its own time
            assert len(asyncio.all_tasks()) == tasks

    asyncio.run(main())


def test_cancelling_at_every_moment(good: ssl.SSLContext, trusting: ssl.SSLContext) -> None:
    """Cancelled after each of the loop's turns, from the first to the last of a whole check."""

    async def turn(turns: int) -> bool:
        async with serving(saying(http(200, COUNTS)), tls=good) as peer:
            probing = asyncio.create_task(
                check(peer.port, GRAPH, Security.TLS, context=trusting, who=bearer(), half=RECEIVE)
            )
            for _ in range(turns):
                await asyncio.sleep(0)
            if probing.done():
                return True
            probing.cancel()
            async with asyncio.timeout(1):
                with contextlib.suppress(asyncio.CancelledError):
                    await probing
        return False

    assert asyncio.run(turn(100_000)), "everything is imported"
    before = sockets()
    turns = 0
    while turns < 400 and not asyncio.run(turn(turns)):
        turns += 1
    assert turns > 10, "there was something to cancel"
    assert sockets() <= before


def test_nothing_is_said_in_the_clear(trusting: ssl.SSLContext) -> None:
    async def main() -> None:
        endpoint = Endpoint(GRAPH, "localhost", 443, Security.TLS)
        wire = Wire(endpoint, trusting, lambda _: None, FAST, lambda *_: [])
        with pytest.raises(MailError) as failure:
            wire.send_sealed(b"GET / HTTP/1.1\r\n\r\n")
        assert failure.value.evidence.fault is Fault.INJECTION

    asyncio.run(main())
