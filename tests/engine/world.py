"""Mail servers on real sockets under usual names and ports, and checks that go to nowhere else."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from laifaxin_desktop.engine.authorize import Authorizer
from laifaxin_desktop.engine.check import Checker
from laifaxin_desktop.mail.course import Deadlines
from laifaxin_desktop.mail.probe import MailProbe
from laifaxin_desktop.model.provider import Protocol
from tests.engine.sign_in import ScriptedOAuth
from tests.knowledge.knowledge import BOOK, TABLE
from tests.mail.peers import Handler, Peer, serving
from tests.servers.processes import free_port
from tests.servers.proxy import swallowing_port

SECRET = "hunter2-hunter2"
# Long enough for a busy machine, short enough to wait for.
FAST = Deadlines(
    lookup=3, connect=0.4, stagger=0.1, tls=3, greeting=1, hint=0.2, reply=1, auth=1.5,
    moment=0.3, certificate=3, total=10,
)  # fmt: skip
Target = tuple[int, tuple[Any, ...]]


@dataclass
class World:
    """Names, ports, and what is there; any other name does not exist, any other port is closed."""

    context: ssl.SSLContext
    places: dict[tuple[str, int], int] = field(default_factory=dict)
    peers: list[Peer] = field(default_factory=list)
    asked: list[tuple[str, int]] = field(default_factory=list)
    closed: int = field(default_factory=free_port)

    def resolve(self, host: str, port: int) -> Sequence[Target]:
        self.asked.append((host, port))
        if host not in {name for name, _ in self.places}:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return [(socket.AF_INET, ("127.0.0.1", self.places.get((host, port), self.closed)))]

    @contextlib.asynccontextmanager
    async def at(
        self,
        host: str,
        port: int,
        handler: Handler | str,
        *,
        tls: ssl.SSLContext | None = None,
        starttls: ssl.SSLContext | None = None,
    ) -> AsyncIterator[Peer]:
        """A server under this name and port; `tls` from the first byte, `starttls` when asked."""
        async with serving(handler, tls=tls, starttls=starttls) as peer:
            self.places[host, port] = peer.port
            self.peers.append(peer)
            yield peer

    @contextlib.contextmanager
    def silent_at(self, host: str, port: int) -> Any:
        """Packets to this port are dropped."""
        with swallowing_port() as local:
            self.places[host, port] = local
            yield

    def heard(self, word: str = SECRET) -> int:
        """How many servers have got this word, decrypted or not."""
        return sum(word.encode() in peer.received for peer in self.peers)

    def checker(
        self, *, off: timedelta | None = None, seconds: float = 2, now: datetime | None = None
    ) -> Checker:
        """The program's own parts; the clock is `off`, where anybody is asked."""

        async def ask_clock() -> timedelta | None:
            return off

        return Checker(
            MailProbe(self.context, FAST, self.resolve),
            TABLE.diagnose,
            BOOK,
            lambda: now or datetime.now(UTC),
            time.monotonic,
            Authorizer(ScriptedOAuth(), None),  # type: ignore[arg-type]
            ask_clock,
            seconds,
        )


_GREETINGS = {
    Protocol.IMAP: b"* OK IMAP4rev1 ready\r\n",
    Protocol.POP3: b"+OK POP3 ready\r\n",
    Protocol.SMTP: b"220 mail.example ESMTP\r\n",
}


def mail(protocol: Protocol) -> Handler:
    """A server of this protocol that lets everybody in."""

    async def handle(
        peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        upgrade = peer.tls
        writer.write(_GREETINGS[protocol])
        while line := (await reader.readline()).decode().rstrip("\r\n"):
            peer.heard.append(line)
            tag, _, rest = line.partition(" ") if protocol is Protocol.IMAP else ("", "", line)
            word = rest.split(" ")[0].upper()
            for answer in _answers(protocol, word, tag, upgrade is not None):
                writer.write(answer.encode() + b"\r\n")
            if word in ("STARTTLS", "STLS") and upgrade:
                await writer.drain()
                await writer.start_tls(upgrade)
                upgrade = None
            if word in ("QUIT", "LOGOUT"):
                return

    return handle


def _answers(protocol: Protocol, word: str, tag: str, upgrades: bool) -> list[str]:
    if word in ("STARTTLS", "STLS") and not upgrades:
        no = {Protocol.IMAP: f"{tag} BAD", Protocol.POP3: "-ERR", Protocol.SMTP: "502 5.5.1"}
        return [f"{no[protocol]} not here"]
    if protocol is Protocol.IMAP:
        more = " STARTTLS" if upgrades else ""
        said = [f"* CAPABILITY IMAP4rev1 AUTH=PLAIN{more}"] if word == "CAPABILITY" else []
        return [*said, f"{tag} OK done"]
    if protocol is Protocol.POP3:
        return ["+OK", "USER", *(["STLS"] if upgrades else []), "."] if word == "CAPA" else ["+OK"]
    if word == "EHLO":
        return ["250-mail.example", *(["250-STARTTLS"] if upgrades else []), "250 AUTH PLAIN"]
    return ["220 go ahead" if word == "STARTTLS" else "235 welcome"]


async def silent(peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Accepts, and says nothing."""
    await reader.read()


async def page(peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A network's sign-in page, whatever is asked."""
    writer.write(b"HTTP/1.1 302 Found\r\nLocation: http://portal.example/\r\n\r\n")
