"""A throw-away certificate authority: good server certificates, and each kind of faulty one."""

from __future__ import annotations

import datetime
import hashlib
import ipaddress
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

# Microsoft's mail in its four clouds, then its sign-in pages and Graph.
MICROSOFT_MAIL_NAMES = (
    "outlook.office365.com",
    "smtp.office365.com",
    "smtp-mail.outlook.com",
    "outlook.office365.us",
    "smtp.office365.us",
    "outlook-dod.office365.us",
    "partner.outlook.cn",
    "smtp.partner.outlook.cn",
)
MICROSOFT_WEB_NAMES = (
    "login.microsoftonline.com",
    "login.microsoftonline.us",
    "login.partner.microsoftonline.cn",
    "login.microsoft.com",
    "microsoft.com",
    "www.microsoft.com",
    "graph.microsoft.com",
    "graph.microsoft.us",
    "dod-graph.microsoft.us",
    "microsoftgraph.chinacloudapi.cn",
)
PROVIDER_NAMES = (
    *MICROSOFT_MAIL_NAMES,
    *MICROSOFT_WEB_NAMES,
    "imap.qq.com",
    "pop.qq.com",
    "smtp.qq.com",
    "imap.163.com",
    "pop.163.com",
    "smtp.163.com",
    "imap.126.com",
    "pop.126.com",
    "smtp.126.com",
    "imap.yeah.net",
    "pop.yeah.net",
    "smtp.yeah.net",
    "imap.gmail.com",
    "pop.gmail.com",
    "smtp.gmail.com",
    "imap.mail.me.com",
    "smtp.mail.me.com",
    "imap.exmail.qq.com",
    "pop.exmail.qq.com",
    "smtp.exmail.qq.com",
    "imap.aliyun.com",
    "pop3.aliyun.com",
    "smtp.aliyun.com",
    "imap.sina.com",
    "pop.sina.com",
    "smtp.sina.com",
    "imap.mail.yahoo.com",
    "pop.mail.yahoo.com",
    "smtp.mail.yahoo.com",
)
LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")
ALL_NAMES = LOCAL_NAMES + PROVIDER_NAMES
_DAY = datetime.timedelta(days=1)


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name.encode("idna").decode("ascii"))


@dataclass(frozen=True, slots=True)
class ServerCertificate:
    """A chain file and a key file, as servers want them."""

    chain: Path
    key: Path
    weak: bool = False  # OpenSSL would not show it without being told to

    def context(self) -> ssl.SSLContext:
        """What an in-process server of a test speaks TLS with."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if self.weak:
            context.set_ciphers("DEFAULT:@SECLEVEL=0")
        context.load_cert_chain(self.chain, self.key)
        return context

    def der(self) -> bytes:
        """The leaf, as a client gets it to see."""
        leaf = x509.load_pem_x509_certificates(self.chain.read_bytes())[0]
        return leaf.public_bytes(serialization.Encoding.DER)

    def sha256(self) -> str:
        """The fingerprint of the leaf, as an exception to trust would pin it."""
        return hashlib.sha256(self.der()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Issuer:
    name: x509.Name
    key: Key


def _new_issuer(
    title: str, parent: _Issuer | None = None, key: Key | None = None
) -> tuple[_Issuer, x509.Certificate]:
    key = key or ec.generate_private_key(ec.SECP256R1())
    name = _name(title)
    issuer_name, issuer_key = (parent.name, parent.key) if parent else (name, key)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer_name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_now() - 3650 * _DAY)
        .not_valid_after(_now() + 3650 * _DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=False,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=True,
                crl_sign=True,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
        .sign(issuer_key, hashes.SHA256())
    )
    return _Issuer(name, key), certificate


class Authority:
    """Keeps its files in one folder; `bundle` is what a client must trust."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self._root, root_certificate = _new_issuer("Test authority of laifaxin")
        self._stranger, _ = _new_issuer("Nobody's authority")
        self._count = 0
        self.bundle = folder / "bundle.pem"
        self.bundle.write_bytes(root_certificate.public_bytes(serialization.Encoding.PEM))

    def environment(self) -> dict[str, str]:
        """Variables that make OpenSSL, truststore, httpx and requests trust `bundle`."""
        return {"SSL_CERT_FILE": str(self.bundle), "REQUESTS_CA_BUNDLE": str(self.bundle)}

    def client_context(self) -> ssl.SSLContext:
        """A verifying client context that trusts this authority and nobody else."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(self.bundle)
        return context

    def issue(self, *names: str) -> ServerCertificate:
        """A good certificate; without names, for every name of the test bed."""
        return self._issue(names or ALL_NAMES)

    # The faulty ones, named as the faults are.

    def expired(self, *names: str) -> ServerCertificate:
        """Good until yesterday."""
        return self._issue(names or ALL_NAMES, begin=_now() - 90 * _DAY, end=_now() - _DAY)

    def not_yet_valid(self, *names: str) -> ServerCertificate:
        """Good from tomorrow."""
        return self._issue(names or ALL_NAMES, begin=_now() + _DAY, end=_now() + 90 * _DAY)

    def other_host(self) -> ServerCertificate:
        """Good, for somebody else."""
        return self._issue(("elsewhere.example",))

    def name_only_in_subject(self, name: str = "localhost") -> ServerCertificate:
        """The right name in the old place, which does not count any more."""
        return self._issue(("elsewhere.example",), subject=name)

    def no_alternative_names(self, name: str = "localhost") -> ServerCertificate:
        """The right name in the old place, and no new place at all."""
        return self._issue((), subject=name)

    def wildcard_too_deep(self, domain: str = "localhost") -> ServerCertificate:
        """A star that stands for one label, where there is none, or are two."""
        return self._issue((f"*.{domain}", f"*.mail.{domain}"))

    def self_signed(self, *names: str, **more: Any) -> ServerCertificate:
        """Vouches for itself; `more` is what else is wrong with it."""
        return self._issue(names or ALL_NAMES, by_itself=True, **more)

    def self_signed_and_expired(self, *names: str) -> ServerCertificate:
        """Vouched for itself until yesterday."""
        return self.self_signed(*names, begin=_now() - 90 * _DAY, end=_now() - _DAY)

    def self_signed_for_clients(self, *names: str) -> ServerCertificate:
        """Vouches for itself, as a client."""
        return self.self_signed(*names, usage=ExtendedKeyUsageOID.CLIENT_AUTH)

    def self_signed_weak_key(self, *names: str) -> ServerCertificate:
        """Vouches for itself with 1024 bits of RSA."""
        return self.self_signed(*names, key=rsa.generate_private_key(65537, 1024))

    def unknown_authority(self, *names: str) -> ServerCertificate:
        """Signed by an authority that is in nobody's bundle."""
        return self._issue(names or ALL_NAMES, issuer=self._stranger)

    def incomplete(self, *names: str) -> ServerCertificate:
        """Signed by an intermediate that the server forgets to send, though AIA names it."""
        between, _ = _new_issuer("Test intermediate of laifaxin", self._root)
        return self._issue(names or ALL_NAMES, issuer=between, aia="http://aia.invalid/ca.crt")

    def chained(self, *names: str) -> ServerCertificate:
        """Good, and signed by an intermediate that the server does send."""
        between, certificate = _new_issuer("Test intermediate of laifaxin", self._root)
        return self._issue(names or ALL_NAMES, issuer=between, sent=certificate)

    def wrong_purpose(self, *names: str) -> ServerCertificate:
        """A client's certificate."""
        return self._issue(names or ALL_NAMES, usage=ExtendedKeyUsageOID.CLIENT_AUTH)

    def weak_key(self, *names: str) -> ServerCertificate:
        """1024 bits of RSA."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=1024)
        return self._issue(names or ALL_NAMES, key=key)

    def weak_digest(self, *names: str) -> ServerCertificate:
        """Signed with SHA-1, by an intermediate that is good."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        between, certificate = _new_issuer("Old intermediate of laifaxin", self._root, key)
        return self._issue(names or ALL_NAMES, issuer=between, sent=certificate, sha1=True)

    def careless(self, *names: str) -> ServerCertificate:
        """Good, but not strictly RFC 5280 (real providers do so): without key identifiers, and
        with basic constraints that are not critical.
        """
        return self._issue(names or ALL_NAMES, strict=False)

    def _issue(
        self,
        names: Sequence[str],
        *,
        begin: datetime.datetime | None = None,
        end: datetime.datetime | None = None,
        issuer: _Issuer | None = None,
        by_itself: bool = False,
        subject: str = "laifaxin test server",
        usage: x509.ObjectIdentifier = ExtendedKeyUsageOID.SERVER_AUTH,
        key: Key | None = None,
        aia: str | None = None,
        strict: bool = True,
        sent: x509.Certificate | None = None,
        sha1: bool = False,
    ) -> ServerCertificate:
        if key is None:
            key = ec.generate_private_key(ec.SECP256R1())
        if by_itself:
            issuer = _Issuer(_name(subject), key)
        signer = issuer or self._root
        builder = (
            x509.CertificateBuilder()
            .subject_name(_name(subject))
            .issuer_name(signer.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin or _now() - _DAY)
            .not_valid_after(end or _now() + 30 * _DAY)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=strict)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        )
        if names:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([_alternative(name) for name in names]),
                critical=False,
            )
        if strict:
            builder = builder.add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
            ).add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.key.public_key()),
                critical=False,
            )
        if aia is not None:
            access = x509.AccessDescription(
                AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier(aia)
            )
            builder = builder.add_extension(
                x509.AuthorityInformationAccess([access]), critical=False
            )
        leaf = builder.sign(signer.key, hashes.SHA256())
        if sha1:
            assert isinstance(signer.key, rsa.RSAPrivateKey)
            leaf = _signed_again(leaf, signer.key)
        return self._write(
            [leaf, *([sent] if sent else [])], key, weak=sha1 or key.key_size == 1024
        )

    def _write(
        self, chain: Sequence[x509.Certificate], key: Key, *, weak: bool
    ) -> ServerCertificate:
        self._count += 1
        made = ServerCertificate(
            self.folder / f"server-{self._count}.pem",
            self.folder / f"server-{self._count}.key",
            weak,
        )
        made.chain.write_bytes(
            b"".join(each.public_bytes(serialization.Encoding.PEM) for each in chain)
        )
        made.key.touch(mode=0o600)
        made.key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.TraditionalOpenSSL,
                serialization.NoEncryption(),
            )
        )
        return made


# sha256WithRSAEncryption and sha1WithRSAEncryption, as they stand in a certificate (RFC 8017).
_SHA256_RSA, _SHA1_RSA = (bytes.fromhex(f"06092a864886f70d0101{last}") for last in ("0b", "05"))


def _signed_again(leaf: x509.Certificate, key: rsa.RSAPrivateKey) -> x509.Certificate:
    """The same, signed with SHA-1: a library of today does not do that any more."""
    words = leaf.tbs_certificate_bytes
    assert words.count(_SHA256_RSA) == 1
    weak = words.replace(_SHA256_RSA, _SHA1_RSA)
    signature = key.sign(weak, padding.PKCS1v15(), hashes.SHA1())
    whole = leaf.public_bytes(serialization.Encoding.DER).replace(words, weak)
    whole = whole.replace(_SHA256_RSA, _SHA1_RSA)
    return x509.load_der_x509_certificate(whole[: -len(signature)] + signature)
