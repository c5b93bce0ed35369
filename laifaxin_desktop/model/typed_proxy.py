"""A proxy as typed by a person or read from disk; refused with a named reason where it is none."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from enum import StrEnum
from urllib.parse import unquote, urlsplit

from .address import AddressError, ascii_host
from .route import USUAL_PROXY_PORTS, Pin, Proxy, ProxyKind, Route
from .secret import Secret

MOST_TYPED = 1024  # characters of an address
MOST_BYTES = 255  # of a user name and of a password, RFC 1929
_KINDS = {"socks5": ProxyKind.SOCKS5, "socks5h": ProxyKind.SOCKS5, "http": ProxyKind.HTTP}
_FULL_WIDTH = str.maketrans({"：": ":", "／": "/", "。": ".", "．": ".", "＠": "@"})
_SHA256 = re.compile("[0-9a-f]{64}")


class ProxyFault(StrEnum):
    """Why something is no proxy that could be used; keys of [proxy] in words.toml."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    MALFORMED = "malformed"
    BAD_KIND = "bad_kind"
    BAD_HOST = "bad_host"
    BAD_PORT = "bad_port"
    BAD_USERNAME = "bad_username"
    SECRET_EMPTY = "secret_empty"  # noqa: S105 - a word
    SECRET_LONG = "secret_long"  # noqa: S105 - a word
    SECRET_BROKEN = "secret_broken"  # noqa: S105 - a word


class ProxyError(ValueError):
    """It is no proxy that could be used; `fault` says why."""

    def __init__(self, fault: ProxyFault) -> None:
        super().__init__(str(fault))
        self.fault = fault


def read_proxy(typed: str) -> tuple[Proxy, Secret | None]:
    """Read ``socks5://user@host:port`` or ``http://host:port``; the port may be left out.

    The secret is what stood behind the user name, where somebody pasted it along.

    :raises ProxyError: with the reason
    """
    text = typed.strip().translate(_FULL_WIDTH)
    if not text:
        raise ProxyError(ProxyFault.EMPTY)
    if len(text) > MOST_TYPED:
        raise ProxyError(ProxyFault.TOO_LONG)
    scheme, separator, rest = text.partition("://")
    if not separator or not rest or any(map(_is_control, text)) or re.search(r"\s", text):
        raise ProxyError(ProxyFault.MALFORMED)
    kind = _KINDS.get(scheme.lower())
    if kind is None:
        raise ProxyError(ProxyFault.BAD_KIND)
    try:
        url = urlsplit(f"//{rest}")
    except ValueError:
        raise ProxyError(ProxyFault.BAD_HOST) from None
    if url.path.strip("/") or url.query or url.fragment:
        raise ProxyError(ProxyFault.MALFORMED)
    try:
        port = url.port
    except ValueError:
        raise ProxyError(ProxyFault.BAD_PORT) from None
    try:
        username = unquote(url.username or "", errors="strict")
        secret = unquote(url.password or "", errors="strict")
    except UnicodeDecodeError:
        raise ProxyError(ProxyFault.BAD_USERNAME) from None
    port = USUAL_PROXY_PORTS[kind] if port is None else port
    proxy = make_proxy(kind, url.hostname or "", port, username)
    return proxy, Secret(secret) if secret and username else None


def make_proxy(kind: ProxyKind, host: str, port: int, username: str = "") -> Proxy:
    """A proxy of fields as typed: the host in its ASCII form, spaces around it gone.

    :raises ProxyError: with the reason
    """
    host = host.strip().removeprefix("[").removesuffix("]")
    if not host:
        raise ProxyError(ProxyFault.EMPTY)
    if not 0 < port < 65536:
        raise ProxyError(ProxyFault.BAD_PORT)
    if len(username.encode("utf-8", "surrogatepass")) > MOST_BYTES:
        raise ProxyError(ProxyFault.TOO_LONG)
    # RFC 7617 section 2: what stands behind the first colon would be taken for the password.
    colon = kind is ProxyKind.HTTP and ":" in username
    if colon or any(map(_is_control, username)):
        raise ProxyError(ProxyFault.BAD_USERNAME)
    return Proxy(kind, _host(host), port, username)


def secret_fault(proxy: Proxy, secret: Secret | None) -> ProxyFault | None:
    """Why this cannot be the password of this proxy; a proxy without a user name takes none."""
    if not proxy.username:
        return None
    text = secret.reveal() if secret else ""
    if not text:
        return ProxyFault.SECRET_EMPTY
    if len(text.encode("utf-8", "surrogatepass")) > MOST_BYTES:
        return ProxyFault.SECRET_LONG
    return ProxyFault.SECRET_BROKEN if any(map(_is_control, text)) else None


def refuse_strange(route: Route) -> None:
    """Pass for proxies and exceptions as this program makes them.

    :raises ValueError: others; whoever wrote them may have meant anything
    """
    proxy = route.proxy
    if proxy and make_proxy(proxy.kind, proxy.host, proxy.port, proxy.username) != proxy:
        raise ProxyError(ProxyFault.BAD_HOST)
    if not all(map(_is_whole, route.pins)):
        raise ValueError("an exception that cannot be")


def _is_whole(pin: Pin) -> bool:
    named = bool(pin.host) and not any(map(_is_control, pin.host))
    return named and 0 < pin.port < 65536 and _SHA256.fullmatch(pin.sha256) is not None


def _host(host: str) -> str:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        return ascii_host(host)
    except AddressError:
        raise ProxyError(ProxyFault.BAD_HOST) from None


def _is_control(char: str) -> bool:
    # Cc, Cf (marks that reorder text), Cs (lone surrogates cannot be sent)
    return unicodedata.category(char)[0] == "C"
