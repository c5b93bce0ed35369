"""Runs what blocks in a daemon thread that can be cut off; quitting never waits for it."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import socket
import sys
import threading
from collections.abc import Callable
from typing import TypeVar

from laifaxin_desktop.model.problem import Evidence, Fault, MailError, Stage
from laifaxin_desktop.model.route import Route

T = TypeVar("T")
# Connects to a host through a route's proxy within so many seconds, telling of the connection
# before it is used; blocks, and raises MailError.
Dial = Callable[[Route, str, int, float, Callable[[socket.socket], None]], socket.socket]
# Whoever reads gets the end of the stream. Both directions would leave a socket behind that Python
# (3.11) was just about to shake hands over; Windows wakes nobody for less.
_CUT = socket.SHUT_RDWR if sys.platform == "win32" else socket.SHUT_RD


class Sockets:
    """The live connections of an errand; cutting them ends what waits for them.

    Second handles of the connections, so that a handshake in another thread can be cut too, and
    no TLS session is taken away from under the thread that reads from it.
    """

    def __init__(self) -> None:
        self._handles: list[socket.socket] = []
        self._guard = threading.Lock()
        self._cut = False

    def add(self, made: socket.socket) -> None:
        """Know of a connection; one that comes too late is cut at once."""
        with self._guard:
            self._handles.append(made.dup())
        if self._cut:
            self.cut()

    def cut(self) -> None:
        """Nobody wants the answer any more: wake the thread that waits for it."""
        self._cut = True
        with self._guard:
            for handle in self._handles:
                with contextlib.suppress(OSError):  # it is over already
                    handle.shutdown(_CUT)
        self.release()

    def release(self) -> None:
        """The connections are closed: close the second handles."""
        with self._guard:
            for handle in self._handles:
                handle.close()
            self._handles.clear()


async def in_thread(
    work: Callable[[], T], limit: float, host: str, *, cut: Callable[[], None] | None = None
) -> T:
    """Run what blocks for at most `limit` seconds; `work` lets nothing out but MailError.

    A daemon thread of its own: getaddrinfo and a connect cannot be interrupted, and an executor's
    threads are waited for when the interpreter ends. One that hangs is left behind.

    :param cut: called when nobody waits for the result any more
    :raises MailError: what `work` raised, or stage sign_in, fault timeout
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(outcome: Callable[[], None]) -> None:
        if not done.done():  # cancelled meanwhile
            outcome()

    def run() -> None:
        outcome = functools.partial(done.set_exception, RuntimeError("the thread died"))
        try:
            result = work()
            outcome = functools.partial(done.set_result, result)
        except MailError as error:
            outcome = functools.partial(done.set_exception, error)
        finally:
            with contextlib.suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(settle, outcome)

    threading.Thread(target=run, name="sign-in", daemon=True).start()
    try:
        async with asyncio.timeout(limit):
            return await done
    except TimeoutError:
        pass
    finally:
        if done.cancelled() and cut is not None:
            cut()
    raise MailError(Evidence(Stage.SIGN_IN, Fault.TIMEOUT, host=host, port=443))
