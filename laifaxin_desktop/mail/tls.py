"""The client's TLS: its one context, and a session over bytes that others carry."""

from __future__ import annotations

import contextlib
import ssl
import sys


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


def excepting_context() -> ssl.SSLContext:
    """For a server whose certificate a person has excepted; as strict in all but who vouches.

    It takes any certificate: whoever uses it compares the fingerprint before a byte is sent. So
    there is one handshake only: in a second one, within TLS 1.2, nobody would look again.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
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
