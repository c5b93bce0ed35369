"""Asks a proxy to connect to the server (SOCKS5, HTTP CONNECT); takes no byte of the server's.

Our own few lines, because python-socks 3.2 was tried: with CONNECT it swallows the greeting that
comes in the same packet as the proxy's answer, or takes the rest of that answer for a greeting;
its errors differ in English words only, and one of them holds the password.
"""

from __future__ import annotations

import base64
import ipaddress
import re
from collections.abc import Awaitable, Callable
from typing import Protocol as Shape

from laifaxin_desktop.model.problem import Fault
from laifaxin_desktop.model.route import Proxy, ProxyKind, Route

_MOST_HEAD = 16 * 1024  # bytes of an HTTP proxy's answer
_MOST_INTERIM = 8  # answers before the last one (RFC 9110 section 15.2); nobody sends any here
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})(?: |$)")
# What a web server, or nobody, says to CONNECT.
_NO_PROXY = ("400", "404", "405", "501", "505")
_NONE, _PASSWORD = 0, 2  # ways to log in, RFC 1928 section 3
_SIZES = {1: 4, 4: 16}  # bytes of an address, by its type


class Line(Shape):
    """What is said to the proxy, and what it has answered so far: a `Link`, or a blocking one."""

    raw: bytearray

    def write(self, data: bytes) -> None:
        """Send it."""

    async def more(self, than: int = 0) -> None:
        """Return as soon as there are more than this many bytes.

        :raises OSError, EOFError: the connection ended first
        """


class ProxyRefusal(Exception):  # noqa: N818 - an answer, not an error
    """The proxy answered something else than yes."""

    def __init__(self, fault: Fault, code: str = "", words: bytes = b"", detail: str = "") -> None:
        super().__init__(str(fault))
        self.fault, self.code = fault, code
        self.words, self.detail = words, detail  # the proxy's own, and ours


class Passage:
    """One way through one proxy; for one connection."""

    def __init__(self, proxy: Proxy, route: Route) -> None:
        self.proxy = proxy
        # What it means if the proxy falls silent, or hangs up, now.
        self.cut = Fault.PROXY_UNREACHABLE
        self._username = proxy.username.encode("utf-8", "surrogatepass")
        secret = route.proxy_secret.reveal() if route.proxy_secret else ""
        self._secret = secret.encode("utf-8", "surrogatepass")

    async def ask(self, line: Line, host: str, port: int) -> None:
        """Have it connect to this host, which it looks up itself; call it inside a deadline.

        When this returns, what the link holds are the server's first bytes.

        :raises ProxyRefusal: it will not, it cannot, or it is no such proxy
        :raises OSError, EOFError: see `cut` for what that means
        """
        ask: Callable[[Line, str, int], Awaitable[None]]
        ask = self._socks5 if self.proxy.kind is ProxyKind.SOCKS5 else self._connect
        await ask(line, host.split("%")[0], port)

    # SOCKS5: RFC 1928, RFC 1929

    async def _socks5(self, line: Line, host: str, port: int) -> None:
        self.cut = Fault.PROXY_WRONG_TYPE  # a proxy of this kind answers the hello at once
        methods = bytes([_NONE, _PASSWORD] if self._username else [_NONE])
        line.write(b"\x05" + bytes([len(methods)]) + methods)
        version, method = await _exactly(line, 2)
        if version != 5:
            raise ProxyRefusal(Fault.PROXY_WRONG_TYPE)
        if method not in methods:
            raise ProxyRefusal(Fault.PROXY_LOGIN, detail=f"method {method}")
        if method == _PASSWORD:
            await self._log_in(line)
        self.cut = Fault.PROXY_TARGET
        line.write(b"\x05\x01\x00" + _address(host) + port.to_bytes(2, "big"))
        version, said, _, kind = await _exactly(line, 4)
        if version != 5:
            raise ProxyRefusal(Fault.PROXY_WRONG_TYPE)
        if said:
            raise ProxyRefusal(Fault.PROXY_TARGET, f"SOCKS{said}")
        size = (await _exactly(line, 1))[0] if kind == 3 else _SIZES.get(kind)
        if size is None:
            raise ProxyRefusal(Fault.PROXY_WRONG_TYPE)
        await _exactly(line, size + 2)

    async def _log_in(self, line: Line) -> None:
        self.cut = Fault.PROXY_LOGIN
        if max(len(self._username), len(self._secret)) > 255:
            raise ProxyRefusal(Fault.PROXY_LOGIN, detail="too long")
        line.write(b"\x01" + _counted(self._username) + _counted(self._secret))
        _, status = await _exactly(line, 2)
        if status:
            raise ProxyRefusal(Fault.PROXY_LOGIN, f"SOCKS-LOGIN{status}")

    # CONNECT: RFC 9110 section 9.3.6

    async def _connect(self, line: Line, host: str, port: int) -> None:
        self.cut = Fault.PROXY_WRONG_TYPE  # what hangs up on HTTP without a word is another kind
        where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        lines = [f"CONNECT {where} HTTP/1.1".encode(), f"Host: {where}".encode()]
        if self._username:
            if b":" in self._username:
                raise ProxyRefusal(Fault.PROXY_LOGIN, detail="colon in the user name")
            coded = base64.b64encode(self._username + b":" + self._secret)
            lines.append(b"Proxy-Authorization: Basic " + coded)
        line.write(b"\r\n".join([*lines, b"", b""]))
        status, words = await self._answer(line)
        for _ in range(_MOST_INTERIM):
            if status[0] != "1":
                break
            status, words = await self._answer(line)
        if status[0] == "2":
            return
        fault = Fault.PROXY_TARGET
        if status in ("401", "407"):  # tinyproxy says 401 to a wrong password
            fault = Fault.PROXY_LOGIN
        elif status in _NO_PROXY or status[0] in "13":  # a captive portal sends elsewhere
            fault = Fault.PROXY_WRONG_TYPE
        raise ProxyRefusal(fault, status, words)

    async def _answer(self, line: Line) -> tuple[str, bytes]:
        """The status and its line; of the link all of the head is taken, and no more."""
        # Silence is the server's from here on: a proxy waits for it before it says anything.
        while (end := _end_of_head(line.raw)) is None:
            if len(line.raw) > _MOST_HEAD or not b"HTTP/1.".startswith(bytes(line.raw[:7])):
                raise ProxyRefusal(Fault.PROXY_WRONG_TYPE, words=bytes(line.raw[:80]))
            await line.more(than=len(line.raw))
            self.cut = Fault.PROXY_TARGET
        head = bytes(line.raw[:end])
        del line.raw[:end]
        first = head.splitlines()[0]
        found = _STATUS.match(first)
        if not found:
            raise ProxyRefusal(Fault.PROXY_WRONG_TYPE, words=first)
        return found[1].decode(), first

    def silence(self) -> Fault:
        """What it means when the proxy says nothing until the time is up."""
        if self.proxy.kind is ProxyKind.HTTP and self.cut is Fault.PROXY_WRONG_TYPE:
            return Fault.PROXY_TARGET  # it may still be waiting for the server
        return self.cut


def _end_of_head(raw: bytearray) -> int | None:
    found = re.search(rb"\r?\n\r?\n", raw)
    return found.end() if found else None


def _address(host: str) -> bytes:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return b"\x03" + _counted(host.encode("ascii"))
    return (b"\x01" if address.version == 4 else b"\x04") + address.packed


def _counted(text: bytes) -> bytes:
    return bytes([len(text)]) + text


async def _exactly(line: Line, size: int) -> bytes:
    while len(line.raw) < size:
        await line.more(than=len(line.raw))
    taken = bytes(line.raw[:size])
    del line.raw[:size]
    return taken
