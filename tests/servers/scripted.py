"""Replays a recorded dialogue through a real socket and judges what the client says.

In threads, not on the test's event loop: so it serves blocking and asyncio clients alike, and a
client that stalls its loop cannot stall the server that is to show it.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from .dialogue import Dialogue, Line, Matcher

# How long the server waits for a client that should speak; longer than any stage of the client.
PATIENCE_SECONDS = 60.0
# Said in parting; a client need not be heard out, nor wait for the answer.
_FAREWELLS = ("LOGOUT", "QUIT")


class DialogueError(AssertionError):
    """The client said something else than the dialogue."""


@dataclass(frozen=True, slots=True)
class Said:
    """One line of the client, and whether it came through TLS."""

    text: str
    encrypted: bool


@dataclass(slots=True)
class Conversation:
    """One connection: what the client said, and how it went."""

    said: list[Said] = field(default_factory=list)
    handshakes: int = 0
    handshake_error: str = ""
    completed: bool = False

    @property
    def only_looked(self) -> bool:
        """Whether the client took its leave without a word of a sign-in."""
        words = [each.text.upper().split() for each in self.said]
        signing = {"AUTH", "AUTHENTICATE", "LOGIN", "USER", "PASS", "APOP"}
        leaving = bool(words) and any(word in words[-1] for word in _FAREWELLS)
        return leaving and not any(signing.intersection(line[:2]) for line in words)

    def in_the_clear(self) -> str:
        """Everything that was said without TLS."""
        return "\n".join(each.text for each in self.said if not each.encrypted)


class _ClientGoneError(Exception):
    pass


class ScriptedServer:
    """A server on a free port of loopback, for `with`; the end of the block judges.

    The n-th connection hears the n-th dialogue, and the last one again after that. With
    `implicit` the connection begins with TLS; `T:` in the dialogue begins it later; both need
    `context` (`ServerCertificate.context()`). With `looked_at` a client may come for a look: it
    takes its leave before it signs in.
    """

    def __init__(
        self,
        dialogue: Dialogue | Sequence[Dialogue],
        *,
        context: ssl.SSLContext | None = None,
        implicit: bool = False,
        address: str = "127.0.0.1",
        port: int = 0,
        looked_at: bool = False,
    ) -> None:
        self._looked_at = looked_at
        self._dialogues = [dialogue] if isinstance(dialogue, Dialogue) else list(dialogue)
        self._context = context
        self._implicit = implicit
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._listener = socket.create_server((address, port), family=family)
        self.host = address
        self.port: int = self._listener.getsockname()[1]
        self.conversations: list[Conversation] = []
        self._wrong: list[str] = []
        self._players: list[_Player] = []
        self._closing = threading.Event()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> ScriptedServer:
        self._spawn(self._accept)
        return self

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        self.close()
        wrong = self.complaints()
        if wrong and error is None:
            raise DialogueError("\n".join(wrong))
        if wrong and error is not None:
            error.add_note("\n".join(wrong))

    def said(self) -> list[str]:
        """Every line of every connection."""
        return [each.text for talk in self.conversations for each in talk.said]

    def complaints(self) -> list[str]:
        """What went otherwise than written; empty when all is well."""
        if not self.conversations:
            return [f"{self._dialogues[0].source}: nobody connected"]
        return list(self._wrong)

    def close(self) -> None:
        """End every connection."""
        self._closing.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits for it
        for player in list(self._players):
            player.interrupt()
        for thread in self._threads:
            thread.join(10)
        self._listener.close()

    def _spawn(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while not self._closing.is_set():
                client, _ = self._listener.accept()
                client.settimeout(PATIENCE_SECONDS)
                talk = Conversation()
                at = min(len(self.conversations), len(self._dialogues) - 1)
                player = _Player(client, talk, self._dialogues[at], self._context)
                self.conversations.append(talk)
                self._players.append(player)
                self._spawn(self._serve, player, talk)

    def _serve(self, player: _Player, talk: Conversation) -> None:
        try:
            if self._implicit:
                player.encrypt()
            player.play()
            talk.completed = True
        except DialogueError as error:
            if not (self._looked_at and talk.only_looked):
                self._wrong.append(str(error))
        except (_ClientGoneError, OSError) as error:
            # A look at a certificate says nothing and goes; that is for the test to judge.
            if talk.said and not isinstance(error, ssl.SSLError) and not self._closing.is_set():
                complaint = player.left_early()
                if complaint:
                    self._wrong.append(complaint)
        finally:
            player.close()


class _Player:
    """One connection on its way through the lines."""

    def __init__(
        self,
        client: socket.socket,
        talk: Conversation,
        dialogue: Dialogue,
        context: ssl.SSLContext | None,
    ) -> None:
        self._socket = client
        self._talk = talk
        self._dialogue = dialogue
        self._context = context
        self._matcher = Matcher(dialogue.protocol)
        self._encrypted = False
        self._waiting_for: Line | None = None

    def encrypt(self) -> None:
        """The handshake, now."""
        if self._context is None:
            raise DialogueError(f"{self._dialogue.source}: TLS without a context")
        try:
            wrapped = self._context.wrap_socket(
                self._socket, server_side=True, do_handshake_on_connect=False
            )
            self._socket = wrapped  # before the handshake, so that `interrupt` reaches it
            wrapped.do_handshake()
        except OSError as error:  # ssl.SSLError is one
            self._talk.handshake_error = str(error)
            raise _ClientGoneError from error
        self._encrypted = True
        self._talk.handshakes += 1

    def play(self) -> None:
        """Everything that is written, up to the end."""
        lines = self._dialogue.lines
        packet = b""
        for at, line in enumerate(lines):
            if line.kind == "S":
                packet += self._matcher.own(line.text).encode() + b"\r\n"
                if at + 1 == len(lines) or lines[at + 1].kind != "S":
                    self._socket.sendall(packet)
                    packet = b""
            elif line.kind == "C":
                self._hear(line)
            elif line.kind == "T":
                self.encrypt()
            elif self._be_rude(line.text):
                return
        self._hear_out()

    def interrupt(self) -> None:
        """Wake the thread that waits for the client; called from another one."""
        with contextlib.suppress(OSError):
            # Past SSLSocket's own method, which is not made for two threads.
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def close(self) -> None:
        """Let the connection go."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)
        self._socket.close()

    def left_early(self) -> str:
        """What to say about a client that went; empty when it only did not wait for goodbye."""
        line = self._waiting_for
        if line is None or any(word in line.text.upper().split() for word in _FAREWELLS):
            return ""
        return self._at(line, "the client left")

    def _at(self, line: Line, what: str) -> str:
        return (
            f"{self._dialogue.source}:{line.number} ({self._dialogue}): {what}\n"
            f"  expected: {line.text}\n  so far: {[each.text for each in self._talk.said]}"
        )

    def _hear(self, line: Line) -> None:
        self._waiting_for = line
        try:
            said = self._read_line()
        except TimeoutError:
            raise DialogueError(self._at(line, "the client said nothing")) from None
        if not self._matcher.fits(line.text, said):
            raise DialogueError(self._at(line, f"the client said: {said}"))
        self._waiting_for = None

    def _hear_out(self) -> None:
        """After the last line a client may say goodbye, nothing else."""
        with contextlib.suppress(_ClientGoneError, OSError):
            while True:
                said = self._read_line()
                if not any(word in said.upper().split() for word in _FAREWELLS):
                    raise DialogueError(
                        f"{self._dialogue.source} ({self._dialogue}): after the end of the "
                        f"dialogue the client said: {said}"
                    )

    def _read_line(self) -> str:
        # Byte by byte: what follows STARTTLS belongs to the handshake and must stay unread.
        line = b""
        while not line.endswith(b"\n"):
            byte = self._socket.recv(1)
            if not byte:
                raise _ClientGoneError
            line += byte
        said = line.rstrip(b"\r\n").decode(errors="replace")
        self._talk.said.append(Said(said, self._encrypted))
        return said

    def _say_goodbye(self) -> None:
        if isinstance(self._socket, ssl.SSLSocket):
            self._socket.settimeout(1)  # sends close_notify, but need not have the client's
            with contextlib.suppress(OSError):
                self._socket = self._socket.unwrap()

    def _be_rude(self, text: str) -> bool:
        """True when that was the end of the conversation."""
        what, _, rest = text.partition(" ")
        if what == "bytes":
            self._socket.sendall(bytes.fromhex(rest))
        elif what == "wait":
            threading.Event().wait(float(rest))  # the pause is what the dialogue asks for
        elif what == "repeat":
            times, _, line = rest.partition(" ")
            packet = (self._matcher.own(line) + "\r\n").encode() * 100
            for _ in range(-(-int(times) // 100)):
                self._socket.sendall(packet)
        elif what == "fill":
            self._socket.sendall(b"x" * int(rest))
        elif what == "silence":
            with contextlib.suppress(_ClientGoneError, OSError):
                while True:
                    self._read_line()
        elif what == "close":
            self._say_goodbye()
        elif what == "reset":
            # Lingering for zero seconds turns the close into an RST.
            linger = struct.pack("ii", 1, 0)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self._socket.close()
        return what in ("silence", "reset", "close")
