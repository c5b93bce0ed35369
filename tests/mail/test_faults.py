"""The exception map is complete: every error of sockets, TLS and asyncio has its fault."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from collections.abc import Iterator
from types import ModuleType

import httpcore
import httpx
import pytest

from laifaxin_desktop.mail.faults import WORLD, detail_of, fault_of
from laifaxin_desktop.model.problem import Fault

# Errors of files and processes: a connection never raises them, so no fault may be claimed.
_NOT_OF_THE_NET = {
    BlockingIOError, ChildProcessError, FileExistsError, FileNotFoundError, InterruptedError,
    IsADirectoryError, NotADirectoryError, ProcessLookupError,
}  # fmt: skip
# Of asyncio's own errors these are about queues, barriers and states: bugs of ours.
_BUGS = {"InvalidStateError", "BrokenBarrierError", "SendfileNotAvailableError", "CancelledError"}
# The numbers a TCP socket may answer with (connect(2), send(2), recv(2), tcp(7), ip(7)).
_NUMBERS = (  # noqa: SIM905 - a table
    "ECONNREFUSED ETIMEDOUT ENETUNREACH EHOSTUNREACH ENETDOWN EHOSTDOWN EADDRNOTAVAIL "
    "EAFNOSUPPORT EACCES EPERM ENOPROTOOPT ECONNRESET ECONNABORTED EPIPE ESHUTDOWN ENOTCONN "
    "ENETRESET EPROTO"
).split()


def below(kind: type[BaseException]) -> Iterator[type[BaseException]]:
    for child in kind.__subclasses__():
        yield child
        yield from below(child)


def made(kind: type[BaseException]) -> BaseException:
    match kind:
        case asyncio.IncompleteReadError:
            return asyncio.IncompleteReadError(b"", 1)
        case asyncio.LimitOverrunError:
            return asyncio.LimitOverrunError("", 1)
    if issubclass(kind, PermissionError):
        return kind(errno.EACCES, "")
    if issubclass(kind, UnicodeEncodeError):
        return UnicodeEncodeError("idna", "x", 0, 1, "")
    if issubclass(kind, UnicodeDecodeError):
        return UnicodeDecodeError("idna", b"x", 0, 1, "")
    if issubclass(kind, UnicodeTranslateError):
        return UnicodeTranslateError("x", 0, 1, "")
    return kind()


def test_every_kind_of_error_is_mapped() -> None:
    kinds = {
        kind
        for family in (OSError, UnicodeError, EOFError)
        for kind in below(family)
        if kind.__module__ in ("builtins", "socket", "ssl", "_ssl", "asyncio.exceptions")
    } - _NOT_OF_THE_NET
    assert {ConnectionResetError, socket.gaierror, ssl.SSLEOFError, TimeoutError} <= kinds
    unmapped = {kind for kind in kinds if fault_of(made(kind)) is Fault.UNEXPECTED}
    assert not unmapped
    assert all(issubclass(kind, WORLD) for kind in kinds)


def test_every_error_of_asyncio_is_mapped_or_known_as_a_bug() -> None:
    names = [
        name
        for name in asyncio.exceptions.__all__
        if isinstance(getattr(asyncio.exceptions, name), type) and name not in _BUGS
    ]
    assert "LimitOverrunError" in names
    for name in names:
        error = made(getattr(asyncio.exceptions, name))
        assert isinstance(error, WORLD), name
        assert fault_of(error) is not Fault.UNEXPECTED, name


@pytest.mark.parametrize("name", _NUMBERS)
def test_every_number_of_a_tcp_socket_is_mapped(name: str) -> None:
    assert fault_of(OSError(getattr(errno, name), "")) is not Fault.UNEXPECTED


def test_every_reason_of_openssl_and_of_the_resolver_is_mapped() -> None:
    for number in range(1, 100):
        refused = ssl.SSLCertVerificationError(1, "")
        refused.verify_code = number
        assert str(fault_of(refused)).startswith("certificate_")
    for name in (n for n in dir(socket) if n.startswith("EAI_")):
        fault = fault_of(socket.gaierror(getattr(socket, name), ""))
        assert fault in (Fault.NAME_NOT_FOUND, Fault.LOOKUP_FAILED)
    assert fault_of(ssl.SSLError(1, "never heard of")) is Fault.TLS_FAILED


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        (9, Fault.CERTIFICATE_NOT_YET_VALID),
        (10, Fault.CERTIFICATE_EXPIRED),
        (18, Fault.CERTIFICATE_SELF_SIGNED),
        (19, Fault.CERTIFICATE_UNKNOWN_AUTHORITY),
        (20, Fault.CERTIFICATE_UNKNOWN_AUTHORITY),
        (23, Fault.CERTIFICATE_UNFIT),
        (26, Fault.CERTIFICATE_UNFIT),
        (62, Fault.CERTIFICATE_WRONG_HOST),
        (66, Fault.CERTIFICATE_UNFIT),
        (68, Fault.CERTIFICATE_UNFIT),
        (99, Fault.CERTIFICATE_REFUSED),
        (0x800B0109, Fault.CERTIFICATE_UNKNOWN_AUTHORITY),  # Windows
        (-67602, Fault.CERTIFICATE_WRONG_HOST),  # macOS
    ],
)
def test_reasons_to_refuse_a_certificate(code: int, fault: Fault) -> None:
    error = ssl.SSLCertVerificationError(1, "")
    error.verify_code = code
    assert fault_of(error) is fault


# Of the errors of HTTP clients these cannot happen: one address, https, no proxy, no redirect, and
# a request that is never asked to judge itself.
_NOT_OF_OUR_HTTP = {
    "ConnectionNotAvailable", "CookieConflict", "HTTPStatusError", "InvalidURL",
    "LocalProtocolError", "ProxyError", "TooManyRedirects", "UnsupportedProtocol",
    "HTTPError", "RequestError", "TransportError",  # never raised themselves
    "RequestNotRead", "ResponseNotRead", "StreamClosed", "StreamConsumed", "StreamError",
}  # fmt: skip


@pytest.mark.parametrize("client", [httpx, httpcore])
def test_every_error_of_http_is_mapped_or_known_as_a_bug(client: ModuleType) -> None:
    kinds = [
        kind
        for kind in vars(client).values()
        if isinstance(kind, type) and issubclass(kind, Exception)
    ]
    assert {"ReadTimeout", "RemoteProtocolError", "ConnectError"} <= {k.__name__ for k in kinds}
    for kind in kinds:
        fault = fault_of(kind.__new__(kind))
        known = kind.__name__ not in _NOT_OF_OUR_HTTP
        assert (fault is not Fault.UNEXPECTED) is known, kind
        assert detail_of(kind.__new__(kind)) == kind.__name__


@pytest.mark.parametrize("bug", [ValueError(), KeyError(), AttributeError(), RuntimeError()])
def test_bugs_are_not_taken_for_the_world(bug: Exception) -> None:
    assert not isinstance(bug, WORLD)
    assert fault_of(bug) is Fault.UNEXPECTED


def test_the_detail_names_the_error_and_quotes_nothing() -> None:
    secret = UnicodeEncodeError("idna", "hunter2", 0, 1, "hunter2")
    assert detail_of(secret) == "UnicodeEncodeError"
    assert (
        detail_of(OSError(errno.ECONNREFUSED, "hunter2")) == "ConnectionRefusedError ECONNREFUSED"
    )
    assert "hunter2" not in detail_of(ssl.SSLError(1, "hunter2"))
