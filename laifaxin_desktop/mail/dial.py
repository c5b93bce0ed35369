"""Connects through a proxy for whoever speaks over a blocking socket; says nothing to the server.

The same words as in `proxy.py`, so that a sign-in fails by the same names as a check of mail.
"""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable, Sequence

from laifaxin_desktop.model.account import Login
from laifaxin_desktop.model.problem import Evidence, Fault, MailError, Stage
from laifaxin_desktop.model.route import Proxy, Route

from . import reach
from .faults import WORLD, detail_of, fault_of
from .proxy import Passage, ProxyRefusal
from .words import Scrubber

_AT_ONCE = 8 * 1024


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
