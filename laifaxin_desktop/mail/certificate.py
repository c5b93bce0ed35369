"""What a certificate says and what speaks against it, for people to read; trusts nothing in it."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from laifaxin_desktop.model.problem import UNFIT, UNVOUCHED, Certificate, Doubt, Fault

from .words import readable

if TYPE_CHECKING:
    from cryptography import x509

_MOST_NAMES, _MOST_TEXT = 40, 120
_LEAST_RSA, _LEAST_CURVE = 2048, 224  # bits: 112 of strength, as OpenSSL's security level 2 wants
_WEAK_DIGESTS = ("md5", "sha1")
_SERVER_USAGES = {"1.3.6.1.5.5.7.3.1", "2.5.29.37.0"}  # serverAuth, any (RFC 5280 4.2.1.12)
_BY_FAULT = {
    Fault.CERTIFICATE_SELF_SIGNED: Doubt.SELF_SIGNED,
    Fault.CERTIFICATE_UNKNOWN_AUTHORITY: Doubt.UNKNOWN_AUTHORITY,
    Fault.CERTIFICATE_WRONG_HOST: Doubt.WRONG_HOST,
    Fault.CERTIFICATE_EXPIRED: Doubt.EXPIRED,
    Fault.CERTIFICATE_NOT_YET_VALID: Doubt.NOT_YET_VALID,
}


def read_certificate(
    der: bytes, host: str = "", refused: Fault | None = None
) -> Certificate | None:
    """The facts of a certificate; None when it cannot be read.

    With the host it was shown for, and the verifier's reason to refuse it, all doubts are among
    the facts. Slow at first use (imports cryptography): call it in a thread.
    """
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes

    # A server shows what it likes; none of these is a ValueError.
    broken = (
        ValueError,
        TypeError,
        UnsupportedAlgorithm,
        x509.InvalidVersion,
        x509.DuplicateExtension,
        x509.UnsupportedGeneralNameType,
    )
    try:
        found = x509.load_der_x509_certificate(der)
        facts = Certificate(
            names=(),
            subject=_title(found.subject),
            issuer=_title(found.issuer),
            not_before=found.not_valid_before_utc,
            not_after=found.not_valid_after_utc,
            sha256=found.fingerprint(hashes.SHA256()).hex(),
            self_signed=found.issuer == found.subject,
        )
    except broken:
        return None
    names: list[str] = []
    unfit: set[Doubt] = set()
    try:
        names, issuer_url = _names(found), _issuer_url(found)
        facts = replace(
            facts,
            names=tuple(_short(name) for name in names[:_MOST_NAMES]),
            issuer_url=issuer_url,
            key=_key(found),
            digest=_digest(found),
        )
        unfit = set(_unfit(found))
    except broken:
        unfit = {Doubt.REFUSED}  # better without names than without dates
    if not host:
        return facts
    doubts = unfit | _of_dates(facts)
    if not any(_names_host(name, host) for name in names):
        doubts.add(Doubt.WRONG_HOST)
    return replace(facts, doubts=_with_reason(doubts, facts, refused))


def _with_reason(
    doubts: set[Doubt], facts: Certificate, refused: Fault | None
) -> tuple[Doubt, ...]:
    """The doubts with the verifier's own, which knows who vouches; in the order of their names."""
    if refused in (Fault.CERTIFICATE_UNFIT, Fault.CERTIFICATE_REFUSED) and not doubts & UNFIT:
        doubts.add(Doubt.REFUSED)
    elif refused in _BY_FAULT:
        doubts.add(_BY_FAULT[refused])
    if refused and facts.self_signed:
        doubts = doubts - UNVOUCHED | {Doubt.SELF_SIGNED}
    return tuple(doubt for doubt in Doubt if doubt in doubts)


def _of_dates(facts: Certificate) -> set[Doubt]:
    now = datetime.now(UTC)
    if now > facts.not_after:
        return {Doubt.EXPIRED}
    return {Doubt.NOT_YET_VALID} if now < facts.not_before else set()


def _names_host(name: str, host: str) -> bool:
    """Whether a name of a certificate is that of the host (RFC 9525 section 6.3)."""
    try:
        return ipaddress.ip_address(name) == ipaddress.ip_address(host.split("%")[0])
    except ValueError:
        pass
    name, host = name.lower().removesuffix("."), host.lower().removesuffix(".")
    if name.startswith("*."):  # one whole label, and not of a top-level domain
        return "." in name[2:] and host.partition(".")[2] == name[2:]
    return name == host


def _names(found: x509.Certificate) -> list[str]:
    from cryptography import x509

    names: list[str] = []
    for extension in found.extensions:
        if isinstance(extension.value, x509.SubjectAlternativeName):
            names += extension.value.get_values_for_type(x509.DNSName)
            names += map(str, extension.value.get_values_for_type(x509.IPAddress))
    return names


def _unfit(found: x509.Certificate) -> Iterator[Doubt]:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa

    match key := found.public_key():
        case rsa.RSAPublicKey() | dsa.DSAPublicKey() if key.key_size < _LEAST_RSA:
            yield Doubt.WEAK_KEY
        case ec.EllipticCurvePublicKey() if key.key_size < _LEAST_CURVE:
            yield Doubt.WEAK_KEY
    if _digest(found).lower() in _WEAK_DIGESTS:
        yield Doubt.WEAK_DIGEST
    for extension in found.extensions:
        match value := extension.value:
            case x509.ExtendedKeyUsage() if not _SERVER_USAGES & {
                use.dotted_string for use in value
            }:
                yield Doubt.WRONG_PURPOSE
            case x509.KeyUsage() if not (
                value.digital_signature or value.key_encipherment or value.key_agreement
            ):
                yield Doubt.WRONG_PURPOSE


def _key(found: x509.Certificate) -> str:
    key = found.public_key()
    kind = type(key).__name__.removesuffix("PublicKey").removeprefix("_")
    kind = "EC" if kind.startswith("EllipticCurve") or kind == "EC" else kind
    return f"{kind} {getattr(key, 'key_size', '')}".strip()


def _digest(found: x509.Certificate) -> str:
    algorithm = found.signature_hash_algorithm
    return algorithm.name.upper() if algorithm else ""


def _issuer_url(found: x509.Certificate) -> str | None:
    from cryptography import x509

    for extension in found.extensions:
        if isinstance(extension.value, x509.AuthorityInformationAccess):
            for row in extension.value:
                if row.access_method == x509.oid.AuthorityInformationAccessOID.CA_ISSUERS:
                    return _short(str(getattr(row.access_location, "value", ""))) or None
    return None


def _title(name: x509.Name) -> str:
    from cryptography import x509

    for oid in (x509.NameOID.COMMON_NAME, x509.NameOID.ORGANIZATION_NAME):
        for attribute in name.get_attributes_for_oid(oid):
            return _short(attribute.value)
    return _short(name.rfc4514_string())


def _short(text: bytes | str) -> str:
    return readable(text)[:_MOST_TEXT]


def judged(fault: Fault, facts: Certificate | None) -> Fault:
    """The verifier's reason, made exact by the certificate itself.

    Platforms' verifiers have one code for both wrong dates, and none for self-signed; OpenSSL
    stops at who vouches for a certificate, though it may be unfit besides.
    """
    if facts is None:
        return fault
    unvouched = (Fault.CERTIFICATE_SELF_SIGNED, Fault.CERTIFICATE_UNKNOWN_AUTHORITY)
    if fault in unvouched and UNFIT & {*facts.doubts}:
        return Fault.CERTIFICATE_UNFIT
    if fault is Fault.CERTIFICATE_EXPIRED and facts.not_before > datetime.now(UTC):
        return Fault.CERTIFICATE_NOT_YET_VALID
    if fault is Fault.CERTIFICATE_UNKNOWN_AUTHORITY and facts.self_signed:
        return Fault.CERTIFICATE_SELF_SIGNED
    return fault
