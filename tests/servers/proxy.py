"""A proxy between client and server that is slow, counts turns, drips, falls silent or resets."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

Direction = Literal["client", "server"]
# How much is read at once; also the most that is on its way in one piece.
_CHUNK = 65536


@dataclass(frozen=True, slots=True)
class Faults:
    """What goes wrong on the way; counted per connection, in bytes towards `toward`."""

    toward: Direction = "client"
    drip_seconds: float | None = None  # one byte in so many seconds
    silent_after: int | None = None  # then nothing more, the connection stays open
    reset_after: int | None = None  # then RST to the client


class Proxy:
    """Stands before `host`:`port` on a free port of loopback; for `with`.

    `round_trip` seconds: each direction is delayed by half of it. Runs on a loop of its own in a
    thread, so it serves blocking and asyncio clients alike.
    """

    def __init__(
        self,
        port: int,
        *,
        host: str = "127.0.0.1",
        round_trip: float = 0.0,
        faults: Faults | None = None,
        listen_on: int = 0,
    ) -> None:
        self._target = (host, port)
        self._delay = round_trip / 2
        self._faults = faults or Faults()
        self._listener = socket.create_server(("127.0.0.1", listen_on), backlog=1024)
        self.port: int = self._listener.getsockname()[1]
        self.connections = 0
        self.turns = 0  # how often a client spoke after it had listened
        self.bytes_to_client = 0
        self.bytes_to_server = 0
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="proxy", daemon=True)

    def __enter__(self) -> Proxy:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())  # the runner cancels what is still on its way

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._carry, sock=self._listener)
        await self._stop.wait()
        server.close()  # without waiting for connections: they end when their tasks are cancelled

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        link = _Link(self, self._delay, self._faults)
        upstream: asyncio.StreamWriter | None = None
        try:
            if self._delay:
                await asyncio.sleep(2 * self._delay)  # a handshake of TCP takes a round trip
            server_reader, upstream = await asyncio.open_connection(*self._target)
            async with asyncio.TaskGroup() as group:
                group.create_task(link.pump(reader, upstream, "server", writer))
                group.create_task(link.pump(server_reader, writer, "client", writer))
        except* (OSError, asyncio.CancelledError):
            pass
        finally:
            for each in (upstream, writer):
                if each is not None:
                    each.transport.abort()

    def count(self, toward: Direction, size: int, turned: bool) -> None:
        """What a link has carried."""
        if toward == "client":
            self.bytes_to_client += size
        else:
            self.bytes_to_server += size
            self.turns += turned


class _Link:
    """One connection through the proxy."""

    def __init__(self, proxy: Proxy, delay: float, faults: Faults) -> None:
        self._proxy = proxy
        self._delay = delay
        self._faults = faults
        self._last_speaker: Direction = "client"  # the one addressed last is the client
        self._carried = 0

    async def pump(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        toward: Direction,
        client: asyncio.StreamWriter,
    ) -> None:
        """Carry one direction to its end; chunks keep their order and their distance."""
        loop = asyncio.get_running_loop()
        on_its_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def arrive() -> None:
            while True:
                due, chunk = await on_its_way.get()
                await asyncio.sleep(max(0.0, due - loop.time()))
                if not chunk:
                    with contextlib.suppress(OSError):
                        writer.write_eof()
                    return
                await self._deliver(chunk, writer, toward, client)

        async with asyncio.TaskGroup() as group:
            group.create_task(arrive())
            while True:
                chunk = await reader.read(_CHUNK)
                if chunk:
                    self._proxy.count(toward, len(chunk), self._turned(toward))
                on_its_way.put_nowait((loop.time() + self._delay, chunk))
                if not chunk:
                    break

    def _turned(self, toward: Direction) -> bool:
        turned = self._last_speaker != toward
        self._last_speaker = toward
        return turned

    async def _deliver(
        self,
        chunk: bytes,
        writer: asyncio.StreamWriter,
        toward: Direction,
        client: asyncio.StreamWriter,
    ) -> None:
        faults = self._faults
        if toward != faults.toward:
            writer.write(chunk)
            return
        limits = [at for at in (faults.silent_after, faults.reset_after) if at is not None]
        room = min(limits, default=self._carried + len(chunk)) - self._carried
        part = chunk[: max(room, 0)]
        self._carried += len(part)
        if faults.drip_seconds is None:
            writer.write(part)
            await writer.drain()
        else:
            for byte in part:
                writer.write(bytes([byte]))
                await asyncio.sleep(faults.drip_seconds)
        if faults.reset_after is not None and self._carried >= faults.reset_after:
            _reset(client)


def _reset(client: asyncio.StreamWriter) -> None:
    # Lingering for zero seconds turns the close into an RST.
    raw = client.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.transport.abort()
    raise ConnectionResetError


@contextmanager
def swallowing_port() -> Iterator[int]:
    """A port that answers no SYN, as behind a firewall that drops: its queue is full."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):  # one is taken, the others make sure
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]
