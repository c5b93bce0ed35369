"""Which cloud a domain lives in, asked of the local platform and of hosts that mean no good."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator

import pytest

from laifaxin_desktop.lookup import entra as lookup
from laifaxin_desktop.lookup.entra import cloud_of
from laifaxin_desktop.mail.tls import client_context
from laifaxin_desktop.model.microsoft import CloudId
from laifaxin_desktop.model.problem import Fault, MailError, Stage
from tests.knowledge.books import CLOUDS
from tests.servers.authority import Authority, ServerCertificate
from tests.servers.entra import CHINA, DOD, Entra
from tests.servers.reroute import reroute

AUTHORITIES = [cloud.authority for cloud in CLOUDS.all]
WORLDWIDE = AUTHORITIES[0]


@pytest.fixture
def context(entra: Entra) -> ssl.SSLContext:
    """Made after the platform: it trusts the test authority through the environment."""
    return client_context()


@pytest.fixture(autouse=True)
def _no_thread_stays() -> Iterator[None]:
    """Whatever a host does, nothing waits for it longer than the caller."""
    yield
    until = time.monotonic() + 5
    for thread in threading.enumerate():
        if thread.name == "cloud look-up":
            thread.join(until - time.monotonic())
            assert not thread.is_alive()


def unheard(asked: str, answer: str) -> None:
    """Nobody wants to know whom it was asked of."""


def ask(domain: str, context: ssl.SSLContext, *, seconds: float = 8) -> CloudId | None:
    return asyncio.run(cloud_of(domain, AUTHORITIES, context, unheard, seconds=seconds))


def test_whom_it_was_asked_of_is_told(entra: Entra, context: ssl.SSLContext) -> None:
    heard: list[tuple[str, str]] = []

    def ask_about(domain: str) -> list[tuple[str, str]]:
        heard.clear()
        told = cloud_of(domain, AUTHORITIES, context, lambda *each: heard.append(each))
        with contextlib.suppress(MailError):
            asyncio.run(told)
        return [(url.split("/")[2], answer) for url, answer in heard]

    first, *others = [authority.split("/")[2] for authority in dict.fromkeys(AUTHORITIES)]
    assert ask_about("corp.example") == [(first, "found")]
    assert heard[0][0].startswith(f"https://{first}/corp.example/")
    assert sorted(ask_about("nobody.example")) == sorted(
        (host, "nothing") for host in (first, *others)
    )


def refused(domain: str, context: ssl.SSLContext, *, seconds: float = 8) -> MailError:
    with pytest.raises(MailError) as caught:
        ask(domain, context, seconds=seconds)
    assert caught.value.evidence.stage is Stage.LOOKUP
    return caught.value


@pytest.mark.parametrize(
    ("domain", "cloud"),
    [
        ("corp.example", CloudId.WORLDWIDE),
        ("agency.example", CloudId.GCC_HIGH),
        ("unit.example", CloudId.DOD),
        ("kehu.example", CloudId.CHINA),
        ("nobody.example", None),
    ],
)
def test_a_domain_s_cloud(
    domain: str, cloud: CloudId | None, entra: Entra, context: ssl.SSLContext
) -> None:
    assert ask(domain, context) is cloud
    for seen in entra.requests:
        assert seen.endpoint == "discovery"
        assert seen.path == f"/{domain}/v2.0/.well-known/openid-configuration"
        assert not seen.values


def test_the_others_are_asked_only_where_the_first_knows_nothing(
    entra: Entra, context: ssl.SSLContext
) -> None:
    ask("corp.example", context)
    assert [seen.host for seen in entra.requests] == ["login.microsoftonline.com"]
    assert ask("nobody.example", context) is None
    # GCC High and DoD have one host.
    assert sorted(seen.host for seen in entra.requests[1:]) == [
        "login.microsoftonline.com",
        "login.microsoftonline.us",
        "login.partner.microsoftonline.cn",
    ]


def test_a_host_that_knows_only_its_own(entra: Entra, context: ssl.SSLContext) -> None:
    """Whether the worldwide host knows the tenants of other clouds is not documented."""
    for domain, cloud in (("kehu.example", CloudId.CHINA), ("unit.example", CloudId.DOD)):
        entra.fail_next("discovery", 90002, host="login.microsoftonline.com")
        assert ask(domain, context) is cloud


def test_one_host_out_of_order_does_not_hide_the_others(
    entra: Entra, context: ssl.SSLContext
) -> None:
    entra.fail_next("discovery", status=503, body={}, host="login.microsoftonline.com")
    assert ask("kehu.example", context) is CloudId.CHINA


PORTAL = "<html><title>Wi-Fi</title>Sign in</html>"
CONFIGURATION = {"cloud_instance_name": "microsoftonline.com"}


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"status": 200, "body": PORTAL}, "200"),
        ({"status": 503, "body": {}}, "503"),
        ({"status": 429, "body": {"error": "too_many"}}, "429"),
        ({"status": 400, "body": PORTAL}, "400"),
        ({"status": 400, "body": {"what": "ever"}}, "400"),
        ({"status": 200, "body": {"filler": "x" * 70_000, **CONFIGURATION}}, "200"),
        (
            {
                "status": 302,
                "body": CONFIGURATION,
                "headers": {"Location": "https://login.microsoftonline.us/"},
            },
            "302",
        ),
    ],
)
def test_what_is_no_answer_is_not_taken_for_one(
    answer: dict[str, object], code: str, entra: Entra, context: ssl.SSLContext
) -> None:
    entra.fail_next("discovery", times=9, **answer)  # type: ignore[arg-type]
    evidence = refused("corp.example", context).evidence
    assert (evidence.fault, evidence.codes) == (Fault.LOOKUP_FAILED, (code,))
    assert len(entra.requests) == 3  # nobody was followed anywhere


@pytest.mark.parametrize("instance", ["evil.example", "", None, ["microsoftonline.com"], {}])
def test_an_unknown_cloud_is_none(instance: object, entra: Entra, context: ssl.SSLContext) -> None:
    entra.fail_next("discovery", status=200, body={"cloud_instance_name": instance}, times=9)
    assert ask("corp.example", context) is None


def test_a_cut_line(entra: Entra, context: ssl.SSLContext) -> None:
    entra.fail_next("discovery", cut=True, times=9)
    assert refused("corp.example", context).evidence.fault is Fault.LOOKUP_FAILED


def test_without_a_network(
    entra: Entra, context: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    entra.fail_next("discovery", cut=True, times=9)
    monkeypatch.setattr(lookup, "has_route", lambda: False)
    assert refused("corp.example", context).evidence.fault is Fault.OFFLINE


def test_a_silent_host_is_left_in_time(entra: Entra, context: ssl.SSLContext) -> None:
    entra.fail_next("discovery", delay=3, times=9)
    began = time.monotonic()
    assert refused("corp.example", context, seconds=0.6).evidence.fault is Fault.TIMEOUT
    assert time.monotonic() - began < 2.5  # the limit is 0.6: a busy computer is allowed for


@pytest.mark.parametrize("encrypted", [True, False], ids=["answer", "handshake"])
def test_a_host_that_drips_is_cut_off(
    encrypted: bool, authority: Authority, certificate: ServerCertificate,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Each byte comes in time, the whole never; the thread must not be held by it."""
    for name, value in authority.environment().items():
        monkeypatch.setenv(name, value)
    gone = threading.Event()

    def drip(listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            peer, _ = listener.accept()
            line = certificate.context().wrap_socket(peer, server_side=True) if encrypted else peer
            with line:
                # A handshake record of 16 KiB is announced, or a header without end.
                line.sendall(b"HTTP/1.1 200 OK\r\nX: " if encrypted else b"\x16\x03\x03\x40\x00")
                while True:
                    line.sendall(b"x")
                    time.sleep(0.02)  # much less than any limit of the reader
        gone.set()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=drip, args=(listener,), daemon=True).start()
        place = ("127.0.0.1", listener.getsockname()[1])
        with (
            reroute({("login.microsoftonline.com", 443): place}),
            pytest.raises(MailError) as caught,
        ):
            asyncio.run(cloud_of("corp.example", [WORLDWIDE], client_context(), unheard, seconds=1))
        assert caught.value.evidence.fault is Fault.TIMEOUT
        assert gone.wait(5)


def test_cancelling_is_prompt(entra: Entra, context: ssl.SSLContext) -> None:
    entra.fail_next("discovery", delay=3, times=9)

    async def run() -> None:
        asking = asyncio.create_task(cloud_of("corp.example", AUTHORITIES, context, unheard))
        await asyncio.sleep(0.3)  # the question is on its way
        asking.cancel()
        async with asyncio.timeout(0.5):
            with pytest.raises(asyncio.CancelledError):
                await asking

    asyncio.run(run())


def test_an_unverified_host_is_asked_nothing(
    entra: Entra, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    evidence = refused("corp.example", client_context()).evidence
    assert evidence.fault is Fault.LOOKUP_FAILED
    assert evidence.detail == "SSLCertVerificationError"
    assert entra.requests == []


@pytest.mark.parametrize(
    "domain",
    ["", "corp", "a b.example", "corp.example/../x", "x@corp.example", "corp.example\r\nHost: e",
     "corp.example?a=b", "%2e%2e.example", "企业.example", ".corp.example", f"{'a' * 64}.example"],
)  # fmt: skip
def test_what_is_no_domain_is_not_asked_about(
    domain: str, entra: Entra, context: ssl.SSLContext
) -> None:
    assert refused(domain, context).evidence.fault is Fault.BAD_HOST_NAME
    assert entra.requests == []


def test_the_context_of_the_mail_servers_stays_as_it_was(
    entra: Entra, context: ssl.SSLContext
) -> None:
    """A protocol offered by ALPN would be offered to mail servers, too; some refuse it."""
    entra.add_tenant("neu.example", CHINA)
    assert ask("neu.example", context) is CloudId.CHINA
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    session = context.wrap_bio(incoming, outgoing, server_hostname="imap.example.org")
    with pytest.raises(ssl.SSLWantReadError):
        session.do_handshake()
    assert b"http/1.1" not in outgoing.read()
    assert DOD.name == CloudId.DOD
