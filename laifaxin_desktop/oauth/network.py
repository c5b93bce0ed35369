"""Turns what requests and the operating system raise into faults; refuses to guess."""

from __future__ import annotations

import errno
import re
import socket
import ssl
from collections.abc import Iterator
from dataclasses import replace

from laifaxin_desktop.model.problem import Evidence, Fault, Stage

_BY_VERIFY_CODE = {  # X509_V_ERR_* of openssl/x509_vfy.h
    2: Fault.CERTIFICATE_UNKNOWN_AUTHORITY,
    9: Fault.CERTIFICATE_NOT_YET_VALID,
    10: Fault.CERTIFICATE_EXPIRED,
    18: Fault.CERTIFICATE_SELF_SIGNED,
    19: Fault.CERTIFICATE_UNKNOWN_AUTHORITY,
    20: Fault.CERTIFICATE_UNKNOWN_AUTHORITY,
    21: Fault.CERTIFICATE_UNKNOWN_AUTHORITY,
    23: Fault.CERTIFICATE_UNFIT,
    26: Fault.CERTIFICATE_UNFIT,
    62: Fault.CERTIFICATE_WRONG_HOST,
    64: Fault.CERTIFICATE_WRONG_HOST,
    66: Fault.CERTIFICATE_UNFIT,
    67: Fault.CERTIFICATE_UNFIT,
    68: Fault.CERTIFICATE_UNFIT,
}
_BY_TLS_REASON = {
    "UNSUPPORTED_PROTOCOL": Fault.TLS_VERSION,
    "TLSV1_ALERT_PROTOCOL_VERSION": Fault.TLS_VERSION,
    "VERSION_TOO_LOW": Fault.TLS_VERSION,
    "NO_PROTOCOLS_AVAILABLE": Fault.TLS_VERSION,
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": Fault.CLIENT_CERTIFICATE,
    "UNEXPECTED_EOF_WHILE_READING": Fault.CLOSED,
}
_NO_SUCH_NAME = {
    getattr(socket, name)
    for name in ("EAI_NONAME", "EAI_NODATA", "EAI_ADDRFAMILY", "EAI_FAMILY")
    if hasattr(socket, name)
} | {11001, 11004}  # WSAHOST_NOT_FOUND, WSANO_DATA
_BY_ERRNO = {
    errno.ECONNREFUSED: Fault.REFUSED,
    errno.ETIMEDOUT: Fault.TIMEOUT,
    errno.ENETUNREACH: Fault.UNREACHABLE,
    errno.EHOSTUNREACH: Fault.UNREACHABLE,
    errno.ENETDOWN: Fault.UNREACHABLE,
    errno.EHOSTDOWN: Fault.UNREACHABLE,
    errno.EADDRNOTAVAIL: Fault.UNREACHABLE,
    errno.EAFNOSUPPORT: Fault.UNREACHABLE,
    errno.EACCES: Fault.UNREACHABLE,  # a firewall of this computer
    errno.EPERM: Fault.UNREACHABLE,
    errno.ECONNRESET: Fault.CLOSED,
    errno.ECONNABORTED: Fault.CLOSED,
    errno.EPIPE: Fault.CLOSED,
    errno.ENOTCONN: Fault.CLOSED,
    errno.ESHUTDOWN: Fault.CLOSED,
    errno.EBADF: Fault.CLOSED,
}
# Of requests and urllib3, by name: where nothing below them tells more.
_BY_NAME = {
    "ConnectTimeout": Fault.TIMEOUT,
    "ConnectTimeoutError": Fault.TIMEOUT,
    "NewConnectionError": Fault.UNREACHABLE,
    "ReadTimeout": Fault.TIMEOUT,
    "ReadTimeoutError": Fault.TIMEOUT,
    "Timeout": Fault.TIMEOUT,
    "NameResolutionError": Fault.NAME_NOT_FOUND,
    "ProxyError": Fault.UNREACHABLE,
    "RemoteDisconnected": Fault.CLOSED,
    "IncompleteRead": Fault.CLOSED,
    "ProtocolError": Fault.CLOSED,
    "ChunkedEncodingError": Fault.CLOSED,
    "BadStatusLine": Fault.GARBLED,
    "LineTooLong": Fault.GARBLED,
    "HTTPException": Fault.GARBLED,
    "InvalidChunkLength": Fault.GARBLED,
    "DecodeError": Fault.GARBLED,
    "ContentDecodingError": Fault.GARBLED,
    "HeaderParsingError": Fault.GARBLED,
    "LocationParseError": Fault.BAD_HOST_NAME,
    "InvalidURL": Fault.BAD_HOST_NAME,
    "InvalidProxyURL": Fault.BAD_HOST_NAME,
    "SSLError": Fault.TLS_FAILED,
    "ConnectionError": Fault.UNREACHABLE,
}
_DEEPEST = 32


def unreachable(error: BaseException, host: str) -> Evidence:
    """Why the sign-in service could not be asked; its texts are left out, they quote requests."""
    chain = list(_chain(error))
    for each in reversed(chain):  # the cause at the bottom tells the most
        if fault := _of_system(each):
            return _evidence(fault, each, host)
    for each in reversed(chain):
        for kind in type(each).__mro__:
            if found := _BY_NAME.get(kind.__name__):
                return _evidence(found, each, host)
    return _evidence(Fault.UNEXPECTED, error, host)


def of_proxy(error: BaseException, host: str, address: str) -> Evidence:
    """Why the system's proxy did not get through; for what only requests speaks to."""
    found = re.search(r"Tunnel connection failed: ([1-5][0-9]{2})", str(error))
    fault = Fault.PROXY_UNREACHABLE
    if found:
        fault = Fault.PROXY_LOGIN if found[1] in ("401", "407") else Fault.PROXY_TARGET
    proxy = address.rpartition("@")[2].rpartition("//")[2].strip("/")
    seen = _evidence(fault, error, host)
    return replace(seen, codes=(found[1],) if found else (), proxy=proxy)


def _evidence(fault: Fault, error: BaseException, host: str) -> Evidence:
    more = ""
    if isinstance(error, ssl.SSLCertVerificationError):
        more = str(getattr(error, "verify_code", ""))
    elif isinstance(error, ssl.SSLError):
        more = getattr(error, "reason", None) or ""
    elif isinstance(error, OSError) and error.errno is not None:
        more = errno.errorcode.get(error.errno, str(error.errno))
    detail = f"{type(error).__name__} {more}".strip()
    return Evidence(Stage.SIGN_IN, fault, host=host, port=443, detail=detail)


def _of_system(error: BaseException) -> Fault | None:
    match error:
        case ssl.SSLCertVerificationError():
            code = getattr(error, "verify_code", 0)
            return _BY_VERIFY_CODE.get(code, Fault.CERTIFICATE_REFUSED)
        case ssl.SSLEOFError() | ssl.SSLZeroReturnError() | ssl.SSLSyscallError():
            return Fault.CLOSED
        case ssl.SSLError():
            return _BY_TLS_REASON.get(getattr(error, "reason", None) or "", Fault.TLS_FAILED)
        case socket.gaierror() | socket.herror():
            known = error.errno in _NO_SUCH_NAME
            return Fault.NAME_NOT_FOUND if known else Fault.LOOKUP_FAILED
        case UnicodeError():
            return Fault.BAD_HOST_NAME
        case OSError() if error.errno is not None:
            return _BY_ERRNO.get(error.errno)
        case TimeoutError():
            return Fault.TIMEOUT
    return None


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exception and all below it: urllib3 keeps causes in `reason` and in arguments."""
    seen: set[int] = set()
    waiting = [error]
    while waiting and len(seen) < _DEEPEST:
        each = waiting.pop(0)
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        below = [getattr(each, "reason", None), each.__cause__, each.__context__, *each.args]
        waiting += [one for one in below if isinstance(one, BaseException)]
