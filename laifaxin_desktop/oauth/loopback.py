"""Listens on both loopback addresses at one port and hands connections over; loses none of them.

asyncio's own server leaves a connection open that comes at the moment it is closed (Python 3.11).
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import sys
from collections.abc import Callable

from laifaxin_desktop.model.problem import Evidence, Fault, MailError, Stage

_BACKLOG = 128
_TRIES = 16  # for a port that is free on both addresses
_PAUSE = 0.1  # seconds, when this process has too many files open


class Listener:
    """Sockets of one port that listen; connections are given away once somebody wants them."""

    def __init__(self, port: int | None) -> None:
        """Listen on this port, or on any free one.

        :raises MailError: fault port_taken
        """
        self._sockets = _listen(port)
        self.port: int = self._sockets[0].getsockname()[1]
        self._came: Callable[[socket.socket], None] = lambda made: made.close()
        self._loop = asyncio.get_running_loop()
        self._pauses: set[asyncio.TimerHandle] = set()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, came: Callable[[socket.socket], None]) -> None:
        """Give every connection to `came`, which closes it."""
        self._came = came
        for each in self._sockets:
            try:
                self._loop.add_reader(each, self._ready, each)
            except NotImplementedError:  # Windows: its loop knows no readiness
                self._tasks.append(self._loop.create_task(self._accept(each)))

    async def stop(self) -> None:
        """Listen no more."""
        for pause in self._pauses:
            pause.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for each in self._sockets:
            if not self._tasks:
                self._loop.remove_reader(each)
            each.close()

    def _ready(self, listening: socket.socket) -> None:
        for _ in range(_BACKLOG):
            try:
                made, _ = listening.accept()
            except (BlockingIOError, InterruptedError):
                return
            except ConnectionError:  # it was given up while it waited
                continue
            except OSError:
                self._loop.remove_reader(listening)
                self._pause(listening)
                return
            made.setblocking(False)
            self._came(made)

    def _pause(self, listening: socket.socket) -> None:
        def again() -> None:
            self._pauses.discard(handle)
            self._loop.add_reader(listening, self._ready, listening)

        handle = self._loop.call_later(_PAUSE, again)
        self._pauses.add(handle)

    async def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                made, _ = await self._loop.sock_accept(listening)
            except OSError:
                await asyncio.sleep(_PAUSE)
                continue
            made.setblocking(False)
            self._came(made)


def _listen(port: int | None) -> list[socket.socket]:
    """One port of both loopback addresses; of the one there is, without IPv6."""
    error: OSError | None = None
    for _ in range(1 if port else _TRIES):
        with contextlib.ExitStack() as made:
            try:
                first = made.enter_context(_bound(socket.AF_INET, "127.0.0.1", port or 0))
                sockets = [first]
                if socket.has_ipv6:
                    with contextlib.suppress(_NoIpv6Error):
                        free = first.getsockname()[1]
                        sockets.append(made.enter_context(_bound(socket.AF_INET6, "::1", free)))
            except OSError as taken:
                error = taken
                continue
            made.pop_all()
            return sockets
    detail = errno.errorcode.get(error.errno or 0, "") if error else ""
    raise MailError(Evidence(Stage.SIGN_IN, Fault.PORT_TAKEN, port=port or 0, detail=detail))


class _NoIpv6Error(Exception):
    """This computer has no ::1."""


def _bound(family: socket.AddressFamily, address: str, port: int) -> socket.socket:
    """A listening socket that nobody else can bind over.

    :raises OSError: taken, or not allowed
    """
    with contextlib.ExitStack() as closing:
        try:
            made = closing.enter_context(socket.socket(family, socket.SOCK_STREAM))
            if sys.platform == "win32":
                made.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
            else:  # a fixed port is usable again while old connections to it are dying
                made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family is socket.AF_INET6:
                made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            made.setblocking(False)
            made.bind((address, port))
            made.listen(_BACKLOG)
        except OSError as error:
            if family is socket.AF_INET6 and error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise _NoIpv6Error from None
            raise
        closing.pop_all()
    return made
