"""Servers that speak from a script, on real sockets, and one call that checks against them."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import fnmatch
import random
import socket
import ssl
import struct
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field

from laifaxin_desktop.mail.course import Deadlines
from laifaxin_desktop.mail.probe import MailProbe
from laifaxin_desktop.mail.reach import Resolve
from laifaxin_desktop.model.account import Capabilities, Login
from laifaxin_desktop.model.problem import Evidence, Fault, MailError, Stage
from laifaxin_desktop.model.provider import Endpoint, Protocol, Quirk, Security, Side
from laifaxin_desktop.model.report import StageResult
from laifaxin_desktop.model.route import DIRECT, Route
from laifaxin_desktop.model.secret import Secret

PASSWORD = "hunter2-é-漢"
USER = "you@example.com"
# As long as Microsoft's, and no part of it like another.
TOKEN = "EwB4" + base64.b64encode(random.Random(1).randbytes(1500)).decode()
# Long enough for a busy machine, short enough to wait for.
FAST = Deadlines(
    lookup=3, connect=3, stagger=0.1, tls=3, greeting=1.5, hint=0.4, reply=1, auth=1.5,
    moment=0.4, certificate=3, total=10,
)  # fmt: skip
PATIENT = Deadlines()

Handler = Callable[["Peer", asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Peer:
    """What a scripted server saw."""

    port: int = 0
    tls: ssl.SSLContext | None = None  # for a script's TLS line
    heard: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)  # heard where the script wants something else
    connections: int = 0
    closed: int = 0  # connections that the client has ended
    reached: asyncio.Event = field(default_factory=asyncio.Event)  # the script is at HANG
    received: bytearray = field(default_factory=bytearray)  # everything, decrypted where it was TLS

    def record(self, reader: asyncio.StreamReader) -> None:
        """Keep every byte that comes for this reader, whether anybody reads it or not."""
        feed = reader.feed_data

        def keep(data: bytes) -> None:
            self.received += data
            feed(data)

        self.received += reader._buffer  # type: ignore[attr-defined]  # before it was recorded
        reader.feed_data = keep  # type: ignore[method-assign]

    def secrets(self) -> int:
        """How many lines with the password, in any of its forms, were heard."""
        word = PASSWORD.encode()
        forms = {
            PASSWORD,
            *(base64.b64encode(w).decode() for w in (word, b"\0you@example.com\0" + word)),
        }
        return sum(any(form in line for form in forms) for line in self.heard)


def reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST."""
    raw = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def script(text: str) -> Handler:
    """A dialogue, line by line.

    ``S: line`` says it (with ``\\x`` escapes), ``s: bytes`` without CRLF, ``C: pattern`` hears a
    line, ``TLS`` starts it, ``HANG`` is silent until the client goes, ``RESET`` cuts, ``SLEEP n``.
    The end of the script closes.
    """

    async def handle(
        peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        said = b""

        def flush() -> None:
            # What stands together in the script leaves in one packet.
            nonlocal said
            if said:
                writer.write(said)
                said = b""

        for row in filter(None, map(str.strip, text.splitlines())):
            kind, _, rest = row.partition(" ")
            if kind in ("S:", "s:"):
                raw = rest.encode().decode("unicode_escape").encode("latin-1")
                said += raw + (b"\r\n" if kind == "S:" else b"")
                continue
            flush()
            if kind == "C:":
                line = (await reader.readline()).decode()
                if not line:
                    return
                peer.heard.append(line.rstrip("\r\n"))
                if not line.endswith("\r\n") or not fnmatch.fnmatchcase(line.rstrip("\r\n"), rest):
                    peer.wrong.append(f"{line!r} instead of {rest!r}")
                    return
            elif kind == "TLS":
                assert peer.tls
                await writer.start_tls(peer.tls)
            elif kind == "HANG":
                peer.reached.set()
                await reader.read()
                return
            elif kind == "SLEEP":
                await writer.drain()
                await asyncio.sleep(float(rest))  # so that the next words are another packet
            elif kind == "RESET":
                await writer.drain()
                reset(writer)
                return
            else:
                raise ValueError(row)
        flush()
        await writer.drain()

    return handle


@contextlib.asynccontextmanager
async def serving(
    what: str | Handler,
    *,
    tls: ssl.SSLContext | None = None,
    starttls: ssl.SSLContext | None = None,
    host: str = "127.0.0.1",
) -> AsyncIterator[Peer]:
    """A server; `tls` speaks it from the first byte, `starttls` at the script's TLS line."""
    peer = Peer(tls=starttls)
    handler = script(what) if isinstance(what, str) else what

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer.connections += 1
        peer.record(reader)
        try:
            await handler(peer, reader, writer)
            if not writer.transport.is_closing() and writer.can_write_eof():
                writer.write_eof()
            elif not writer.transport.is_closing():
                writer.close()
            await reader.read()
        except (OSError, EOFError, asyncio.CancelledError):
            pass  # cancelled at the end of the test; asyncio's callback would complain
        finally:
            peer.closed += 1
            writer.transport.abort()

    server = await asyncio.start_server(connected, host, 0, ssl=tls)
    peer.port = server.sockets[0].getsockname()[1]
    try:
        yield peer
    finally:
        server.close()
        current = asyncio.current_task()
        others = [t for t in asyncio.all_tasks() if t is not current and not t.done()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


@dataclass(frozen=True)
class Outcome:
    """What a check came to."""

    stages: tuple[StageResult, ...]
    evidence: Evidence | None = None
    words: frozenset[str] = frozenset()

    @property
    def ok(self) -> bool:
        return self.evidence is None

    @property
    def fault(self) -> Fault | None:
        return self.evidence.fault if self.evidence else None

    @property
    def stage(self) -> Stage | None:
        return self.evidence.stage if self.evidence else None

    @property
    def codes(self) -> tuple[str, ...]:
        return self.evidence.codes if self.evidence else ()


def login(
    password: str = PASSWORD, *, user: str = USER, quirks: frozenset[Quirk] = frozenset()
) -> Login:
    """Who logs in."""
    return Login(user, Secret(password), quirks)


def bearer(
    token: str = TOKEN,
    *,
    user: str = USER,
    identity: str = "",
    quirks: frozenset[Quirk] = frozenset(),
) -> Login:
    """Who logs in with an access token."""
    return Login(user, Secret(token), quirks, bearer=True, identity=identity or user)


async def check(
    port: int,
    protocol: Protocol = Protocol.IMAP,
    security: Security = Security.PLAIN,
    *,
    context: ssl.SSLContext | None = None,
    who: Login | None = None,
    secret_free: bool = False,
    host: str = "localhost",
    deadlines: Deadlines = FAST,
    resolve: Resolve | None = None,
    half: Side | None = None,
    route: Route = DIRECT,
) -> Outcome:
    """One check of the server on this port; names lead to 127.0.0.1 unless `resolve` says more."""
    stages: list[StageResult] = []
    probe = MailProbe(
        context or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        deadlines,
        resolve or (lambda _, number: [(socket.AF_INET, ("127.0.0.1", number))]),
    )
    endpoint = Endpoint(protocol, host, port, security, half=half)
    try:
        found: Capabilities = await probe(
            endpoint, None if secret_free else who or login(), stages.append, route
        )
    except MailError as error:
        seen = error.evidence
        told = [s.stage for s in stages if not s.ok]
        assert told == [seen.stage], "the failing stage is told, once, and it is the last"
        assert stages[-1].stage is seen.stage
        assert_no_secret(repr(error) + str(error) + repr(seen))
        if who and who.bearer:
            assert_no_token(repr(error) + str(error) + repr(seen), who.secret.reveal())
        return Outcome(tuple(stages), seen)
    assert all(s.ok for s in stages)
    return Outcome(tuple(stages), words=found.words)


def assert_no_secret(text: str) -> None:
    """None of the password's forms is in there."""
    raw = PASSWORD.encode()
    assert PASSWORD not in text
    assert "hunter2" not in text.lower()
    for offset in range(3):
        coded = base64.b64encode(b"\0" * offset + raw).decode()
        assert coded[2 * bool(offset) + 1 : -4].lower() not in text.lower()


def assert_kept(received: bytes, password: str = PASSWORD, user: str = USER) -> None:
    """No part of the password, of six bytes or more, is among these bytes, plain or in base64."""
    raw = password.encode()
    coded = [base64.b64encode(b"\0" * n + raw).rstrip(b"=")[n and 2 : -1] for n in range(3)]
    for form in (raw, *coded, base64.b64encode(f"\0{user}\0{password}".encode())[12:]):
        for start in range(len(form) - 5):
            assert form[start : start + 6] not in received, form


def assert_no_token(text: str, token: str = TOKEN) -> None:
    """Not even a part of the token is in there, plain or in base64."""
    forms = {token, *(base64.b64encode(b"\0" * n + token.encode()).decode() for n in range(3))}
    size = min(16, len(token))
    assert not {
        f[n : n + size]
        for f in forms
        for n in range(2, len(f) - size - 2)
        if f[n : n + size] in text
    }


async def talk(
    what: str | Handler,
    protocol: Protocol = Protocol.IMAP,
    security: Security = Security.PLAIN,
    *,
    tls: ssl.SSLContext | None = None,
    starttls: ssl.SSLContext | None = None,
    **more: object,
) -> tuple[Outcome, Peer]:
    """Serve and check, once."""
    async with serving(what, tls=tls, starttls=starttls) as peer:
        outcome = await check(peer.port, protocol, security, **more)  # type: ignore[arg-type]
        return outcome, peer


@contextlib.contextmanager
def refusing_tls(context: ssl.SSLContext) -> Iterator[int]:
    """A server whose handshakes fail with an alert; asyncio's own end them without one."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                raw, _ = listening.accept()
            except OSError:
                return
            raw.settimeout(5)
            with raw, contextlib.suppress(OSError):
                try:
                    context.wrap_socket(raw.dup(), server_side=True).close()
                except ssl.SSLError:
                    raw.recv(65536)  # until the client goes: an early close would be a reset

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(10)
        listening.close()
