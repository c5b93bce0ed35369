"""The raw end of a connection: collects bytes up to a bound and wakes the one who reads."""

from __future__ import annotations

import asyncio

MOST_BYTES = 1024 * 1024  # in a whole conversation: a check needs a few thousand
_ENOUGH = 128 * 1024  # while nobody reads, the rest waits in the network


class Link(asyncio.Protocol):
    """Bytes as they came; hangs up after MOST_BYTES, and never holds as many."""

    def __init__(self) -> None:
        self.raw = bytearray()
        self._received = 0
        self._ended = False
        self._error: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the transport, like the three below."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Keep what came, or hang up on a peer that talks without end."""
        self._received += len(data)
        if self._received <= MOST_BYTES:
            self.raw += data
            if len(self.raw) > _ENOUGH and self.transport:
                self.transport.pause_reading()
        else:
            self._error = asyncio.LimitOverrunError("too much", self._received)
            self.abort()
        self._wake()

    def eof_received(self) -> None:
        """The peer has said its last; the transport closes itself."""
        self._ended = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is closed."""
        self._ended = True
        self._error = self._error or exc
        if not self._gone.done():
            self._gone.set_result(None)
        self._wake()

    def _wake(self) -> None:
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)

    async def more(self, than: int = 0) -> None:
        """Return as soon as there are more than this many bytes.

        :raises OSError, EOFError: the connection ended first
        :raises asyncio.LimitOverrunError: the peer talks without end
        """
        while len(self.raw) <= than:
            if self._error:
                raise self._error
            if self._ended:
                raise EOFError
            if self.transport:
                self.transport.resume_reading()
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None

    def take(self) -> bytes:
        """All that has come, once."""
        taken = bytes(self.raw)
        self.raw.clear()
        return taken

    def write(self, data: bytes) -> None:
        """Hand over for sending; a closed connection shows when reading."""
        if data and self.transport and not self.transport.is_closing():
            self.transport.write(data)

    def abort(self) -> None:
        """Close now, whatever is unsent."""
        if self.transport:
            self.transport.abort()

    async def closed(self, *, politely: bool) -> None:
        """Close; when this returns there is no socket any more."""
        if self.transport:
            if politely and not self.transport.get_write_buffer_size():
                self.transport.close()
            else:
                self.transport.abort()
            await asyncio.shield(self._gone)
