"""Lines over TCP and TLS within deadlines and bounds; refuses to say a secret in the clear.

Every failure of the world leaves as MailError, with the stage it happened in.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from types import TracebackType
from typing import Self

from laifaxin_desktop.model.account import Login
from laifaxin_desktop.model.problem import Fault, Stage
from laifaxin_desktop.model.provider import Endpoint, Security
from laifaxin_desktop.model.route import DIRECT, Route

from .course import Course, Deadlines, Observe
from .link import Link
from .reach import Resolve
from .tls import Session, looking_context
from .way import Way

MOST_LINE = 64 * 1024  # of a line, and of a literal
MOST_LINES = 2_000  # in a whole conversation; Link bounds the bytes
_FIRST = 64  # bytes that tell a protocol


class Wire(Course):
    """One connection to one server; `async with` closes it for good."""

    def __init__(
        self,
        endpoint: Endpoint,
        context: ssl.SSLContext,
        observe: Observe,
        deadlines: Deadlines,
        resolve: Resolve,
        login: Login | None = None,
        route: Route = DIRECT,
    ) -> None:
        super().__init__(endpoint, observe, deadlines, login, route)
        self.context = context
        self.first = b""  # the first bytes said since the connection, or its encryption, began
        self._way = Way(self, resolve)
        self._link = Link()
        self._session: Session | None = None
        self._plain = bytearray()
        self._lines = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if kind is None and self._session:
            self._session.say_goodbye()
            self._link.write(self._session.outgoing())
        await self._link.closed(politely=kind is None)

    # Getting there

    async def connect(self) -> None:
        """Look the host up and connect, each a stage of its own."""
        with self.stage(Stage.LOOKUP):
            await self.look_up()
        with self.stage(Stage.CONNECT):
            await self.reach()

    async def look_up(self) -> None:
        """Find the host's addresses; call it inside a stage."""
        await self._way.look_up()

    async def reach(self) -> None:
        """Connect to the addresses that were found; call it inside a stage."""
        await self._way.reach(self._link)

    async def open(self) -> None:
        """Connect to the looked-up addresses; call it inside `within`."""
        await self._way.open(self._link)

    def second(self, context: ssl.SSLContext | None = None) -> Wire:
        """A connection yet to be opened to the very address this one reached.

        For looking only: it reports nothing, and without a context it verifies nothing.
        """
        other = Wire(
            self.endpoint,
            context or looking_context(),
            lambda _: None,
            self.deadlines,
            self._way.resolve,
            route=self.route,
        )
        other._way.follow(self._way)
        return other

    # Encryption

    @property
    def encrypted(self) -> bool:
        """Whether what is said now is encrypted: asked of the session, not of any reply."""
        return self._session is not None and self._session.encrypted

    @property
    def certificate(self) -> bytes | None:
        """The peer's certificate, DER."""
        return self._session.peer() if self._session else None

    async def handshake(self, context: ssl.SSLContext | None = None) -> None:
        """From here on nothing that was said in the clear counts; call it inside `within`.

        Who brings a context of another kind judges the `certificate` before anything is sent.

        :raises NotTlsError: the peer's first bytes are of another kind
        :raises ssl.SSLError:
        """
        session = Session(context or self.context, self.host)
        fresh = True
        while not self._shake(session):
            await self._link.more()
            if fresh and self._link.raw[0] not in (0x15, 0x16):  # alert, handshake
                raise NotTlsError
            fresh = False
            session.feed(self._link.take())
        self._session, self.first, self._lines = session, b"", 0
        self._pump()  # what came along with the last flight

    def _shake(self, session: Session) -> bool:
        try:
            return session.shake()
        finally:
            self._link.write(session.outgoing())  # when it failed, the alert that says so

    async def answer_to_hello(self) -> bytes:
        """What the peer's first bytes are when TLS is spoken to it; call it inside `within`."""
        self._shake(Session(self.context, self.host))
        await self._link.more()
        return bytes(self._link.raw)

    async def unencrypted_words(self) -> bytes:
        """What was said instead of a handshake, up to its first line end; never waits long."""
        with contextlib.suppress(OSError, EOFError, asyncio.LimitOverrunError):
            async with asyncio.timeout(self.deadlines.moment):
                while b"\n" not in self._link.raw and len(self._link.raw) < MOST_LINE:
                    await self._link.more(than=len(self._link.raw))
        return bytes(self._link.raw).partition(b"\n")[0]

    # Talking

    @property
    def host(self) -> str:
        """The host as it was looked up: ASCII."""
        return self._way.host

    async def said_within(self, seconds: float) -> bool:
        """Whether the peer says anything so soon; also False when it hangs up."""
        with contextlib.suppress(OSError, EOFError, asyncio.LimitOverrunError):
            async with asyncio.timeout(seconds):
                while not self._plain:
                    await self._more()
        return bool(self._plain)

    def said_early(self) -> bool:
        """Whether the peer has spoken without being asked; call it inside `within`."""
        if self._link.raw:
            self._pump()
        return bool(self._plain)

    async def line(self) -> bytes:
        """The next line without its CRLF; call it inside `within`."""
        while (end := self._plain.find(b"\n", 0, MOST_LINE)) < 0:
            if len(self._plain) >= MOST_LINE:
                raise self.failure(Fault.GARBLED, reply=bytes(self._plain[:_FIRST]))
            await self._more()
        line = bytes(self._plain[: end + 1])
        del self._plain[: end + 1]
        self._lines += 1
        whole = line.endswith(b"\r\n") and b"\r" not in line[:-2] and b"\0" not in line
        if not whole or self._lines > MOST_LINES:
            raise self.failure(Fault.GARBLED, reply=line)
        return line[:-2]

    async def exactly(self, size: int) -> bytes:
        """The next bytes, as many as a literal announced; call it inside `within`."""
        if size > MOST_LINE:
            raise self.failure(Fault.GARBLED)
        while len(self._plain) < size:
            await self._more()
        data = bytes(self._plain[:size])
        del self._plain[:size]
        return data

    async def some(self, most: int) -> bytes:
        """What has come, at least one byte; nothing at the end. Call it inside `within`."""
        with contextlib.suppress(EOFError):
            while not self._plain:
                await self._more()
        data = bytes(self._plain[:most])
        del self._plain[:most]
        return data

    async def _more(self) -> None:
        if self._session and self._session.closed:
            raise EOFError
        await self._link.more()
        self._pump()

    def _pump(self) -> None:
        had = len(self._plain)
        if self._session:
            self._session.feed(self._link.take())
            self._session.open_into(self._plain)
            self._link.write(self._session.outgoing())
        else:
            self._plain += self._link.take()
        self.first += self._plain[had : had + _FIRST - len(self.first)]

    def send(self, line: bytes, *, secret: bool = False) -> None:
        """Send one line; CRLF is added here and may come from nowhere else."""
        if b"\r" in line or b"\n" in line or b"\0" in line:
            raise self.failure(Fault.UNSENDABLE)
        if secret and not self.encrypted and self.endpoint.security is not Security.PLAIN:
            raise self.failure(Fault.INJECTION)
        self._write(line + b"\r\n")

    def send_sealed(self, data: bytes) -> None:
        """Send bytes as they are, for protocols that are no lines; never in the clear."""
        if not self.encrypted:
            raise self.failure(Fault.INJECTION)
        self._write(data)

    def _write(self, data: bytes) -> None:
        if self._session:
            self._session.seal(data)
            data = self._session.outgoing()
        self._link.write(data)

    @property
    def own_address(self) -> str:
        """This end's IP address, empty when it is not known; behind a proxy it is nobody's."""
        if self.route.proxy:
            return "127.0.0.1"
        name = self._link.transport.get_extra_info("sockname") if self._link.transport else None
        return str(name[0]) if name else ""


class NotTlsError(Exception):
    """TLS was spoken to, and the answer was none."""
