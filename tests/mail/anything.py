"""A server that says whatever it is given, turn by turn, on a real socket; it keeps what it hears.

In threads of its own, so that a client's loop that stalls cannot stall the server.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
import time
from dataclasses import dataclass, field
from typing import Literal

End = Literal["hang", "close", "reset"]


@dataclass(frozen=True)
class Saying:
    """What is said: at first, then after each thing that was heard, and how it ends."""

    turns: tuple[bytes, ...]
    end: End = "close"
    tls: bool = True  # whether a ClientHello is answered as one should
    first: bool = False  # whether one is waited for before anything is said
    pause: float = 0.0  # seconds before the last turn


@dataclass
class Heard:
    """One connection: what was said and heard, in order."""

    events: list[tuple[Literal["said", "heard"], bytes]] = field(default_factory=list)
    clear: bytearray = field(default_factory=bytearray)  # heard outside TLS
    last: float = 0.0  # when something was done to the client last, by time.monotonic

    def everything(self) -> bytes:
        """All that was heard."""
        return b"".join(data for kind, data in self.events if kind == "heard")

    def said_after(self, mark: bytes) -> bytes:
        """All that was said after the client had said this, once."""
        heard, said = b"", b""
        for kind, data in self.events:
            if kind == "heard":
                heard += data
            elif mark in heard:
                said += data
        return said


class Anything:
    """The server; for `with`."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.saying = Saying(())
        self.heard: list[Heard] = []
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        self._threads: list[threading.Thread] = []
        self._accepting = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Anything:
        self._accepting.start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._accepting.join(10)
        self._listener.close()
        self.settle()

    def say(self, saying: Saying) -> None:
        """From now on, to everybody who comes."""
        self.settle()
        self.saying, self.heard = saying, []

    def settle(self) -> None:
        """Wait until all who came have gone."""
        for thread in self._threads:
            thread.join(10)
            assert not thread.is_alive(), "the client has kept its connection"
        self._threads = []

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                client.settimeout(8)
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                heard = Heard()
                self.heard.append(heard)
                thread = threading.Thread(
                    target=self._serve, args=(client, heard, self.saying), daemon=True
                )
                thread.start()
                self._threads.append(thread)

    def _serve(self, client: socket.socket, heard: Heard, saying: Saying) -> None:
        connection = client
        try:
            if saying.first:
                connection = self._shaken(connection, heard)
            for number, turn in enumerate(saying.turns):
                if number:
                    connection = self._hear(connection, heard, saying)
                if turn:
                    if number + 1 == len(saying.turns):
                        time.sleep(saying.pause)  # a server that takes its time to say no
                    heard.events.append(("said", turn))
                    heard.last = time.monotonic()
                    connection.sendall(turn)
            heard.last = time.monotonic() if saying.end != "hang" else heard.last
            if saying.end == "reset":
                linger = struct.pack("ii", 1, 0)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                return
            if saying.end == "close":
                socket.socket.shutdown(connection, socket.SHUT_WR)
            while True:
                connection = self._hear(connection, heard, saying)
        except (OSError, EOFError):
            pass  # the client has gone, or could not stand it
        finally:
            connection.close()

    def _shaken(self, connection: socket.socket, heard: Heard) -> ssl.SSLSocket:
        heard.events.append(("heard", b"[TLS]\n"))
        heard.last = time.monotonic()
        return self._context.wrap_socket(connection, server_side=True)

    def _hear(self, connection: socket.socket, heard: Heard, saying: Saying) -> socket.socket:
        plain = not isinstance(connection, ssl.SSLSocket)
        if plain and saying.tls and connection.recv(1, socket.MSG_PEEK) == b"\x16":
            connection, plain = self._shaken(connection, heard), False
        data = connection.recv(65536)
        if not data:
            raise EOFError
        heard.events.append(("heard", data))
        if plain:
            heard.clear += data
        return connection
