"""Connects through a proxy for whoever speaks over a blocking socket; says nothing to the server.

The same words as in `proxy.py`, so that a sign-in fails by the same names as a check of mail.
"""

from __future__ import annotations

import contextlib
import hashlib
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from laifaxin_desktop.model.account import Login
from laifaxin_desktop.model.problem import Evidence, Fault, MailError, Stage
from laifaxin_desktop.model.route import Proxy, Route
from laifaxin_desktop.model.secret import Secret

from . import reach
from .faults import WORLD, detail_of, fault_of
from .proxy import Passage, ProxyRefusal
from .words import Scrubber

_AT_ONCE = 8 * 1024
_HOLDS = 10.0  # seconds for which a refusal is everybody's; whoever clicks later is served anew
_PATIENCE = 3.0  # seconds
_MOST_TURNS = 64  # proxies and passwords that are remembered


def dial(
    route: Route,
    host: str,
    port: int,
    seconds: float,
    made: Callable[[socket.socket], object],
    resolve: reach.Resolve = reach.system_resolve,
) -> socket.socket:
    """A connection to the host through the route's proxy, which looks its name up; blocks.

    :param seconds: for all of it, but what the operating system takes for the proxy's own name;
        then for each wait of whoever uses it
    :param made: told of the connection before anything is said, so that it can be cut
    :raises MailError: stage sign_in, offline or one of the proxy's own
    """
    if route.proxy is None:
        raise ValueError("nobody to dial through")
    passage, end = Passage(route.proxy, route), time.monotonic() + seconds
    codes: tuple[str, ...] = ()
    words = b""
    try:
        with contextlib.ExitStack() as closing:
            link = closing.enter_context(_Line(_connected(route.proxy, resolve, end), end))
            made(link.socket)
            _run(passage, link, reach.host_name(host), port)
            closing.pop_all()
            # Not for ever: whoever shakes hands over it next sets no limit of its own (urllib3).
            link.socket.settimeout(seconds)
            return link.socket
    except ProxyRefusal as said:
        fault, words, detail = said.fault, said.words, said.detail
        codes = (said.code,) if said.code else ()
    except WORLD as error:
        silent = fault_of(error) is Fault.TIMEOUT
        fault = passage.silence() if silent else passage.cut
        if fault is Fault.PROXY_UNREACHABLE and not reach.has_route():
            fault = Fault.OFFLINE
        detail = f"{fault_of(error)} {detail_of(error)}".strip()
    scrub = Scrubber(*([Login("", route.proxy_secret)] if route.proxy_secret else []))
    raise MailError(
        Evidence(
            Stage.SIGN_IN,
            fault,
            host=host,
            port=port,
            codes=codes,
            reply=scrub(words),
            detail="" if scrub.finds(detail) else detail,
            proxy=str(route.proxy),
        )
    )


class Dialler:
    """Dials for everybody; tells a proxy its password by one connection first.

    A search dials a dozen at once: with a wrong password that would be a dozen wrong tries, and a
    company locks the account behind it after a few.
    """

    def __init__(self, resolve: reach.Resolve = reach.system_resolve) -> None:
        self._resolve = resolve
        self._turns: dict[tuple[Proxy, bytes], _Turn] = {}
        self._guard = threading.Lock()

    def __call__(
        self,
        route: Route,
        host: str,
        port: int,
        seconds: float,
        made: Callable[[socket.socket], object],
    ) -> socket.socket:
        """See `dial`; where another has just been refused nothing is said.

        :raises MailError:
        """
        if route.proxy is None or not route.proxy_secret:
            return dial(route, host, port, seconds, made, self._resolve)
        turn = self._of(route.proxy, route.proxy_secret)
        with turn.taken(seconds):
            if seen := turn.refused():
                raise MailError(replace(seen, host=host, port=port))
            try:
                link = dial(route, host, port, seconds, made, self._resolve)
            except MailError as error:
                turn.heard(error.evidence)
                raise
            turn.passed = True
            return link

    def _of(self, proxy: Proxy, secret: Secret) -> _Turn:
        word = secret.reveal().encode("utf-8", "surrogatepass")
        key = proxy, hashlib.sha256(word).digest()
        with self._guard:
            while key not in self._turns and len(self._turns) >= _MOST_TURNS:
                del self._turns[next(iter(self._turns))]
            return self._turns.setdefault(key, _Turn())


class _Turn:
    """Whose turn it is at one proxy with one password, until it has let somebody in."""

    def __init__(self) -> None:
        self.passed = False
        self._lock = threading.Lock()
        self._refusal: Evidence | None = None
        self._until = 0.0  # monotonic

    @contextlib.contextmanager
    def taken(self, seconds: float) -> Iterator[None]:
        """One at a time, but nobody waits long for a proxy that is slow to answer another."""
        wait = min(seconds / 2, _PATIENCE)
        mine = not self.passed and self._lock.acquire(timeout=wait)
        if mine and self.passed:  # by whoever was before
            self._lock.release()
            mine = False
        try:
            yield
        finally:
            if mine:
                self._lock.release()

    def refused(self) -> Evidence | None:
        """What another was told a moment ago."""
        fresh = not self.passed and time.monotonic() < self._until
        return self._refusal if fresh else None

    def heard(self, seen: Evidence) -> None:
        """The proxy has said no."""
        if seen.fault is Fault.PROXY_LOGIN:
            self.passed, self._refusal = False, seen
            self._until = time.monotonic() + _HOLDS
        elif seen.fault is Fault.PROXY_TARGET:  # it was let in, and no further
            self.passed = True


def _connected(proxy: Proxy, resolve: reach.Resolve, end: float) -> socket.socket:
    error: OSError = socket.gaierror(socket.EAI_NONAME, "no address")
    targets: Sequence[reach.Target] = resolve(reach.host_name(proxy.host), proxy.port)
    waiting = reach.interleave(targets)
    for number, (family, address) in enumerate(waiting):
        with contextlib.ExitStack() as closing:
            connection = closing.enter_context(socket.socket(family, socket.SOCK_STREAM))
            try:
                # A dead address must not use up the time of the next.
                connection.settimeout(_left(end) / (len(waiting) - number))
                connection.connect(address)
            except OSError as seen:
                error = seen
                continue
            closing.pop_all()
            return connection
    raise error


def _run(passage: Passage, line: _Line, host: str, port: int) -> None:
    """Run the proxy's questions and answers; nothing in them waits but the line, which blocks."""
    asking = passage.ask(line, host, port)
    try:
        asking.send(None)
    except StopIteration:
        if line.raw:  # a server of HTTPS says nothing before it is spoken to
            raise ProxyRefusal(Fault.PROXY_WRONG_TYPE, words=bytes(line.raw[:80])) from None
        return
    finally:
        asking.close()
    raise RuntimeError("a blocking line never waits for a loop")


def _left(end: float) -> float:
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class _Line:
    """A `proxy.Line` over a blocking socket; leaving its block closes it."""

    def __init__(self, connection: socket.socket, end: float) -> None:
        self.socket, self.raw = connection, bytearray()
        self._end = end

    def __enter__(self) -> _Line:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def write(self, data: bytes) -> None:
        """Send it."""
        self.socket.settimeout(_left(self._end))
        self.socket.sendall(data)

    async def more(self, than: int = 0) -> None:
        """Return as soon as there are more than this many bytes; blocks."""
        while len(self.raw) <= than:
            self.socket.settimeout(_left(self._end))
            data = self.socket.recv(_AT_ONCE)
            if not data:
                raise EOFError
            self.raw += data
