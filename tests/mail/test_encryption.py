"""Encryption: STARTTLS refused, certificates with every fault, the wrong mode."""

from __future__ import annotations

import asyncio
import socket
import ssl
import warnings
from collections.abc import Callable
from dataclasses import replace

import pytest

from laifaxin_desktop.mail.opening import encrypt
from laifaxin_desktop.mail.tls import client_context
from laifaxin_desktop.mail.wire import Wire
from laifaxin_desktop.model.problem import Fault, MailError, Stage
from laifaxin_desktop.model.provider import Endpoint, Protocol, Security
from tests.servers.authority import Authority, ServerCertificate

from .peers import FAST, Handler, Outcome, Peer, check, refusing_tls, serving, talk
from .test_imap import PASSES

IMAP, SMTP, POP3 = Protocol.IMAP, Protocol.SMTP, Protocol.POP3
UNTIL = {  # up to the answer to STARTTLS
    IMAP: "S: * OK [CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN] hi\nC: a1 STARTTLS\n",
    SMTP: "S: 220 hi\nC: EHLO *\nS: 250-hi\nS: 250-STARTTLS\nS: 250 AUTH PLAIN\nC: STARTTLS\n",
    POP3: "S: +OK hi\nC: STLS\n",
}


def starttls(dialogue: str, protocol: Protocol, **more: object) -> tuple[Outcome, Peer]:
    return asyncio.run(talk(dialogue, protocol, Security.STARTTLS, **more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("protocol", "answer", "codes"),
    [
        (IMAP, "S: a1 NO later", ("NO",)),
        (IMAP, "S: a1 BAD [CLIENTBUG] what", ("BAD", "CLIENTBUG")),
        (SMTP, "S: 454 4.7.0 TLS not available", ("454", "4.7.0")),
        (SMTP, "S: 502 what", ("502",)),
        (POP3, "S: -ERR what", ("-ERR",)),
    ],
)
def test_a6_starttls_refused(protocol: Protocol, answer: str, codes: tuple[str, ...]) -> None:
    outcome, peer = starttls(UNTIL[protocol] + f"{answer}\nHANG", protocol)
    assert (outcome.fault, outcome.stage) == (Fault.STARTTLS_MISSING, Stage.TLS)
    assert outcome.codes == codes
    assert peer.secrets() == 0  # A9: although AUTH PLAIN was offered in the clear


@pytest.mark.parametrize(
    ("protocol", "answer"), [(IMAP, "S: * BYE busy"), (SMTP, "S: 421 4.3.2 busy")]
)
def test_starttls_answered_by_hanging_up_is_no_refusal(protocol: Protocol, answer: str) -> None:
    outcome, _ = starttls(UNTIL[protocol] + f"{answer}\nHANG", protocol)
    assert outcome.fault is Fault.REJECTED


Faulty = Callable[[Authority], ServerCertificate]
CERTIFICATES: list[tuple[str, Faulty, Fault]] = [
    ("C1", lambda a: a.expired(), Fault.CERTIFICATE_EXPIRED),
    ("C2", lambda a: a.not_yet_valid(), Fault.CERTIFICATE_NOT_YET_VALID),
    ("C4", lambda a: a.other_host(), Fault.CERTIFICATE_WRONG_HOST),
    ("C5", lambda a: a.wildcard_too_deep(), Fault.CERTIFICATE_WRONG_HOST),
    ("C6", lambda a: a.name_only_in_subject(), Fault.CERTIFICATE_WRONG_HOST),
    ("C6", lambda a: a.no_alternative_names(), Fault.CERTIFICATE_WRONG_HOST),
    ("C8", lambda a: a.self_signed(), Fault.CERTIFICATE_SELF_SIGNED),
    ("C9", lambda a: a.unknown_authority(), Fault.CERTIFICATE_UNKNOWN_AUTHORITY),
    ("C10", lambda a: a.incomplete(), Fault.CERTIFICATE_UNKNOWN_AUTHORITY),
    ("C11", lambda a: a.wrong_purpose(), Fault.CERTIFICATE_UNFIT),
    ("C12", lambda a: a.weak_key(), Fault.CERTIFICATE_UNFIT),
    ("C12", lambda a: a.weak_digest(), Fault.CERTIFICATE_UNFIT),
]


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
@pytest.mark.parametrize(("row", "make", "fault"), CERTIFICATES, ids=[c[0] for c in CERTIFICATES])
def test_a_refused_certificate_is_named_and_shown_and_gets_no_secret(
    row: str,
    make: Faulty,
    fault: Fault,
    security: Security,
    authority: Authority,
    trusting: ssl.SSLContext,
) -> None:
    certificate = make(authority)
    context = certificate.context()
    outcome, peer = asyncio.run(
        talk(
            PASSES if security is Security.TLS else UNTIL[IMAP] + "S: a1 OK go\nTLS\nHANG",
            IMAP,
            security,
            tls=context if security is Security.TLS else None,
            starttls=context,
            context=trusting,
        )
    )
    assert (outcome.fault, outcome.stage) == (fault, Stage.TLS)  # A14 where STARTTLS
    assert outcome.evidence
    shown = outcome.evidence.certificate
    assert shown is not None
    assert shown.sha256 == certificate.sha256()
    assert shown.self_signed is (row == "C8")
    assert shown.issuer_url == ("http://aia.invalid/ca.crt" if row == "C10" else None)
    assert shown.not_before < shown.not_after
    assert shown.names or fault is Fault.CERTIFICATE_WRONG_HOST
    assert shown.doubts
    assert shown.key
    assert shown.digest
    if row == "C4":
        assert shown.names == ("elsewhere.example",)
    assert set(peer.heard) <= {"a1 STARTTLS"}


def test_c7_an_ip_address_needs_to_be_in_the_certificate(
    authority: Authority, trusting: ssl.SSLContext
) -> None:
    for names, ok in ((("localhost",), False), (("127.0.0.1",), True)):
        tls = authority.issue(*names).context()
        outcome, _ = asyncio.run(
            talk(PASSES, IMAP, Security.TLS, tls=tls, context=trusting, host="127.0.0.1")
        )
        assert outcome.fault is (None if ok else Fault.CERTIFICATE_WRONG_HOST)


@pytest.mark.parametrize("made", [Authority.careless, Authority.chained])
def test_c22_careless_certificates_of_real_providers_pass(
    made: Callable[[Authority], ServerCertificate], authority: Authority, trusting: ssl.SSLContext
) -> None:
    tls = made(authority).context()
    outcome, _ = asyncio.run(talk(PASSES, IMAP, Security.TLS, tls=tls, context=trusting))
    assert outcome.ok
    assert not trusting.verify_flags & ssl.VERIFY_X509_STRICT


def test_the_context_is_as_strict_as_it_should_be() -> None:
    context = client_context()
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert not context.hostname_checks_common_name


def refused(server: ssl.SSLContext, client: ssl.SSLContext) -> Outcome:
    with refusing_tls(server) as port:
        return asyncio.run(check(port, IMAP, Security.TLS, context=client))


def test_c13_only_old_versions(authority: Authority, trusting: ssl.SSLContext) -> None:
    old = replace(authority.issue(), weak=True).context()  # TLS 1.0 needs old signatures
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # yes, old
        old.minimum_version = ssl.TLSVersion.TLSv1
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    outcome = refused(old, trusting)
    assert (outcome.fault, outcome.stage) == (Fault.TLS_VERSION, Stage.TLS)


def test_c14_no_common_cipher(authority: Authority, trusting: ssl.SSLContext) -> None:
    odd = authority.issue().context()
    odd.maximum_version = ssl.TLSVersion.TLSv1_2
    odd.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256")
    trusting.maximum_version = ssl.TLSVersion.TLSv1_2
    trusting.set_ciphers("ECDHE-RSA-AES256-GCM-SHA384")
    outcome = refused(odd, trusting)
    assert (outcome.fault, outcome.stage) == (Fault.TLS_FAILED, Stage.TLS)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_c20_a_client_certificate_is_demanded(
    version: ssl.TLSVersion, authority: Authority, trusting: ssl.SSLContext
) -> None:
    demanding = authority.issue().context()
    demanding.verify_mode = ssl.CERT_REQUIRED
    demanding.maximum_version = demanding.minimum_version = version
    # TLS 1.2 has no alert of its own for it.
    expected = Fault.CLIENT_CERTIFICATE if version is ssl.TLSVersion.TLSv1_3 else Fault.TLS_FAILED
    assert refused(demanding, trusting).fault is expected


@pytest.mark.parametrize(
    ("words", "fault", "spoken"),
    [
        ("S: * OK ready", Fault.WRONG_MODE, "plain"),  # C15
        ("SLEEP 0.2\ns: *\nSLEEP 0.1\nS:  OK slowly", Fault.WRONG_MODE, "plain"),
        ("S: 220 mx", Fault.WRONG_PROTOCOL, "smtp"),
        ("S: +OK pop", Fault.WRONG_PROTOCOL, "pop3"),
        ("S: HTTP/1.1 400 Bad Request", Fault.NOT_MAIL, "http"),
        ("S: SSH-2.0-OpenSSH_9", Fault.NOT_MAIL, "ssh"),
        ("S: Welcome, stranger", Fault.NOT_MAIL, ""),
        ("s: \\x80\\x01\\x02\\x03\\xff", Fault.TLS_FAILED, ""),  # C19
        ("s: \\x16\\x03\\x03\\xff\\xff" + "\\x00" * 40, Fault.TLS_FAILED, ""),
        ("s: \\x15\\x03\\x03\\x00\\x02\\x02\\x28", Fault.TLS_FAILED, ""),  # C18: handshake_failure
        ("s: \\x15\\x03\\x03\\x00\\x02\\x02\\x46", Fault.TLS_VERSION, ""),  # protocol_version
        ("s: \\x16\\x03", Fault.CLOSED, ""),  # C17
        ("RESET", Fault.CLOSED, ""),
        ("HANG", Fault.TIMEOUT, ""),
    ],
)
def test_tls_spoken_to_something_else(
    words: str, fault: Fault, spoken: str, trusting: ssl.SSLContext
) -> None:
    deaf = f"{words}\n" if "\\x16\\x03" in words or words == "RESET" else f"{words}\nHANG"
    outcome, peer = asyncio.run(talk(deaf, IMAP, Security.TLS, context=trusting))
    assert (outcome.fault, outcome.stage) == (fault, Stage.TLS)
    assert outcome.evidence
    assert outcome.evidence.spoken == spoken
    assert not peer.heard


@pytest.mark.parametrize("protocol", [IMAP, SMTP, POP3])
@pytest.mark.parametrize("security", [Security.STARTTLS, Security.PLAIN])
def test_c16_a_tls_server_where_plain_words_were_expected(
    protocol: Protocol, security: Security, good: ssl.SSLContext
) -> None:
    outcome, peer = asyncio.run(talk("HANG", protocol, security, tls=good))
    assert (outcome.fault, outcome.stage) == (Fault.WRONG_MODE, Stage.GREETING)
    assert outcome.evidence
    assert outcome.evidence.spoken == "tls"
    assert not peer.heard


def test_c16_a_web_server_waits_to_be_spoken_to() -> None:
    async def web(peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if await reader.read(1):
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    handler: Handler = web
    outcome, _ = asyncio.run(talk(handler))
    assert outcome.fault is Fault.NOT_MAIL
    assert outcome.evidence
    assert outcome.evidence.spoken == "http"


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_c23_an_end_without_close_notify(
    version: ssl.TLSVersion, good: ssl.SSLContext, trusting: ssl.SSLContext
) -> None:
    trusting.maximum_version = version
    complete = PASSES.replace("C: a4 LOGOUT\n", "RESET")
    outcome, _ = asyncio.run(talk(complete, IMAP, Security.TLS, tls=good, context=trusting))
    assert outcome.ok
    cut = PASSES.partition("S: a3")[0] + "s: a3 OK [READ-ONLY] do\nRESET"
    outcome, _ = asyncio.run(talk(cut, IMAP, Security.TLS, tls=good, context=trusting))
    assert (outcome.fault, outcome.stage) == (Fault.CLOSED, Stage.MAILBOX)


def test_a_server_that_shows_its_certificate_only_once_is_still_named(
    authority: Authority, trusting: ssl.SSLContext
) -> None:
    async def run() -> Outcome:
        async with serving("HANG", tls=authority.expired().context()) as shown:
            real = shown.port
            first = True

            async def relay(
                _: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
            ) -> None:
                nonlocal first
                if not first:
                    return
                first = False
                there, to = await asyncio.open_connection("127.0.0.1", real)
                to.write(await reader.read(65536))
                writer.write(await there.read(65536))
                await reader.read(65536)
                to.close()

            async with serving(relay) as once:
                return await check(once.port, IMAP, Security.TLS, context=trusting)

    outcome = asyncio.run(run())
    assert outcome.fault is Fault.CERTIFICATE_EXPIRED
    assert outcome.evidence
    assert outcome.evidence.certificate is None


def test_plain_words_that_are_there_before_the_handshake_begins(trusting: ssl.SSLContext) -> None:
    async def run() -> Fault:
        async with serving("S: * OK ready\nHANG") as peer:
            endpoint = Endpoint(IMAP, "localhost", peer.port, Security.TLS)
            where = [(socket.AF_INET, ("127.0.0.1", peer.port))]
            wire = Wire(endpoint, trusting, lambda _: None, FAST, lambda *_: where)
            async with wire:
                await wire.connect()
                await asyncio.sleep(0.2)  # so that they have arrived
                with pytest.raises(MailError) as caught:
                    await encrypt(wire)
                return caught.value.evidence.fault

    assert asyncio.run(run()) is Fault.WRONG_MODE


def test_a_secret_is_not_said_in_the_clear_where_encryption_was_agreed() -> None:
    async def run() -> Fault:
        async with serving("S: * OK ready\nHANG") as peer:
            endpoint = Endpoint(IMAP, "localhost", peer.port, Security.STARTTLS)
            where = [(socket.AF_INET, ("127.0.0.1", peer.port))]
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            wire = Wire(endpoint, context, lambda _: None, FAST, lambda *_: where)
            async with wire:
                await wire.connect()
                with pytest.raises(MailError) as caught:
                    wire.send(b"a1 LOGIN", secret=True)
                assert not peer.heard
                return caught.value.evidence.fault

    assert asyncio.run(run()) is Fault.INJECTION
