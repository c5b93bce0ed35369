"""The facts of a certificate that was refused, for people to read; trusts nothing in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from laifaxin_desktop.model.problem import Certificate, Fault

from .words import readable

if TYPE_CHECKING:
    from cryptography import x509

_MOST_NAMES, _MOST_TEXT = 40, 120


def read_certificate(der: bytes) -> Certificate | None:
    """The facts of a certificate; None when it cannot be read.

    Slow at first use (imports cryptography): call it in a thread.
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
    try:
        names, issuer_url = _names(found), _issuer_url(found)
    except broken:
        return facts  # better without names than without dates
    return replace(facts, names=names, issuer_url=issuer_url)


def _names(found: x509.Certificate) -> tuple[str, ...]:
    from cryptography import x509

    names: list[str] = []
    for extension in found.extensions:
        if isinstance(extension.value, x509.SubjectAlternativeName):
            names += extension.value.get_values_for_type(x509.DNSName)
            names += map(str, extension.value.get_values_for_type(x509.IPAddress))
    return tuple(_short(name) for name in names[:_MOST_NAMES])


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

    Platforms' verifiers have one code for both wrong dates, and none for self-signed.
    """
    if facts is None:
        return fault
    if fault is Fault.CERTIFICATE_EXPIRED and facts.not_before > datetime.now(UTC):
        return Fault.CERTIFICATE_NOT_YET_VALID
    if fault is Fault.CERTIFICATE_UNKNOWN_AUTHORITY and facts.self_signed:
        return Fault.CERTIFICATE_SELF_SIGNED
    return fault
