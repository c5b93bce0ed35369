"""The way to the sign-in service: TLS that is ours, limits, and what each failure is called."""

from __future__ import annotations

import contextlib
import errno
import itertools
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
import urllib3.exceptions

from laifaxin_desktop.mail.dial import dial
from laifaxin_desktop.mail.tls import client_context
from laifaxin_desktop.model.microsoft import Permission
from laifaxin_desktop.model.problem import Evidence, Fault, MailError, Stage
from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.oauth.network import unreachable
from tests.servers.authority import Authority, ServerCertificate

from .knocking import knock
from .signing import QUICK, Bench, seen

HOST = "login.microsoftonline.com"
Rerouted = dict[tuple[str, int], tuple[str, int]]


@contextmanager
def answering(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """A port whose connections are given to `answer`, one after the other."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        over = threading.Event()

        def serve() -> None:
            while not over.is_set():
                try:
                    made, _ = server.accept()
                except TimeoutError:
                    continue
                made.settimeout(5)
                with made:
                    try:
                        answer(made)
                    except OSError:
                        continue

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            over.set()
            thread.join()


def over_tls(certificate: ServerCertificate, say: bytes, wait: float = 0) -> Any:
    """Shake hands, read a request, say something, hang up."""
    context = certificate.context()

    def answer(made: socket.socket) -> None:
        with context.wrap_socket(made, server_side=True) as tls:
            tls.recv(65536)
            tls.sendall(say)
            time.sleep(wait)  # a server that does not hang up

    return answer


def fails(bench: Bench, **deadlines: float) -> Evidence:
    """What an errand of a program with these deadlines ends with."""
    bench.microsoft = bench.another(deadlines=replace(QUICK, **deadlines))
    return fails_with(bench)


def fails_with(bench: Bench) -> Evidence:
    """What an errand ends with."""

    async def main() -> Evidence:
        with pytest.raises(MailError) as caught:
            await bench.microsoft.redeem(bench.app(), (Permission.IMAP,), Secret("r" * 99))
        return seen(caught)

    evidence = knock(main())
    assert (evidence.stage, evidence.host, evidence.port) == (Stage.SIGN_IN, HOST, 443)
    assert "r" * 99 not in repr(evidence)
    return evidence


def test_no_such_name(bench: Bench, rerouted: Rerouted) -> None:
    rerouted[HOST, 1] = rerouted.pop((HOST, 443))  # the name is known, this port of it is not
    assert fails(bench).fault is Fault.NAME_NOT_FOUND


def test_refused(bench: Bench, rerouted: Rerouted) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        rerouted[HOST, 443] = ("127.0.0.1", probe.getsockname()[1])
    evidence = fails(bench)
    assert (evidence.fault, evidence.detail) == (
        Fault.REFUSED,
        "ConnectionRefusedError ECONNREFUSED",
    )


def test_silence(bench: Bench, rerouted: Rerouted) -> None:
    """At the handshake: the connection's limit; later the errand's own."""
    with answering(lambda made: time.sleep(1.0)) as port:
        rerouted[HOST, 443] = ("127.0.0.1", port)
        assert fails(bench, connect=0.2).fault is Fault.TIMEOUT
        assert fails(bench, work=0.3).detail == ""  # no exception told us


def test_silence_after_the_handshake(
    bench: Bench, rerouted: Rerouted, authority: Authority
) -> None:
    with answering(over_tls(authority.issue(HOST), b"", wait=0.6)) as port:
        rerouted[HOST, 443] = ("127.0.0.1", port)
        assert fails(bench, reply=0.2).fault is Fault.TIMEOUT


@pytest.mark.parametrize(
    ("say", "fault"),
    [
        (b"", Fault.CLOSED),
        (b"HTTP/1.1 200 OK\r\n", Fault.GARBLED),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{", Fault.CLOSED),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", Fault.GARBLED),
        (b"* OK IMAP4rev1 ready\r\n", Fault.GARBLED),
        (b"\x00\xff" * 100, Fault.GARBLED),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500 + b"\r\n{}", Fault.GARBLED),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n{}", Fault.GARBLED),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"[" * 300_000, Fault.GARBLED),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"[" * 200_000, Fault.GARBLED),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8bxxx", Fault.GARBLED),
    ],
    ids=[
        "nothing", "half a head", "half a body", "broken chunks", "IMAP", "noise", "500 headers",
        "a long header", "a body without end", "a deep body", "broken gzip",
    ],
)  # fmt: skip
def test_answers_that_are_no_http(
    bench: Bench, rerouted: Rerouted, authority: Authority, say: bytes, fault: Fault
) -> None:
    with answering(over_tls(authority.issue(HOST), say)) as port:
        rerouted[HOST, 443] = ("127.0.0.1", port)
        assert fails(bench).fault is fault


@pytest.mark.parametrize(
    ("kind", "fault"),
    [
        ("expired", Fault.CERTIFICATE_EXPIRED),
        ("not_yet_valid", Fault.CERTIFICATE_NOT_YET_VALID),
        ("other_host", Fault.CERTIFICATE_WRONG_HOST),
        ("name_only_in_subject", Fault.CERTIFICATE_WRONG_HOST),
        ("self_signed", Fault.CERTIFICATE_SELF_SIGNED),
        ("unknown_authority", Fault.CERTIFICATE_UNKNOWN_AUTHORITY),
        ("incomplete", Fault.CERTIFICATE_UNKNOWN_AUTHORITY),
        ("wrong_purpose", Fault.CERTIFICATE_UNFIT),
    ],
)
def test_certificates(
    bench: Bench, rerouted: Rerouted, authority: Authority, kind: str, fault: Fault
) -> None:
    with answering(over_tls(getattr(authority, kind)(), b"HTTP/1.1 200 OK\r\n\r\n{}")) as port:
        rerouted[HOST, 443] = ("127.0.0.1", port)
        assert fails(bench).fault is fault


def test_a_server_without_tls(bench: Bench, rerouted: Rerouted) -> None:
    with answering(lambda made: made.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as port:
        rerouted[HOST, 443] = ("127.0.0.1", port)
        assert fails(bench).fault in (Fault.TLS_FAILED, Fault.CLOSED)


def test_authorities_are_the_programs_own(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """REQUESTS_CA_BUNDLE and certifi count for nothing, .netrc gives nothing away."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "nothing.pem"))
    monkeypatch.setenv("CURL_CA_BUNDLE", str(tmp_path / "nothing.pem"))
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine {HOST} login a password hunter2\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("MSAL_FORCE_REGION", "westus")

    async def main() -> None:
        await bench.by_browser()

    knock(main())
    assert {each.host for each in bench.entra.requests} == {HOST}


def test_the_shared_context_stays_as_it_is(bench: Bench, authority: Authority) -> None:
    """urllib3 sets ALPN and more on what it is given; probes of mail servers share the context."""
    context = client_context()
    before = (context.verify_mode, context.check_hostname, context.verify_flags, context.options)
    authorities = context.cert_store_stats()
    bench.microsoft = type(bench.microsoft)(
        bench.clouds.cloud, context, page="", deadlines=QUICK, dial=dial
    )

    async def main() -> None:
        with pytest.raises(MailError):
            await bench.microsoft.redeem(bench.app(), (Permission.IMAP,), Secret("r" * 99))

    knock(main())
    certificate = authority.issue("localhost")
    server = certificate.context()
    server.set_alpn_protocols(["http/1.1"])

    def choose(made: socket.socket) -> None:
        with server.wrap_socket(made, server_side=True) as tls:
            tls.recv(1)

    with (
        answering(choose) as port,
        socket.create_connection(("127.0.0.1", port)) as raw,
        context.wrap_socket(raw, server_hostname="localhost") as probe,
    ):
        assert probe.selected_alpn_protocol() is None
    after = (context.verify_mode, context.check_hostname, context.verify_flags, context.options)
    assert (after, context.cert_store_stats()) == (before, authorities)


def test_a_proxy_of_the_environment(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked for a tunnel to the real host; what it refuses is told as such."""
    heard: list[bytes] = []

    def refuse(made: socket.socket) -> None:
        heard.append(made.recv(65536))
        made.sendall(b"HTTP/1.1 403 Forbidden\r\n\r\n")

    with answering(refuse) as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        evidence = fails(bench)
    assert heard[0].startswith(f"CONNECT {HOST}:443 HTTP/1.".encode())
    assert (evidence.fault, evidence.codes) == (Fault.PROXY_TARGET, ("403",))
    assert evidence.proxy == f"127.0.0.1:{port}"
    monkeypatch.setenv("NO_PROXY", "microsoftonline.com")

    async def main() -> None:
        await bench.by_browser()

    knock(main())


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_tunnel_through_a_proxy(bench: Bench, authority: Authority, scheme: str) -> None:
    """TLS with the sign-in service itself inside, whoever carries it."""
    asked: list[bytes] = []
    tls = authority.issue("localhost").context()

    def carry(made: socket.socket) -> None:
        link = tls.wrap_socket(made, server_side=True) if scheme == "https" else made
        asked.append(link.recv(65536))
        there = socket.create_connection(("127.0.0.1", bench.entra.https_port))
        with link, there:
            link.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            link.settimeout(0.02)
            there.settimeout(0.02)
            while True:
                for one, other in ((link, there), (there, link)):
                    with contextlib.suppress(TimeoutError):  # the other one's turn
                        part = one.recv(65536)
                        if not part:
                            return
                        other.sendall(part)

    with answering(carry) as port:
        bench.microsoft = bench.another(
            proxies=lambda url: {"https": f"{scheme}://localhost:{port}"}
        )
        evidence = fails_with(bench)
    assert evidence.codes == ("INVALID_GRANT", "AADSTS70000", "BAD_TOKEN")
    assert asked
    assert asked[0].startswith(b"CONNECT login.microsoftonline.com:443 ")


def chained(*errors: Exception) -> Exception:
    """Exceptions as they hang below each other."""
    for above, below in itertools.pairwise(errors):
        above.__cause__ = below
    return errors[0]


POOL: Any = None


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (requests.ConnectTimeout(), Fault.TIMEOUT),
        (requests.ReadTimeout(), Fault.TIMEOUT),
        (TimeoutError(), Fault.TIMEOUT),
        (requests.exceptions.ProxyError(), Fault.UNREACHABLE),
        (requests.ConnectionError(), Fault.UNREACHABLE),
        (requests.exceptions.InvalidURL(), Fault.BAD_HOST_NAME),
        (requests.exceptions.SSLError(), Fault.TLS_FAILED),
        (requests.exceptions.ContentDecodingError(), Fault.GARBLED),
        (requests.exceptions.ChunkedEncodingError(), Fault.CLOSED),
        (UnicodeError(), Fault.BAD_HOST_NAME),
        (OSError(errno.ENETUNREACH, "x"), Fault.UNREACHABLE),
        (OSError(errno.ECONNRESET, "x"), Fault.CLOSED),
        (OSError(errno.EIO, "x"), Fault.UNEXPECTED),
        (socket.gaierror(socket.EAI_AGAIN, "x"), Fault.LOOKUP_FAILED),
        (socket.gaierror(socket.EAI_NONAME, "x"), Fault.NAME_NOT_FOUND),
        (ssl.SSLError("x"), Fault.TLS_FAILED),
        (ssl.SSLEOFError(), Fault.CLOSED),
        (
            requests.ConnectionError(
                urllib3.exceptions.MaxRetryError(
                    POOL,
                    "/",
                    urllib3.exceptions.NewConnectionError(POOL, "x"),
                )
            ),
            Fault.UNREACHABLE,
        ),
        (
            chained(requests.ConnectionError(), OSError(errno.ECONNREFUSED, "x")),
            Fault.REFUSED,
        ),
        (
            requests.ConnectionError(requests.ConnectionError(OSError(errno.EPIPE, "x"))),
            Fault.CLOSED,
        ),
        (requests.RequestException("r" * 99), Fault.UNEXPECTED),
    ],
)
def test_the_cause_at_the_bottom_counts(error: Exception, fault: Fault) -> None:
    evidence = unreachable(error, HOST)
    assert evidence.fault is fault
    assert "r" * 99 not in repr(evidence)


def test_a_circle_of_causes() -> None:
    one, other = requests.ConnectionError(), requests.ConnectionError()
    one.__cause__, other.__cause__ = other, one
    assert unreachable(one, HOST).fault is Fault.UNREACHABLE
