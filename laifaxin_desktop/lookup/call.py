"""One question to one web host, in a daemon thread that can be cut off; asks nothing by itself.

A silent resolver cannot be cancelled, and quitting must not wait for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import socket
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar, cast

T = TypeVar("T")


Heard = Callable[[str, str], None]  # what was asked, its answer
# A host, a port, seconds, and who is told of the connection; None: there is no proxy for it.
Dial = Callable[[str, int, float, Callable[[socket.socket], object]], socket.socket | None]


@contextlib.contextmanager
def told(asked: str, heard: Heard) -> Iterator[None]:
    """Tell of a question also when its answer is not waited for: it was asked all the same."""
    try:
        yield
    except asyncio.CancelledError:
        heard(asked, "cut")
        raise


async def in_thread(work: Callable[[], T], name: str, unexpected: T | None = None) -> T:
    """Do what blocks where it holds nobody up, not even the end of the program.

    A mistake of ours in it is told by Python's hook for threads, and gives `unexpected`; without
    that it is raised here, too.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(answer: T | None) -> None:
        if done.done():  # cancelled, or too late
            return
        if answer is None and not ended:
            done.set_exception(RuntimeError(f"the thread of a {name} died"))
        else:
            done.set_result(cast(T, answer))

    ended = False

    def run() -> None:
        nonlocal ended
        answer = unexpected
        try:
            answer = work()
            ended = True
        finally:
            with contextlib.suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(functools.partial(settle, answer))

    threading.Thread(target=run, name=name, daemon=True).start()
    return await done


class Call(ABC, Generic[T]):
    """Over when it was answered or cut."""

    def __init__(self, host: str, seconds: float, name: str, dial: Dial | None = None) -> None:
        """`dial` connects by the system's proxy, where it has one for this host."""
        self._host, self._seconds, self._name = host, seconds, name
        self._dial = dial
        self._lock = threading.Lock()
        self._line: socket.socket | None = None  # a second handle: works during the handshake, too
        self._over = False

    @abstractmethod
    def _ask(self) -> T:
        """Ask and judge, in the thread; what the world does is an answer, too."""

    async def _answered(self, unexpected: T) -> T:
        """What `_ask` returns; `unexpected` when it broke."""
        return await in_thread(self._ask, self._name, unexpected)

    def cut(self) -> None:
        """Whatever the thread still waits for ends now: a byte a second would hold it for days."""
        with self._lock:
            self._over = True
            if self._line is not None:
                with contextlib.suppress(OSError):
                    self._line.shutdown(socket.SHUT_RDWR)

    def _by_proxy(self) -> socket.socket | None:
        """A connection by the system's proxy, which looks the name up; None where it has none.

        :raises MailError: the proxy did not connect
        """
        if self._dial is None:
            return None
        with contextlib.ExitStack() as failing:
            failing.callback(self._let_go)
            made = self._dial(self._host, 443, self._seconds, self._hold)
            failing.pop_all()
        return made

    def _hold(self, plain: socket.socket) -> bool:
        """Make a connection one that can be cut; False when that was done already."""
        with self._lock:
            if not self._over and self._line is None:
                self._line = plain.dup()
            return not self._over

    def _let_go(self) -> None:
        """The connection is over."""
        with self._lock:
            if self._line is not None:
                self._line.close()
                self._line = None
