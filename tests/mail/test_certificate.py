"""Facts of refused certificates: whatever a server shows can be read, or is nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from hypothesis import given
from hypothesis import strategies as st

from laifaxin_desktop.mail.certificate import judged, read_certificate
from laifaxin_desktop.model.problem import Certificate, Doubt, Fault
from tests.servers.authority import Authority, ServerCertificate

NOW = datetime.now(UTC)
Edit = Callable[[x509.CertificateBuilder], x509.CertificateBuilder]


def signed(subject: x509.Name, edit: Edit = lambda builder: builder) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=1))
    )
    made = edit(builder).sign(key, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.DER)


def name(text: str, oid: x509.ObjectIdentifier = x509.NameOID.COMMON_NAME) -> x509.Name:
    return x509.Name([x509.NameAttribute(oid, text)])


def test_facts(authority: Authority) -> None:
    certificate: ServerCertificate = authority.issue("a.example", "127.0.0.1", "::1")
    facts = read_certificate(certificate.der())
    assert facts is not None
    assert facts.names == ("a.example", "127.0.0.1", "::1")
    assert facts.issuer == "Test authority of laifaxin"
    assert facts.subject == "laifaxin test server"
    assert facts.sha256 == certificate.sha256()
    assert facts.not_before.tzinfo is UTC or facts.not_before.utcoffset() == timedelta(0)
    assert not facts.self_signed


@pytest.mark.parametrize(
    ("host", "fits"),
    [
        ("a.example", True),
        ("A.EXAMPLE.", True),
        ("b.a.example", True),
        ("c.b.a.example", False),
        ("a.example.evil", False),
        ("example", False),
        ("192.0.2.7", True),
        ("192.0.2.8", False),
        ("2001:db8::1", True),
        ("2001:DB8:0::1%eth0", True),
        ("x.com", False),  # a star for all of a top-level domain counts for nothing
    ],
)
def test_whose_name_it_is(host: str, fits: bool, authority: Authority) -> None:
    made = authority.issue("a.example", "*.a.example", "*.com", "192.0.2.7", "2001:db8::1")
    der = made.der()
    facts = read_certificate(der, host)
    assert facts
    assert facts.doubts == (() if fits else (Doubt.WRONG_HOST,))


def test_keys_and_digests_are_named(authority: Authority) -> None:
    made = (authority.issue(), authority.weak_key(), authority.weak_digest())
    names = []
    for each in made:
        facts = read_certificate(each.der(), "localhost")
        assert facts
        names.append((facts.key, facts.digest, facts.doubts))
    assert names == [
        ("EC 256", "SHA256", ()),
        ("RSA 1024", "SHA256", (Doubt.WEAK_KEY,)),
        ("EC 256", "SHA1", (Doubt.WEAK_DIGEST,)),
    ]
    edwards = ed25519.Ed25519PrivateKey.generate()
    builder = (
        x509.CertificateBuilder()
        .subject_name(name("x"))
        .issuer_name(name("y"))
        .public_key(edwards.public_key())
        .serial_number(1)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=1))
    )
    raw = builder.sign(edwards, None).public_bytes(serialization.Encoding.DER)
    facts = read_certificate(raw, "localhost", Fault.CERTIFICATE_UNKNOWN_AUTHORITY)
    assert facts
    assert (facts.key, facts.digest) == ("Ed25519", "")
    assert facts.doubts == (Doubt.UNKNOWN_AUTHORITY, Doubt.WRONG_HOST)


def test_a_reason_that_only_the_verifier_knows(authority: Authority) -> None:
    der = authority.issue().der()
    for refused in (Fault.CERTIFICATE_UNFIT, Fault.CERTIFICATE_REFUSED):  # revoked, say
        facts = read_certificate(der, "localhost", refused)
        assert facts
        assert facts.doubts == (Doubt.REFUSED,)


def test_names_are_plain_and_bounded() -> None:
    names = [x509.DNSName(f"n{number}.example") for number in range(1000)]
    many = x509.SubjectAlternativeName(names)
    facts = read_certificate(
        signed(name("good\u202eevil" + "x" * 40), lambda b: b.add_extension(many, critical=False))
    )
    assert facts is not None
    assert len(facts.names) == 40
    assert facts.subject.startswith("goodevil")


@pytest.mark.parametrize("subject", [x509.Name([]), name("Org", x509.NameOID.ORGANIZATION_NAME)])
def test_a_subject_without_a_common_name(subject: x509.Name) -> None:
    facts = read_certificate(signed(subject))
    assert facts is not None
    assert facts.subject in ("", "Org")


def test_broken_extensions_leave_the_dates() -> None:
    garbage = x509.UnrecognizedExtension(
        x509.oid.ExtensionOID.SUBJECT_ALTERNATIVE_NAME, b"\x30\x03abc"
    )
    facts = read_certificate(signed(name("x"), lambda b: b.add_extension(garbage, critical=False)))
    assert facts is not None
    assert facts.names == ()
    assert facts.not_after > NOW


@cache
def example() -> bytes:
    san = x509.SubjectAlternativeName([x509.DNSName("a.example")])
    return signed(name("x"), lambda b: b.add_extension(san, critical=False))


@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
@given(st.lists(st.tuples(st.integers(0, 600), st.integers(0, 255)), min_size=1, max_size=6))
def test_a_damaged_certificate_never_raises(damage: list[tuple[int, int]]) -> None:
    der = bytearray(example())
    for place, value in damage:
        der[place % len(der)] = value
    facts = read_certificate(bytes(der))
    assert facts is None or len(facts.sha256) == 64


@given(st.binary(max_size=200))
def test_noise_never_raises(noise: bytes) -> None:
    assert read_certificate(noise) is None


def test_the_certificate_makes_the_platforms_reason_exact(authority: Authority) -> None:
    def facts(made: ServerCertificate) -> Certificate:
        found = read_certificate(made.der())
        assert found
        return found

    early, late = facts(authority.not_yet_valid()), facts(authority.expired())
    own = facts(authority.self_signed())
    expired, unknown = Fault.CERTIFICATE_EXPIRED, Fault.CERTIFICATE_UNKNOWN_AUTHORITY
    assert judged(expired, early) is Fault.CERTIFICATE_NOT_YET_VALID  # one code on Windows
    assert judged(expired, late) is expired
    assert judged(unknown, replace(late, self_signed=False)) is unknown
    assert judged(unknown, own) is Fault.CERTIFICATE_SELF_SIGNED
    assert judged(unknown, None) is unknown
    assert judged(Fault.CERTIFICATE_WRONG_HOST, own) is Fault.CERTIFICATE_WRONG_HOST
