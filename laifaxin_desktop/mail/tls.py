"""The client's TLS: its one context, a session over bytes that others carry, certificate facts."""

from __future__ import annotations

import contextlib
import ssl
import sys
from datetime import UTC, datetime

from laifaxin_desktop.model.problem import Certificate, Fault

from .words import readable

_MOST_NAMES, _MOST_TEXT = 40, 120


def client_context() -> ssl.SSLContext:
    """What every probe verifies servers with; blocks while it reads the authorities' files.

    Called once, in a thread, by app.py. On Linux OpenSSL's own paths (`SSL_CERT_FILE` is
    honoured); elsewhere the platform judges, through truststore.
    """
    context: ssl.SSLContext
    if sys.platform == "linux":
        context = ssl.create_default_context()  # noqa: TID251 - the only place
        # A name in the subject's CN does not count (RFC 9525); Python would accept it.
        context.hostname_checks_common_name = False
    else:
        import truststore

        context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # On by default from Python 3.13; certificates of real providers fail it.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def looking_context() -> ssl.SSLContext:
    """For looking at a certificate that was refused; nothing is ever sent over it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("DEFAULT:@SECLEVEL=0")  # else a weak key could not be shown
    return context


class Session:
    """TLS as a pure machine: bytes in, bytes out.

    Not asyncio's own: here the first bytes of a server that speaks no TLS can still be read, a
    session starts on any connection, and every event loop will do.
    """

    def __init__(self, context: ssl.SSLContext, host: str) -> None:
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        # A scope ("%eth0") is this computer's business, not the certificate's.
        self._tls = context.wrap_bio(self._in, self._out, server_hostname=host.split("%")[0])
        self.closed = False

    def shake(self) -> bool:
        """Go on with the handshake; True once it is done.

        :raises ssl.SSLError:
        """
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        return True

    @property
    def encrypted(self) -> bool:
        """Whether a cipher is in force, as OpenSSL says."""
        return self._tls.cipher() is not None

    def feed(self, raw: bytes) -> None:
        """What the network brought."""
        self._in.write(raw)

    def open_into(self, plain: bytearray) -> None:
        """Append all that can be decrypted; sets `closed` when the peer said good-bye.

        :raises ssl.SSLError:
        """
        try:
            while not self.closed:
                part = self._tls.read(65536)
                plain += part
                self.closed = not part
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            self.closed = True

    def seal(self, plain: bytes) -> None:
        """Encrypt; `outgoing` has it then."""
        self._tls.write(plain)

    def say_goodbye(self) -> None:
        """Put a close_notify into `outgoing`; the peer's is not waited for."""
        with contextlib.suppress(ssl.SSLError):  # the peer's own is still missing, or it is gone
            self._tls.unwrap()

    def outgoing(self) -> bytes:
        """What the network must take."""
        return self._out.read()

    def peer(self) -> bytes | None:
        """The peer's certificate, DER."""
        return self._tls.getpeercert(binary_form=True)


def read_certificate(der: bytes) -> Certificate | None:
    """The facts of a certificate, for people; None when it cannot be read.

    Slow at first use (imports cryptography): call it in a thread.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    try:
        found = x509.load_der_x509_certificate(der)
        names: list[str] = []
        issuer_url = None
        for extension in found.extensions:
            match extension.value:
                case x509.SubjectAlternativeName() as san:
                    names += san.get_values_for_type(x509.DNSName)
                    names += map(str, san.get_values_for_type(x509.IPAddress))
                case x509.AuthorityInformationAccess() as access:
                    for row in access:
                        if row.access_method == x509.oid.AuthorityInformationAccessOID.CA_ISSUERS:
                            issuer_url = str(getattr(row.access_location, "value", "")) or None
        return Certificate(
            names=tuple(readable(name)[:_MOST_TEXT] for name in names[:_MOST_NAMES]),
            subject=_short(found.subject),
            issuer=_short(found.issuer),
            not_before=found.not_valid_before_utc,
            not_after=found.not_valid_after_utc,
            sha256=found.fingerprint(hashes.SHA256()).hex(),
            self_signed=found.issuer == found.subject,
            issuer_url=issuer_url and readable(issuer_url)[:_MOST_TEXT],
        )
    except ValueError:
        return None


def _short(name: object) -> str:
    from cryptography import x509

    assert isinstance(name, x509.Name)
    for oid in (x509.NameOID.COMMON_NAME, x509.NameOID.ORGANIZATION_NAME):
        for attribute in name.get_attributes_for_oid(oid):
            return readable(attribute.value)[:_MOST_TEXT]
    return readable(name.rfc4514_string())[:_MOST_TEXT]


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
