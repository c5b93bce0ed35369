"""Proxies for the tests, on real sockets: they carry, or answer from a script."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ipaddress
from dataclasses import dataclass, field

from laifaxin_desktop.model.route import Proxy, ProxyKind, Route
from laifaxin_desktop.model.secret import Secret

from .peers import Handler, Peer

PROXY_USER, PROXY_SECRET = "bob-ü", "open:sesame-é"


@dataclass
class Carrier:
    """A proxy that carries to one port, whatever name it is asked for."""

    port: int = 0  # of the server
    login: bool = False
    drip: bool = False  # its answer byte by byte
    with_first_words: bool = False  # its answer in one packet with the server's first words
    asked: list[tuple[str, int]] = field(default_factory=list)

    async def socks5(
        self, _: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """RFC 1928, RFC 1929."""
        version, count = await reader.readexactly(2)
        methods = await reader.readexactly(count)
        assert version == 5
        wanted = 2 if self.login else 0
        if wanted not in methods:
            writer.write(b"\x05\xff")
            return
        await self._say(writer, bytes([5, wanted]))
        if self.login:
            name, word = [], []
            assert (await reader.readexactly(1)) == b"\x01"
            for part in (name, word):
                part.append(await reader.readexactly((await reader.readexactly(1))[0]))
            good = (name[0].decode(), word[0].decode()) == (PROXY_USER, PROXY_SECRET)
            await self._say(writer, b"\x01" + bytes([not good]))
            if not good:
                return
        assert (await reader.readexactly(3)) == b"\x05\x01\x00"
        kind = (await reader.readexactly(1))[0]
        if kind == 3:
            host = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
        else:
            host = str(ipaddress.ip_address(await reader.readexactly(4 if kind == 1 else 16)))
        self.asked.append((host, int.from_bytes(await reader.readexactly(2), "big")))
        await self._carry(b"\x05\x00\x00\x03\x04host\x00\x00", reader, writer)

    async def http(
        self, _: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """RFC 9110 section 9.3.6."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        method, where, version = head.split("\r\n")[0].split(" ")
        assert (method, version) == ("CONNECT", "HTTP/1.1")
        assert f"Host: {where}\r\n" in head
        if self.login:
            coded = base64.b64encode(f"{PROXY_USER}:{PROXY_SECRET}".encode()).decode()
            if f"Proxy-Authorization: Basic {coded}\r\n" not in head:
                writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
                return
        host, _, port = where.rpartition(":")
        self.asked.append((host, int(port)))
        await self._carry(b"HTTP/1.1 200 OK\r\nX: y\r\n\r\n", reader, writer)

    def handler(self, kind: ProxyKind) -> Handler:
        """What `serving` takes."""
        return self.socks5 if kind is ProxyKind.SOCKS5 else self.http

    async def _say(self, writer: asyncio.StreamWriter, words: bytes) -> None:
        for byte in words if self.drip else ():
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.002)  # so that each is a packet of its own
        if not self.drip:
            writer.write(words)

    async def _carry(
        self, answer: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        there, to = await asyncio.open_connection("127.0.0.1", self.port)

        async def back() -> None:
            with contextlib.suppress(OSError):
                while data := await there.read(65536):
                    writer.write(data)
                writer.write_eof()

        returning = None
        try:
            if self.with_first_words:
                answer += await there.read(65536)
            await self._say(writer, answer)
            returning = asyncio.create_task(back())
            while data := await reader.read(65536):
                to.write(data)
        except OSError:
            pass  # the client has gone
        finally:
            to.transport.abort()
            if returning:
                returning.cancel()
                await asyncio.gather(returning, return_exceptions=True)


def through(kind: ProxyKind, port: int, *, login: bool = False, host: str = "127.0.0.1") -> Route:
    """A route through the proxy on this port."""
    if login:
        return Route(proxy=Proxy(kind, host, port, PROXY_USER), proxy_secret=Secret(PROXY_SECRET))
    return Route(proxy=Proxy(kind, host, port))
