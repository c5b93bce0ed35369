"""The only map from exceptions to faults; refuses to guess: what it does not know is UNEXPECTED."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl

from laifaxin_desktop.model.problem import Fault

# What a look-up or a connection may raise. Any other exception is a bug of ours and is let through.
WORLD = (OSError, UnicodeError, EOFError, asyncio.LimitOverrunError)

# X509_V_ERR_* of openssl/x509_vfy.h.
_BY_VERIFY_CODE = {
    2: Fault.CERTIFICATE_UNKNOWN_AUTHORITY,  # issuer not found
    9: Fault.CERTIFICATE_NOT_YET_VALID,
    10: Fault.CERTIFICATE_EXPIRED,
    18: Fault.CERTIFICATE_SELF_SIGNED,
    19: Fault.CERTIFICATE_UNKNOWN_AUTHORITY,  # self-signed root in the chain
    20: Fault.CERTIFICATE_UNKNOWN_AUTHORITY,  # issuer not found locally
    21: Fault.CERTIFICATE_UNKNOWN_AUTHORITY,  # the chain is the leaf alone
    23: Fault.CERTIFICATE_UNFIT,  # revoked
    26: Fault.CERTIFICATE_UNFIT,  # wrong purpose
    62: Fault.CERTIFICATE_WRONG_HOST,
    64: Fault.CERTIFICATE_WRONG_HOST,  # IP address
    66: Fault.CERTIFICATE_UNFIT,  # weak key of the leaf
    67: Fault.CERTIFICATE_UNFIT,  # weak key of an authority
    68: Fault.CERTIFICATE_UNFIT,  # weak digest
    # truststore hands on the platform's own numbers. Windows: CERT_E_*, CRYPT_E_REVOKED.
    0x800B0101: Fault.CERTIFICATE_EXPIRED,
    0x800B0109: Fault.CERTIFICATE_UNKNOWN_AUTHORITY,
    0x800B010A: Fault.CERTIFICATE_UNKNOWN_AUTHORITY,
    0x800B010C: Fault.CERTIFICATE_UNFIT,
    0x800B010F: Fault.CERTIFICATE_WRONG_HOST,
    0x800B0110: Fault.CERTIFICATE_UNFIT,
    0x80092010: Fault.CERTIFICATE_UNFIT,
    # macOS: errSec* of SecBase.h.
    -67818: Fault.CERTIFICATE_EXPIRED,
    -67819: Fault.CERTIFICATE_NOT_YET_VALID,
    -67602: Fault.CERTIFICATE_WRONG_HOST,
    -67843: Fault.CERTIFICATE_UNKNOWN_AUTHORITY,
    -25318: Fault.CERTIFICATE_UNKNOWN_AUTHORITY,
    -67820: Fault.CERTIFICATE_UNFIT,  # revoked
    -67609: Fault.CERTIFICATE_UNFIT,  # extended key usage
}
_BY_TLS_REASON = {
    "UNSUPPORTED_PROTOCOL": Fault.TLS_VERSION,
    "TLSV1_ALERT_PROTOCOL_VERSION": Fault.TLS_VERSION,
    "VERSION_TOO_LOW": Fault.TLS_VERSION,
    "WRONG_SSL_VERSION": Fault.TLS_VERSION,
    "NO_PROTOCOLS_AVAILABLE": Fault.TLS_VERSION,
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": Fault.CLIENT_CERTIFICATE,
    "UNEXPECTED_EOF_WHILE_READING": Fault.CLOSED,
    "PROTOCOL_IS_SHUTDOWN": Fault.CLOSED,
}
_NO_SUCH_NAME = {
    getattr(socket, name)
    for name in ("EAI_NONAME", "EAI_NODATA", "EAI_ADDRFAMILY", "EAI_FAMILY")
    if hasattr(socket, name)
} | {11001, 11004}  # WSAHOST_NOT_FOUND, WSANO_DATA
_BY_ERRNO = {
    errno.ECONNREFUSED: Fault.REFUSED,
    errno.ETIMEDOUT: Fault.TIMEOUT,
    **dict.fromkeys(
        # EACCES and EPERM: a firewall on this computer or an ICMP "prohibited".
        (
            errno.ENETUNREACH,
            errno.EHOSTUNREACH,
            errno.ENETDOWN,
            errno.EHOSTDOWN,
            errno.EADDRNOTAVAIL,
            errno.EAFNOSUPPORT,
            errno.EACCES,
            errno.EPERM,
            errno.ENOPROTOOPT,
        ),
        Fault.UNREACHABLE,
    ),
    **dict.fromkeys(
        (
            errno.ECONNRESET,
            errno.ECONNABORTED,
            errno.EPIPE,
            errno.ESHUTDOWN,
            errno.ENOTCONN,
            errno.ENETRESET,
            errno.EBADF,
            errno.EPROTO,
        ),
        Fault.CLOSED,
    ),
}
_BY_WINERROR = {
    64: Fault.CLOSED,  # ERROR_NETNAME_DELETED
    121: Fault.TIMEOUT,  # ERROR_SEM_TIMEOUT
    1225: Fault.REFUSED,
    1231: Fault.UNREACHABLE,
    1232: Fault.UNREACHABLE,
    1236: Fault.CLOSED,
}
# httpx and httpcore are imported late; they call the same things by the same names. The others of
# their errors are bugs of ours, or cannot happen over a wire of ours.
_BY_HTTP = {
    **dict.fromkeys(
        ("TimeoutException", "ConnectTimeout", "ReadTimeout", "WriteTimeout", "PoolTimeout"),
        Fault.TIMEOUT,
    ),
    **dict.fromkeys(
        ("NetworkError", "ConnectError", "ReadError", "WriteError", "CloseError"), Fault.CLOSED
    ),
    **dict.fromkeys(("ProtocolError", "RemoteProtocolError", "DecodingError"), Fault.GARBLED),
}


def fault_of(error: BaseException) -> Fault:
    """The fault that an exception of a look-up or a connection stands for."""
    match error:
        case ssl.SSLCertVerificationError():
            code = getattr(error, "verify_code", 0)
            return _BY_VERIFY_CODE.get(code, Fault.CERTIFICATE_REFUSED)
        case ssl.SSLEOFError() | ssl.SSLZeroReturnError():
            return Fault.CLOSED
        case ssl.SSLSyscallError():
            return Fault.CLOSED
        case ssl.SSLError():
            return _BY_TLS_REASON.get(getattr(error, "reason", None) or "", Fault.TLS_FAILED)
        case socket.gaierror() if error.errno in _NO_SUCH_NAME:
            return Fault.NAME_NOT_FOUND
        case socket.gaierror() | socket.herror():
            return Fault.LOOKUP_FAILED
        case UnicodeError():
            return Fault.BAD_HOST_NAME
        case EOFError():
            return Fault.CLOSED
        case asyncio.LimitOverrunError():
            return Fault.GARBLED
        case OSError():
            return _of_system(error)
    if type(error).__module__.partition(".")[0] in ("httpx", "httpcore"):
        return _BY_HTTP.get(type(error).__name__, Fault.UNEXPECTED)
    return Fault.UNEXPECTED


def _of_system(error: OSError) -> Fault:
    if found := _BY_WINERROR.get(getattr(error, "winerror", 0)):
        return found
    if error.errno in _BY_ERRNO:
        return _BY_ERRNO[error.errno]
    match error:  # raised without a number
        case ConnectionRefusedError():
            return Fault.REFUSED
        case ConnectionError():
            return Fault.CLOSED
        case TimeoutError():
            return Fault.TIMEOUT
    return Fault.UNEXPECTED


def detail_of(error: BaseException) -> str:
    """An error's own name for the report; its text is left out, since it may quote a secret."""
    name = type(error).__name__
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"{name} {getattr(error, 'verify_code', '')}".strip()
    if isinstance(error, ssl.SSLError):
        return f"{name} {getattr(error, 'reason', None) or ''}".strip()
    if isinstance(error, OSError) and error.errno is not None:
        return f"{name} {errno.errorcode.get(error.errno, error.errno)}"
    return name
