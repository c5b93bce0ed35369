"""How one account gets to its servers: through which proxy, and which certificate is excepted."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from fnmatch import fnmatchcase
from urllib.parse import quote, unquote, urlsplit

from .problem import UNFIT, UNVOUCHED, Certificate, Doubt, Evidence, Fault
from .provider import Endpoint, Protocol
from .secret import Secret


class ProxyKind(StrEnum):
    """How a proxy is asked to connect."""

    SOCKS5 = "socks5"  # RFC 1928; logs in by RFC 1929
    HTTP = "http"  # CONNECT, RFC 9110 section 9.3.6; logs in by RFC 7617


USUAL_PROXY_PORTS = {ProxyKind.SOCKS5: 1080, ProxyKind.HTTP: 8080}


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy: it connects for us and looks the server's name up itself."""

    kind: ProxyKind
    host: str
    port: int
    username: str = ""  # its secret is `Route.proxy_secret`

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Pin:
    """An exception to trust: this one certificate, for this host and port, whoever vouches for it.

    `despite` holds what else was wrong with it and was shown when the exception was made; what
    comes up later, such as its last day, asks again.
    """

    host: str
    port: int
    sha256: str  # of the leaf's DER, lower-case hex
    despite: tuple[Doubt, ...] = ()

    def is_for(self, endpoint: Endpoint) -> bool:
        """Whether it speaks of this server; Graph is never excepted."""
        return (
            endpoint.protocol is not Protocol.GRAPH
            and self.port == endpoint.port
            and _plain(self.host) == _plain(endpoint.host)
        )


@dataclass(frozen=True, slots=True)
class Route:
    """What a check needs to know of the way; `DIRECT` is the plainest."""

    pins: tuple[Pin, ...] = ()
    proxy: Proxy | None = None
    proxy_secret: Secret | None = None

    def pin_for(self, endpoint: Endpoint) -> Pin | None:
        """The exception for this server; the latest where there are several."""
        return next((pin for pin in reversed(self.pins) if pin.is_for(endpoint)), None)

    def unpinned(self, endpoint: Endpoint) -> Route:
        """The same without any exception for this server."""
        return replace(self, pins=tuple(pin for pin in self.pins if not pin.is_for(endpoint)))

    def pinning(self, pin: Pin) -> Route:
        """The same with this exception in the place of another for the same host and port."""
        others = (
            old for old in self.pins if (_plain(old.host), old.port) != (_plain(pin.host), pin.port)
        )
        return replace(self, pins=(*others, pin))


DIRECT = Route()


def _plain(host: str) -> str:
    return host.strip().removeprefix("[").removesuffix("]").removesuffix(".").lower()


# Exceptions to trust


def may_pin(seen: Evidence) -> bool:
    """Whether a person may except the certificate that this evidence shows.

    Only where nobody known vouches for it, or where it had been excepted before; never one that
    is unfit. Whether a captive portal is in between cannot be seen from here: ask that first.
    """
    shown = seen.certificate
    if shown is None or seen.protocol is Protocol.GRAPH or not seen.host:
        return False
    if not shown.doubts or UNFIT & {*shown.doubts}:
        return False
    unvouched = bool(UNVOUCHED & {*shown.doubts})
    again = seen.pinned == shown.sha256
    return unvouched and (seen.fault in _A_PERSON_MAY_DECIDE or again)


_A_PERSON_MAY_DECIDE = (
    Fault.CERTIFICATE_SELF_SIGNED,
    Fault.CERTIFICATE_UNKNOWN_AUTHORITY,
    Fault.CERTIFICATE_CHANGED,
)


def pin_of(seen: Evidence) -> Pin:
    """The exception that a person makes after having been shown all of the doubts.

    :raises ValueError: none may be made
    """
    shown = seen.certificate
    if shown is None or not may_pin(seen):
        raise ValueError("no exception is possible")
    return Pin(seen.host, seen.port, shown.sha256, despite(shown))


def despite(shown: Certificate) -> tuple[Doubt, ...]:
    """What an exception has to name besides that nobody vouches for the certificate."""
    return tuple(doubt for doubt in shown.doubts if doubt not in UNVOUCHED)


def read_fingerprint(typed: str) -> str:
    """A SHA-256 fingerprint as typed or copied, ``AA:BB:…``, in lower-case hex.

    What openssl and browsers put before it (``sha256 Fingerprint=``) goes.

    :raises ValueError: it is none
    """
    found = re.sub(r"[\s:]", "", typed[:_MOST_FINGERPRINT].rpartition("=")[2]).lower()
    if not re.fullmatch("[0-9a-f]{64}", found):
        raise ValueError("no SHA-256 fingerprint")
    return found


_MOST_FINGERPRINT = 256  # characters


def proxy_address(route: Route) -> Secret | None:
    """The proxy as other HTTP clients want it, ``socks5h://user:secret@host:1080``.

    A Secret, since it holds one; ``socks5h``, so that they look up no name here either.
    """
    proxy = route.proxy
    if proxy is None:
        return None
    scheme = "socks5h" if proxy.kind is ProxyKind.SOCKS5 else "http"
    word = route.proxy_secret.reveal() if route.proxy_secret else ""
    who = f"{quote(proxy.username, safe='')}:{quote(word, safe='')}@" if proxy.username else ""
    return Secret(f"{scheme}://{who}{proxy}")


# The system's own proxy settings

_KINDS = {
    "socks5": ProxyKind.SOCKS5,
    "socks5h": ProxyKind.SOCKS5,
    "socks": ProxyKind.SOCKS5,
    "http": ProxyKind.HTTP,
}
_LOOPBACK = ("localhost", "localhost.localdomain")


def through_system_proxy(route: Route, settings: Mapping[str, str], endpoint: Endpoint) -> Route:
    """The route with the proxy that the system's settings name for this server, if any.

    `settings` is what `urllib.request.getproxies` gives: addresses by scheme, and under ``no``
    the exceptions. A proxy for web pages (``http``, ``https``) is asked for Graph only: most let
    nothing but port 443 through. Mail follows ``imap``, ``pop3`` or ``smtp`` (as curl does), then
    ``socks``, then ``all``. This computer itself, a bridge on it included, is never asked for
    through a proxy. Kinds that are not spoken here (SOCKS4, TLS to the proxy) are passed over.
    """
    if _goes_directly(endpoint.host, endpoint.port, settings.get("no", "")):
        return route
    own = "https" if endpoint.protocol is Protocol.GRAPH else str(endpoint.protocol)
    for scheme in (own, "socks", "all"):
        if found := _read_proxy(settings.get(scheme, ""), scheme):
            proxy, secret = found
            return replace(route, proxy=proxy, proxy_secret=secret)
    return route


def _read_proxy(address: str, scheme: str) -> tuple[Proxy, Secret | None] | None:
    address = address.strip()
    if "://" not in address:
        address = f"{'socks5' if scheme == 'socks' else 'http'}://{address}"
    try:
        url = urlsplit(address)
        host, port = url.hostname or "", url.port
    except ValueError:
        return None
    kind = _KINDS.get(url.scheme.lower())
    if kind is None or not host:
        return None
    username, secret = unquote(url.username or ""), unquote(url.password or "")
    proxy = Proxy(kind, host, port or USUAL_PROXY_PORTS[kind], username)
    return proxy, Secret(secret) if username else None


def _goes_directly(host: str, port: int, exceptions: str) -> bool:
    host = _plain(host)
    address = _address(host)
    if host in _LOOPBACK or (address and address.is_loopback):
        return True
    for word in re.split(r"[\s,;]+", exceptions.lower()):
        name, _, only = word.partition(":") if word.count(":") == 1 else (word, "", "")
        if only and only != str(port):
            continue
        if word == "*" or (word == "<local>" and "." not in host):  # Windows' word for it
            return True
        name = _plain(name).removeprefix("*.").removeprefix(".")
        if name and (host == name or host.endswith(f".{name}") or fnmatchcase(host, name)):
            return True
        if address and "/" in name and _is_in(address, name):
            return True
    return False


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_in(address: ipaddress.IPv4Address | ipaddress.IPv6Address, network: str) -> bool:
    try:
        return address in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False
