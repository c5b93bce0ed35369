"""Our door for the browser: listens on this computer alone and lets one right answer in.

msal's own receiver blocks on an idle connection (browsers open some ahead of need), cannot be
cancelled and logs the code.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import hmac
import socket
from collections.abc import AsyncIterator, Mapping
from http import HTTPStatus

from laifaxin_desktop.model.problem import Evidence, Fault, MailError, Stage
from laifaxin_desktop.model.secret import Secret

from .deadlines import Deadlines
from .loopback import Listener
from .redirect import Redirect
from .request import MOST_HEAD, BadRequestError, admit, form, parse_head

_MOST_OPEN = 64  # connections; a browser needs a handful
_MOST_DISCARDED = 2 * 1024 * 1024  # bytes read after our answer, so that it is not lost by a reset
_HEADERS = (
    "Content-Type: text/html; charset=utf-8\r\n"
    "Cache-Control: no-store\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "X-Frame-Options: DENY\r\n"
    "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n"
    "Connection: close\r\n"
)


class Returned:
    """What the browser brought back; mute, since a code is among it."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        self.fields = fields


class Door:
    """Made by `open_door`; open until its block ends."""

    def __init__(
        self, redirect: Redirect, state: Secret, page: str, deadlines: Deadlines, port: int
    ) -> None:
        self.url = redirect.url(port)
        self._path, self._state = redirect.path, state.reveal().encode()
        authority = "localhost" if port == 80 else f"localhost:{port}"
        self._hosts = frozenset({authority, f"localhost:{port}"})
        self._page, self._deadlines = page, deadlines
        self._tasks: set[asyncio.Task[None]] = set()
        self._serving: dict[asyncio.Task[None], None] = {}  # in the order they came
        self._over = False
        self._answer: asyncio.Future[Returned] = asyncio.get_running_loop().create_future()

    async def returned(self) -> Returned:
        """Wait for the first answer with the right state; once.

        :raises MailError: fault waited
        """
        try:
            async with asyncio.timeout(self._deadlines.browser):
                return await self._answer
        except TimeoutError:
            pass
        finally:
            self._over = True  # whoever comes late is told so
        raise MailError(Evidence(Stage.SIGN_IN, Fault.WAITED))

    def came(self, made: socket.socket) -> None:
        """A connection was made; the longest-open one goes when there are too many."""
        if len(self._serving) >= _MOST_OPEN:
            oldest = next(iter(self._serving))
            del self._serving[oldest]
            oldest.cancel()
        task = asyncio.get_running_loop().create_task(self._serve(made))
        self._tasks.add(task)
        self._serving[task] = None
        task.add_done_callback(functools.partial(self._served, made))

    def _served(self, made: socket.socket, task: asyncio.Task[None]) -> None:
        # Not in the task: one that is cancelled before its first step never runs.
        made.close()
        self._tasks.discard(task)
        self._serving.pop(task, None)

    async def close(self) -> None:
        """Leave no task and no connection behind."""
        self._answer.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, made: socket.socket) -> None:
        loop, returned = asyncio.get_running_loop(), None
        try:
            async with asyncio.timeout(self._deadlines.request):
                try:
                    returned = await self._read(made)
                    status, look = (200, "failed" if "error" in returned.fields else "done")
                except _OverError:
                    status, look = 410, "already"
                except BadRequestError as error:
                    status, look = error.status, "strange"
                await loop.sock_sendall(made, self._reply(status, look))
                made.shutdown(socket.SHUT_WR)
            if returned is None:
                await self._let_it_read(made)
        except (OSError, EOFError, TimeoutError):
            pass
        finally:
            # Won is won, even if the browser was gone before it could show our page.
            if returned is not None and not self._answer.done():
                self._answer.set_result(returned)

    async def _read(self, made: socket.socket) -> Returned:
        """One request.

        :raises BadRequestError, _OverError, OSError, EOFError:
        """
        head, body = await _head(made)
        request = parse_head(head)
        admit(request, self._hosts, self._path)
        encoded = request.query
        length = request.body_length
        if request.method == "POST":
            while len(body) < length:
                body += await _more(made)
            encoded = body[:length].decode("latin-1")
        fields = form(encoded)
        if self._over:
            raise _OverError
        given = fields.get("state", "").encode("utf-8", "surrogatepass")
        if not hmac.compare_digest(given, self._state):
            raise BadRequestError(400)
        if bool(fields.get("code")) == bool(fields.get("error")):
            raise BadRequestError(400)
        self._over = True
        return Returned(fields)

    def _reply(self, status: int, look: str) -> bytes:
        body = self._page.replace('class="strange"', f'class="{look}"').encode()
        allow = "Allow: GET, POST\r\n" if status == HTTPStatus.METHOD_NOT_ALLOWED else ""
        head = (
            f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n{_HEADERS}{allow}"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return head.encode("ascii") + body

    async def _let_it_read(self, made: socket.socket) -> None:
        """Closing with bytes unread would reset the connection and take our answer away."""
        left = _MOST_DISCARDED
        with contextlib.suppress(OSError, EOFError, TimeoutError):
            async with asyncio.timeout(self._deadlines.linger):
                while left > 0:
                    left -= len(await _more(made))


async def _head(made: socket.socket) -> tuple[bytes, bytes]:
    """A request's head with its empty line, and what came behind it.

    :raises BadRequestError: too long
    """
    came = b""
    while b"\r\n\r\n" not in came and len(came) <= MOST_HEAD:
        came += await _more(made)
    end = came.find(b"\r\n\r\n") + 4
    if not 4 <= end <= MOST_HEAD:
        raise BadRequestError(431)
    return came[:end], came[end:]


async def _more(made: socket.socket) -> bytes:
    part = await asyncio.get_running_loop().sock_recv(made, 65536)
    if not part:
        raise EOFError
    return part


class _OverError(Exception):
    """A right or wrong answer after the first right one."""


@contextlib.asynccontextmanager
async def open_door(
    redirect: Redirect, state: Secret, page: str, deadlines: Deadlines
) -> AsyncIterator[Door]:
    """Listen on 127.0.0.1 and ::1 until the block ends.

    :param page: the HTML shown; its `class="strange"` becomes done, failed, already or strange
    :raises MailError: fault port_taken
    """
    listener = Listener(redirect.port)
    door = Door(redirect, state, page, deadlines, listener.port)
    try:
        listener.start(door.came)
        yield door
    finally:
        await listener.stop()
        await door.close()
