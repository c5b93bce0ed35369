"""Exceptions to trust: exactly one certificate, no secret for another, never an unfit one."""

from __future__ import annotations

import asyncio
import ssl
import warnings
from collections.abc import Callable
from dataclasses import replace

import pytest

from laifaxin_desktop.mail.tls import excepting_context
from laifaxin_desktop.model.problem import Certificate, Doubt, Evidence, Fault, Stage
from laifaxin_desktop.model.provider import Endpoint, Protocol, Security
from laifaxin_desktop.model.route import DIRECT, Pin, Route, may_pin, pin_of
from tests.servers.authority import Authority, ServerCertificate

from .peers import Outcome, Peer, assert_kept, bearer, check, serving, talk
from .test_encryption import UNTIL
from .test_imap import PASSES
from .test_pop3 import INSIDE as POP3_INSIDE
from .test_smtp import GREETED as SMTP_GREETED

IMAP, SMTP, POP3 = Protocol.IMAP, Protocol.SMTP, Protocol.POP3
Made = Callable[[Authority], ServerCertificate]
GREETINGS = {IMAP: PASSES, SMTP: SMTP_GREETED, POP3: "S: +OK hi\n" + POP3_INSIDE}
SMTP_END = "C: AUTH PLAIN ?*\nS: 235 in\nC: QUIT\n"
INSIDE = {
    IMAP: "C: a2 CAPABILITY\nS: * CAPABILITY AUTH=PLAIN SASL-IR\nS: a2 OK\nC: a3 AUTHENTICATE *\n"
    "S: a3 OK\nC: a4 EXAMINE INBOX\nS: a4 OK\nC: a5 LOGOUT\n",
    SMTP: SMTP_GREETED.partition("ready\n")[2] + SMTP_END,
    POP3: POP3_INSIDE,
}
GO = {IMAP: "S: a1 OK go\n", SMTP: "S: 220 go\n", POP3: "S: +OK go\n"}


def whole(protocol: Protocol, security: Security) -> str:
    """A conversation in which everything is fine."""
    if security is Security.STARTTLS:
        return UNTIL[protocol] + GO[protocol] + "TLS\n" + INSIDE[protocol]
    return GREETINGS[protocol] + (SMTP_END if protocol is SMTP else "")


def showing(
    certificate: ServerCertificate,
    trusting: ssl.SSLContext,
    *pins: Pin,
    protocol: Protocol = IMAP,
    security: Security = Security.TLS,
    host: str = "localhost",
) -> tuple[Outcome, Peer]:
    """Check a server that shows this; a pin for port 0 is for the server's own."""

    async def run() -> tuple[Outcome, Peer]:
        context = certificate.context()
        tls = context if security is Security.TLS else None
        async with serving(whole(protocol, security), tls=tls, starttls=context) as peer:
            here = tuple(replace(pin, port=pin.port or peer.port) for pin in pins)
            outcome = await check(
                peer.port, protocol, security, context=trusting, host=host, route=Route(here)
            )
        return outcome, peer

    return asyncio.run(run())


def shown(outcome: Outcome) -> Certificate:
    assert outcome.evidence
    assert outcome.evidence.certificate
    return outcome.evidence.certificate


def pin(certificate: ServerCertificate, *despite: Doubt, host: str = "localhost") -> Pin:
    return Pin(host, 0, certificate.sha256(), despite)


UNVOUCHED: list[tuple[Made, Fault, Doubt]] = [
    (Authority.self_signed, Fault.CERTIFICATE_SELF_SIGNED, Doubt.SELF_SIGNED),
    (
        Authority.unknown_authority,
        Fault.CERTIFICATE_UNKNOWN_AUTHORITY,
        Doubt.UNKNOWN_AUTHORITY,
    ),
    (Authority.incomplete, Fault.CERTIFICATE_UNKNOWN_AUTHORITY, Doubt.UNKNOWN_AUTHORITY),
]


@pytest.mark.parametrize("protocol", [IMAP, SMTP, POP3])
@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
@pytest.mark.parametrize(("make", "fault", "doubt"), UNVOUCHED)
def test_a_person_may_except_what_nobody_vouches_for(
    make: Made,
    fault: Fault,
    doubt: Doubt,
    protocol: Protocol,
    security: Security,
    authority: Authority,
    trusting: ssl.SSLContext,
) -> None:
    certificate = make(authority)
    refused, peer = showing(certificate, trusting, protocol=protocol, security=security)
    assert (refused.fault, refused.stage) == (fault, Stage.TLS)
    assert shown(refused).doubts == (doubt,)
    assert_kept(peer.received)
    assert refused.evidence
    assert may_pin(refused.evidence)
    made = pin_of(refused.evidence)
    assert (made.host, made.port, made.despite) == ("localhost", peer.port, ())
    passed, peer = showing(
        certificate, trusting, replace(made, port=0), protocol=protocol, security=security
    )
    assert passed.evidence is None, peer.wrong
    assert (peer.secrets(), peer.connections) == (1, 1)


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
@pytest.mark.parametrize("now", [Authority.issue, Authority.self_signed])
def test_c21_another_certificate_asks_again_and_gets_nothing(
    now: Made, security: Security, authority: Authority, trusting: ssl.SSLContext
) -> None:
    """Even a good one; both fingerprints are shown, and whether an exception is still needed."""
    before = authority.self_signed()
    changed, peer = showing(now(authority), trusting, pin(before), security=security)
    assert (changed.fault, changed.stage) == (Fault.CERTIFICATE_CHANGED, Stage.TLS)
    assert changed.evidence
    assert changed.evidence.pinned == before.sha256()
    assert shown(changed).sha256 not in ("", before.sha256())
    good = now is Authority.issue
    assert shown(changed).doubts == (() if good else (Doubt.SELF_SIGNED,))
    assert may_pin(changed.evidence) is not good  # what is good needs no exception
    assert_kept(peer.received)
    assert set(bytes(peer.received).splitlines()) <= {b"a1 STARTTLS"}


@pytest.mark.parametrize(
    ("make", "doubts"),
    [
        (Authority.self_signed_weak_key, {Doubt.SELF_SIGNED, Doubt.WEAK_KEY}),
        (Authority.self_signed_for_clients, {Doubt.SELF_SIGNED, Doubt.WRONG_PURPOSE}),
        (Authority.weak_key, {Doubt.WEAK_KEY}),
        (Authority.weak_digest, {Doubt.WEAK_DIGEST}),
        (Authority.wrong_purpose, {Doubt.WRONG_PURPOSE}),
    ],
)
def test_what_is_unfit_cannot_be_excepted(
    make: Made, doubts: set[Doubt], authority: Authority, trusting: ssl.SSLContext
) -> None:
    certificate = make(authority)
    for pins in ((), (pin(certificate, *Doubt),)):  # as if somebody had forged one
        outcome, peer = showing(certificate, trusting, *pins)
        assert outcome.fault is Fault.CERTIFICATE_UNFIT
        assert set(shown(outcome).doubts) == doubts
        assert outcome.evidence
        assert not may_pin(outcome.evidence)
        with pytest.raises(ValueError, match="no exception"):
            pin_of(outcome.evidence)
        assert not peer.received


@pytest.mark.parametrize(
    ("make", "doubt", "fault"),
    [
        (Authority.self_signed_and_expired, Doubt.EXPIRED, Fault.CERTIFICATE_EXPIRED),
        (
            lambda a: a.self_signed("elsewhere.example"),
            Doubt.WRONG_HOST,
            Fault.CERTIFICATE_WRONG_HOST,
        ),
    ],
)
def test_what_else_is_wrong_must_have_been_shown(
    make: Made, doubt: Doubt, fault: Fault, authority: Authority, trusting: ssl.SSLContext
) -> None:
    certificate = make(authority)
    first, _ = showing(certificate, trusting)
    assert set(shown(first).doubts) == {Doubt.SELF_SIGNED, doubt}
    assert first.evidence
    assert pin_of(first.evidence).despite == (doubt,)
    # It came up after the exception was made: asked again, and then it is part of it.
    again, peer = showing(certificate, trusting, pin(certificate))
    assert again.fault is fault
    assert set(shown(again).doubts) == {Doubt.SELF_SIGNED, doubt}
    assert not peer.received
    assert again.evidence
    agreed = replace(pin_of(again.evidence), port=0)
    passed, _ = showing(certificate, trusting, agreed)
    assert passed.ok


@pytest.mark.parametrize("make", [Authority.expired, Authority.not_yet_valid, Authority.other_host])
def test_what_a_known_authority_signed_is_not_excepted_for_dates_or_names(
    make: Made, authority: Authority, trusting: ssl.SSLContext
) -> None:
    outcome, _ = showing(make(authority), trusting)
    assert outcome.evidence
    assert not may_pin(outcome.evidence)


def test_an_exception_is_for_one_host_and_port(
    authority: Authority, trusting: ssl.SSLContext
) -> None:
    certificate = authority.self_signed()
    for elsewhere in (pin(certificate, host="other.example"), replace(pin(certificate), port=1)):
        outcome, peer = showing(certificate, trusting, elsewhere)
        assert outcome.fault is Fault.CERTIFICATE_SELF_SIGNED
        assert not peer.received


@pytest.mark.parametrize("host", ["127.0.0.1", "LOCALHOST.", "::1"])
def test_a_bridge_on_this_computer_is_excepted_like_any_other(
    host: str, authority: Authority, trusting: ssl.SSLContext
) -> None:
    certificate = authority.self_signed()
    outcome, _ = showing(certificate, trusting, pin(certificate, host=host), host=host)
    assert outcome.evidence is None


def test_graph_is_never_excepted(authority: Authority, trusting: ssl.SSLContext) -> None:
    certificate = authority.self_signed()

    async def run() -> tuple[Outcome, Peer]:
        async with serving("HANG", tls=certificate.context()) as peer:
            route = Route((Pin("localhost", peer.port, certificate.sha256(), tuple(Doubt)),))
            outcome = await check(
                peer.port,
                Protocol.GRAPH,
                Security.TLS,
                context=trusting,
                who=bearer(),
                route=route,
            )
            return outcome, peer

    outcome, peer = asyncio.run(run())
    assert outcome.fault is Fault.CERTIFICATE_SELF_SIGNED
    assert outcome.evidence
    assert not may_pin(outcome.evidence)
    assert not peer.received


def test_old_versions_of_tls_are_not_excepted(
    authority: Authority, trusting: ssl.SSLContext
) -> None:
    certificate = replace(authority.self_signed(), weak=True)
    context = certificate.context()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # yes, old
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1

    async def run() -> Outcome:
        async with serving("HANG", tls=context) as peer:
            route = Route((Pin("localhost", peer.port, certificate.sha256()),))
            return await check(peer.port, security=Security.TLS, context=trusting, route=route)

    assert asyncio.run(run()).fault in (Fault.TLS_VERSION, Fault.CLOSED)


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_the_rest_of_the_wire_is_as_careful_as_ever(
    security: Security, authority: Authority, trusting: ssl.SSLContext
) -> None:
    """An exception for the certificate is none for anything else."""

    async def run(dialogue: str) -> tuple[Outcome, Peer]:
        certificate = authority.self_signed()
        async with serving(dialogue, starttls=certificate.context()) as peer:
            route = Route((Pin("localhost", peer.port, certificate.sha256()),))
            outcome = await check(peer.port, security=security, context=trusting, route=route)
            return outcome, peer

    plain = UNTIL[IMAP] + "S: a1 OK go\nS: * CAPABILITY\nTLS\nHANG"
    expected = Fault.INJECTION
    if security is Security.TLS:
        plain, expected = "S: * OK hi\nHANG", Fault.WRONG_MODE
    outcome, peer = asyncio.run(run(plain))
    assert outcome.fault is expected
    assert_kept(peer.received)


def test_a_second_look_may_fail_and_then_nothing_is_called_good(
    authority: Authority, trusting: ssl.SSLContext
) -> None:
    """The server that changed its certificate answers only once."""

    async def run() -> Outcome:
        async with serving("HANG", tls=authority.issue().context()) as real:
            first = True

            async def relay(
                _: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
            ) -> None:
                nonlocal first
                if not first:
                    return
                first = False
                there, to = await asyncio.open_connection("127.0.0.1", real.port)

                async def back() -> None:
                    while data := await there.read(65536):
                        writer.write(data)

                returning = asyncio.create_task(back())
                try:
                    while data := await reader.read(65536):
                        to.write(data)
                finally:
                    returning.cancel()
                    await asyncio.gather(returning, return_exceptions=True)
                    to.transport.abort()

            async with serving(relay) as once:
                route = Route((Pin("localhost", once.port, "00" * 32),))
                return await check(once.port, security=Security.TLS, context=trusting, route=route)

    outcome = asyncio.run(run())
    assert outcome.fault is Fault.CERTIFICATE_CHANGED
    assert shown(outcome).doubts == (Doubt.REFUSED,)
    assert outcome.evidence
    assert not may_pin(outcome.evidence)


def test_a_second_handshake_cannot_bring_another_certificate() -> None:
    """Seen with openssl s_server, key R: without this the client shakes hands anew, unseen."""
    assert excepting_context().options & ssl.OP_NO_RENEGOTIATION


def test_without_a_certificate_there_is_nothing_to_except() -> None:
    seen = Evidence(Stage.TLS, Fault.CERTIFICATE_SELF_SIGNED, IMAP, "localhost", 993)
    assert not may_pin(seen)
    outcome, _ = asyncio.run(talk("S: * BYE\nHANG"))
    assert outcome.evidence
    assert not may_pin(outcome.evidence)


def test_a_route_keeps_one_exception_for_each_server() -> None:
    one, two = Pin("A.example.", 993, "11" * 32), Pin("a.example", 993, "22" * 32)
    other = Pin("a.example", 465, "33" * 32)
    route = DIRECT.pinning(one).pinning(other).pinning(two)
    assert route.pins == (other, two)
    end = Endpoint(IMAP, "a.EXAMPLE", 993, Security.TLS)
    assert route.pin_for(end) == two
    assert route.unpinned(end).pins == (other,)
    assert Route((one, two)).pin_for(end) == two
    assert route.pin_for(replace(end, protocol=Protocol.GRAPH)) is None
    assert DIRECT.pin_for(end) is None
